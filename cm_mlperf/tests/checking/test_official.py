"""The official checker as a child process: the real one where its sources are, small programs elsewhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cm_core import NotFoundError
from cm_mlperf.checking.finding import CheckedResult, CheckOptions, CheckReport, Finding
from cm_mlperf.checking.official import attribute, check_tree, find_checker
from cm_mlperf.checking.strict import check_tree as check_strictly
from cm_mlperf.loadgen import rounds
from cm_mlperf.submission.layout import layout_of
from cm_mlperf.submission.options import Wishes, describe_run
from cm_mlperf.submission.packer import pack_runs

ROUND = rounds.load("v6.1")
# Prints what the real one prints for a tree with one bad result, and writes its table.
PROGRAM = """
import sys
from pathlib import Path
words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
place = words["--input"] + "/open/Lab/results/box/net/Offline"
log = place + "/performance/run_1/mlperf_log_detail.txt"
def say(level, text):
    print(f"[2026-11-24 10:00:00,000 performance_check.py:12 {level}] {text}", file=sys.stderr)
say("INFO", f"Loading {log}")
say("ERROR", f"{log} Test duration less than 600s in user config. expected=600000, found=3000")
say("ERROR", f"Execution occurred in running check {log}. Running seeds_check in PerformanceCheck")
say("ERROR", f"Some performance checks Checks failed for: {log}")
say("ERROR", f"NoResults {log}")
say("ERROR", "SUMMARY: submission has errors")
columns = "Location,Result,Units,Accuracy,inferred"
good = place.replace("Offline", "SingleStream") + "/performance/run_1"
Path(words["--csv"]).write_text(f'{columns}\\n"{good}","35.0","Latency (ms)","acc: 97.1","0"\\n')
sys.exit(1)
"""


@pytest.fixture
def make_source(tmp_path):
    """A factory of checkouts with a checker of the given text."""

    def make(program, name="submission_checker/main.py"):
        file = tmp_path / "inference" / "tools" / "submission" / name
        file.parent.mkdir(parents=True)
        file.write_text(program)
        return tmp_path / "inference"

    return make


@pytest.fixture
def real_source():
    """The official sources; without them the test is skipped, or fails where they are promised."""
    place = os.environ.get("CM_MLPERF_INFERENCE_SOURCE", "")
    if place:
        return Path(place)
    promised = {part.strip() for part in os.environ.get("CM_TEST_REQUIRE", "").split(",")}
    if "mlperf-inference" in promised:
        pytest.fail("CM_TEST_REQUIRE promises mlperf-inference, but CM_MLPERF_INFERENCE_SOURCE is not set")
    pytest.skip("CM_MLPERF_INFERENCE_SOURCE names no checkout of the official repository")


def options(source):
    return CheckOptions(inference_src=source, env=os.environ)


@pytest.mark.parametrize("name", ["submission_checker/main.py", "submission_checker.py"])
def test_what_it_prints_becomes_findings_and_results(make_source, tmp_path, name):
    report = check_tree(tmp_path, ROUND, options(make_source(PROGRAM, name)))
    log = "open/Lab/results/box/net/Offline/performance/run_1/mlperf_log_detail.txt"
    assert [(one.check, one.file) for one in report.findings] == [("performance_check", log), ("crash", log)]
    assert (
        report.findings[0].found == "Test duration less than 600s in user config. expected=600000, found=3000"
    )
    assert "seeds_check" in report.findings[1].found
    assert report.results == (
        CheckedResult(
            folder="open/Lab/results/box/net/SingleStream",
            value=35.0,
            unit="Latency (ms)",
            accuracy="acc: 97.1",
            ok=True,
        ),
    )
    assert report.last_lines[-1] == "ERROR SUMMARY: submission has errors"


def test_a_checker_that_dies_is_an_error_not_an_empty_report(make_source, tmp_path):
    report = check_tree(tmp_path, ROUND, options(make_source("raise TypeError('no such scenario')")))
    (finding,) = report.errors
    assert finding.check == "crash"
    assert "TypeError: no such scenario" in finding.found


def test_without_sources_it_says_how_to_give_them(tmp_path):
    report = check_tree(tmp_path, ROUND, CheckOptions())
    assert not report.ran
    assert "--inference_src=PATH" in report.note


def test_a_folder_without_a_checker_is_an_error(tmp_path):
    with pytest.raises(NotFoundError, match="no submission checker"):
        find_checker(tmp_path)


def test_failures_are_explained_by_what_we_found_in_the_same_place():
    folder = "open/Lab/results/box/net/Offline"
    ours = CheckReport(
        checker="cm",
        findings=(
            Finding(check="seeds", file=f"{folder}/performance/run_1/log", key="effective_qsl_rng_seed"),
            Finding(check="hash", file="open/Lab/results/box/net/Server/accuracy/accuracy.txt"),
        ),
    )
    crash = Finding(check="crash", file=f"{folder}/performance/run_1/log", found="…", source="official")
    elsewhere = Finding(check="system_check", file="open/Lab/results/other", found="…", source="official")
    explained = attribute(CheckReport(checker="official", findings=(crash, elsewhere)), ours)
    assert explained.findings[0].fix == "see the findings of cm there: seeds (effective_qsl_rng_seed)"
    assert explained.findings[1].fix == "see the text of the official checker"


# -- the real one ------------------------------------------------------------------------------------


@pytest.fixture
def tree(official_run, tmp_path):
    """Case A: what the official checker has to take."""
    packed = describe_run(official_run, official_run.read(), ROUND, Wishes(), {})
    pack_runs([packed], tmp_path / "tree", ROUND, layout_of("v6.1"), infer=True, force=False)
    return tmp_path / "tree"


def test_the_real_checker_takes_what_we_take(real_source, tree):
    official = check_tree(tree, ROUND, options(real_source))
    ours = check_strictly(tree, ROUND, CheckOptions())
    assert official.findings == ()
    assert official.last_lines[-1] == "INFO SUMMARY: submission looks OK"
    values = {result.folder: (result.value, result.inferred) for result in official.results}
    assert {one.folder: (pytest.approx(one.value), one.inferred) for one in ours.results} == values


def test_the_real_checker_refuses_a_short_run(real_source, tree, recorded):
    log = tree / "open/Example/results/laptop/digits-wide/SingleStream/performance/run_1"
    shutil.copy(recorded / "short/SingleStream/performance/mlperf_log_detail.txt", log)
    report = check_tree(tree, ROUND, options(real_source))
    assert [one.check for one in report.errors] == ["performance_check"]
    assert "duration less than 600s" in report.errors[0].found


def test_the_real_checker_takes_an_invalid_run_and_we_do_not(real_source, tree, recorded):
    log = tree / "open/Example/results/laptop/digits-wide/MultiStream/performance/run_1"
    shutil.copy(recorded / "cut/MultiStream/performance/mlperf_log_detail.txt", log)
    report = check_tree(tree, ROUND, options(real_source))
    ours = check_strictly(tree, ROUND, CheckOptions())
    assert "validity" in {finding.check for finding in ours.errors}
    assert not any("INVALID" in finding.found for finding in report.errors)
