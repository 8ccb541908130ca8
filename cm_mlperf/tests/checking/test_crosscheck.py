import shutil

import pytest

from cm_mlperf.checking.crosscheck import check_log, check_retraining, check_user_conf
from cm_mlperf.checking.performance import Expected
from cm_mlperf.loadgen import rounds
from cm_mlperf.loadgen.log import DETAIL, SUMMARY, read_detail_log

ROUND = rounds.load("v6.1")
LOGS = [f"official/{scenario}/performance" for scenario in ("SingleStream", "MultiStream")]


def problems(folder, benchmark="resnet"):
    expected = Expected(
        round=ROUND,
        benchmark=ROUND.benchmarks[benchmark],
        division="open",
        category="edge",
        scenario="SingleStream",
        file="detail.txt",
    )
    return [(one.check, one.key) for one in check_log(read_detail_log(folder), expected)]


@pytest.fixture
def folder(tmp_path, recorded):
    """A run with both logs."""
    return shutil.copytree(recorded / LOGS[0], tmp_path / "run")


def change(file, before, after):
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


@pytest.mark.parametrize("log", LOGS)
def test_logs_of_one_run_agree(recorded, log):
    assert (recorded / log / SUMMARY).is_file()
    assert problems(recorded / log) == []


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("Result is : VALID", "Result is : INVALID", "result_validity"),
        ("Scenario : SingleStream", "Scenario : Offline", "effective_scenario"),
        ("Mode     : PerformanceOnly", "Mode     : AccuracyOnly", "effective_test_mode"),
        ("90.0th percentile estimate: ", "90.0th percentile estimate: 1", "early_stopping_latency_ss"),
        ("90.0th percentile estimate: ", "90.0th percentile estimate: about ", "early_stopping_latency_ss"),
    ],
)
def test_a_summary_of_another_run_is_found(folder, before, after, key):
    change(folder / SUMMARY, before, after)
    assert problems(folder) == [("summary", key)]


def test_numbers_of_a_summary_are_rounded(folder):
    change(
        folder / DETAIL,
        '"result_validity"',
        '"result_samples_per_second", "value": 2.15438}\n:::MLLOG {"key": "result_validity"',
    )
    (folder / SUMMARY).write_text("Samples per second: 2.15\n")
    assert problems(folder) == []
    (folder / SUMMARY).write_text("Samples per second: 2.17\n")
    assert problems(folder) == [("summary", "result_samples_per_second")]


def test_an_estimate_is_not_better_than_its_percentile(folder):
    (folder / SUMMARY).unlink()
    value = read_detail_log(folder).values["early_stopping_latency_ss"]
    change(
        folder / DETAIL,
        f'"early_stopping_latency_ss", "value": {value}',
        f'"early_stopping_latency_ss", "value": {value // 10}',
    )
    assert problems(folder) == [("estimate", "early_stopping_latency_ss")]


def test_only_an_estimate_that_is_the_result_counts(folder, recorded):
    value = read_detail_log(folder).values["early_stopping_latency_ss"]
    (folder / SUMMARY).unlink()
    change(
        folder / DETAIL,
        f'"early_stopping_latency_ss", "value": {value}',
        '"early_stopping_latency_ss", "value": 1',
    )
    assert problems(folder, "llama3.1-8b-edge") == []


@pytest.mark.parametrize(
    ("line", "division", "keys"),
    [
        ("*.Server.target_qps = 5", "closed", []),
        ("# *.Server.nothing = 5", "closed", []),
        ("resnet50.Offline.target_qp = 5", "open", ["Offline.target_qp"]),
        ("*.*.qsl_rng_seed = 5", "open", ["*.qsl_rng_seed"]),
        ("llama3.1-8b.Server.ttft_latency = 5", "open", []),
        ("llama3.1-8b.Server.ttft_latency = 5", "closed", ["Server.ttft_latency"]),
    ],
)
def test_keys_of_user_conf(tmp_path, line, division, keys):
    file = tmp_path / "user.conf"
    file.write_text(line + "\n" + line + "\n")
    found = list(check_user_conf(file, "user.conf", division))
    assert [one.key for one in found] == keys
    assert {one.severity for one in found} <= {"warning"}
    assert list(check_user_conf(tmp_path / "none", "user.conf", division)) == []


@pytest.mark.parametrize(
    ("said", "closed", "refused"),
    [
        ("yes", True, True),
        ("Yes, QAT", True, True),
        ("no", True, False),
        ("N/A", True, False),
        ("yes", False, False),
    ],
)
def test_the_closed_division_takes_no_retrained_weights(said, closed, refused):
    assert bool(list(check_retraining({"retraining": said}, "x.json", closed=closed))) is refused
