import json
import shutil
from dataclasses import replace

import pytest

from cm_core import NotFoundError
from cm_mlperf.loadgen.compliance import compare_answers, compare_performance, judge
from cm_mlperf.loadgen.log import read_detail_log

# The compared runs: 5 seconds, SingleStream.


@pytest.fixture
def small(recorded):
    return recorded / "small" / "SingleStream"


@pytest.fixture
def reference(small):
    return read_detail_log(small / "performance")


def scaled(log, factor):
    """A log whose latency is so many times that of another."""
    key = log.scenario.result_key
    return replace(log, values={**log.values, key: log.values[key] * factor})


@pytest.mark.parametrize(
    ("factor", "ok"), [(1.0, True), (1.095, True), (0.905, True), (1.11, False), (0.89, False)]
)
def test_the_performance_of_test01_has_to_be_the_same(reference, factor, ok):
    part = compare_performance(reference, scaled(reference, factor), slower_is_fine=False)
    assert part.ok is ok
    assert part.text.splitlines()[-1] == ("TEST PASS" if ok else "TEST FAIL")


@pytest.mark.parametrize(("factor", "ok"), [(1.0, True), (3.0, True), (0.93, True), (0.8, False)])
def test_test04_must_not_be_faster(reference, factor, ok):
    assert compare_performance(reference, scaled(reference, factor), slower_is_fine=True).ok is ok


def test_short_latencies_may_differ_twice_as_much(reference):
    quick = scaled(reference, 0.1e6 / reference.values["early_stopping_latency_ss"])
    assert compare_performance(quick, scaled(quick, 1.15), slower_is_fine=False).ok


def test_an_invalid_run_proves_nothing(reference):
    log = replace(reference, values={**reference.values, "result_validity": "INVALID"})
    part = compare_performance(reference, log, slower_is_fine=False)
    assert not part.ok
    assert "the test run is not valid" in part.text


def test_scenarios_have_to_agree(reference, recorded):
    other = read_detail_log(recorded / "small/MultiStream/performance")
    part = compare_performance(reference, other, slower_is_fine=True)
    assert not part.ok
    assert "the scenarios differ" in part.text


def test_answers_in_performance_mode_are_those_of_the_accuracy_run(small):
    part = compare_answers(small / "accuracy", small / "TEST01")
    assert part.ok
    assert "that differ: 0" in part.lines


def test_one_other_answer_fails(small, tmp_path):
    shutil.copytree(small / "TEST01", tmp_path / "TEST01")
    log = tmp_path / "TEST01" / "mlperf_log_accuracy.json"
    entries = json.loads(log.read_text())
    entries[3]["data"] = "FF" * 8
    log.write_text(json.dumps(entries))
    part = compare_answers(small / "accuracy", tmp_path / "TEST01")
    assert not part.ok
    assert "that differ: 1" in part.lines


def test_no_answers_fail(small, tmp_path):
    (tmp_path / "mlperf_log_accuracy.json").write_text("[]")
    assert not compare_answers(small / "accuracy", tmp_path).ok


def test_the_verdicts_are_the_files_of_the_layout(small):
    folders = {"performance": small / "performance", "accuracy": small / "accuracy"}
    assert set(judge("TEST01", audited=small / "TEST01", **folders).files()) == {
        "verify_performance.txt",
        "verify_accuracy.txt",
    }
    verdict = judge("TEST04", audited=small / "TEST04", **folders)
    assert verdict.accuracy is None
    assert set(verdict.files()) == {"verify_performance.txt"}


def test_other_tests_cannot_be_judged(small):
    with pytest.raises(NotFoundError, match="TEST06"):
        judge("TEST06", audited=small, performance=small, accuracy=small)


def test_a_run_without_a_result_proves_nothing(reference):
    values = {key: value for key, value in reference.values.items() if key != "early_stopping_latency_ss"}
    part = compare_performance(reference, replace(reference, values=values), slower_is_fine=True)
    assert not part.ok
    assert "the test run has no result" in part.lines
