from pathlib import PurePosixPath

import pytest

from cm_mlperf.checking.performance import Expected
from cm_mlperf.checking.testfolders import check_test
from cm_mlperf.loadgen import rounds

ROUND = rounds.load("v5.1")
FOLDER = PurePosixPath("TEST01")


@pytest.fixture
def folder(tmp_path, recorded):
    """A folder of TEST01 whose answers differ."""
    folder = tmp_path / FOLDER
    (folder / "performance" / "run_1").mkdir(parents=True)
    (folder / "accuracy").mkdir()
    for name in ("mlperf_log_summary.txt", "mlperf_log_detail.txt"):
        text = (recorded / "official/SingleStream/performance/mlperf_log_detail.txt").read_bytes()
        (folder / "performance" / "run_1" / name).write_bytes(text)
    (folder / "verify_performance.txt").write_text("TEST PASS\n")
    (folder / "verify_accuracy.txt").write_text("num mismatches = 3\nTEST FAIL\n")
    return folder


def problems(folder, benchmark, file=""):
    expected = Expected(
        round=ROUND,
        benchmark=ROUND.benchmarks[benchmark],
        division="closed",
        category="edge",
        scenario="SingleStream",
        file=file,
    )
    found = check_test(folder.parent, FOLDER, expected)
    return [(one.file, one.key, one.found) for one in found if one.check == "compliance"]


def write(folder, baseline, compliance):
    (folder / "accuracy" / "baseline_accuracy.txt").write_text(baseline)
    (folder / "accuracy" / "compliance_accuracy.txt").write_text(compliance)


def test_different_answers_need_an_accuracy(folder):
    assert problems(folder, "dlrm-v2-99") == [
        ("TEST01/accuracy/baseline_accuracy.txt", "", "missing"),
        ("TEST01/accuracy/compliance_accuracy.txt", "", "missing"),
    ]


def test_different_answers_may_be_as_good(folder):
    write(folder, "AUC=80.300%, good=1\n", "AUC=80.301%, good=1\n")
    assert problems(folder, "dlrm-v2-99.9") == []


@pytest.mark.parametrize(("benchmark", "problem"), [("dlrm-v2-99", False), ("dlrm-v2-99.9", True)])
def test_the_more_exact_twin_may_differ_less(folder, benchmark, problem):
    write(folder, "AUC=80.300%\n", "AUC=80.700%\n")
    assert bool(problems(folder, benchmark)) is problem


def test_each_metric_counts_with_its_own_margin(folder):
    write(folder, "{'FID_SCORE': 23.0, 'CLIP_SCORE': 31.0}", "{'FID_SCORE': 23.4, 'CLIP_SCORE': 31.5}")
    assert problems(folder, "stable-diffusion-xl") == [
        ("TEST01/accuracy/compliance_accuracy.txt", "CLIP_SCORE", "31.5, 31 in the accuracy run")
    ]


def test_an_accuracy_that_cannot_be_read_is_none(folder):
    write(folder, "AUC=80.300%\n", "")
    assert problems(folder, "dlrm-v2-99") == [
        ("TEST01/accuracy/compliance_accuracy.txt", "AUC", "missing, 80.3 in the accuracy run")
    ]


def test_the_accuracy_does_not_stand_for_the_verdict_that_is_missing(folder):
    write(folder, "AUC=80.300%\n", "AUC=80.300%\n")
    (folder / "verify_accuracy.txt").unlink()
    assert problems(folder, "dlrm-v2-99") == [("TEST01/verify_accuracy.txt", "", "missing")]


def test_the_speed_is_compared_from_the_logs(folder, recorded):
    write(folder, "AUC=80.300%\n", "AUC=80.300%\n")
    reference = folder.parent / "detail.txt"
    text = (recorded / "official/SingleStream/performance/mlperf_log_detail.txt").read_text()
    reference.write_text(text)
    assert problems(folder, "dlrm-v2-99", "detail.txt") == []
    key = '"early_stopping_latency_ss", "value": '
    reference.write_text(text.replace(key, key + "1"))
    ((file, what, found),) = problems(folder, "dlrm-v2-99", "detail.txt")
    assert (file, what) == ("TEST01/performance", "speed")
    assert "times that of the reference run" in found
