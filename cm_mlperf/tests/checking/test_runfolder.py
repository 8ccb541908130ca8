from dataclasses import replace

from cm_mlperf.checking.runfolder import check_run
from cm_mlperf.loadgen import rounds
from cm_mlperf.record.layout import TestRecord

ROUND = rounds.load("v6.1")
SMALL = {("MultiStream", mode): f"small/MultiStream/{mode}" for mode in ("performance", "accuracy")}


def checks(run):
    return {finding.check for finding in check_run(run, ROUND).errors}


def test_an_official_run_is_ready_to_be_packed(official_run):
    report = check_run(official_run, ROUND)
    assert report.findings == ()
    assert [result.folder for result in report.results] == ["SingleStream", "MultiStream"]
    assert all(result.ok for result in report.results)


def test_answers_that_multistream_asked_for_twice_must_not_be_counted_twice(make_run):
    run = make_run(SMALL)
    assert "duplicates" not in checks(run)
    text = run.test_folder("MultiStream", "accuracy") / "accuracy.txt"
    text.write_text("accuracy=97.2%, good=529, total=544\n")
    (finding,) = [one for one in check_run(run, ROUND).errors if one.check == "duplicates"]
    assert (finding.found, finding.expected) == ("544", "540")


def test_a_test_that_is_missing_or_failed_is_named(make_run):
    run = make_run({("SingleStream", "performance"): "official/SingleStream/performance"})
    (finding,) = check_run(run, ROUND).errors
    assert (finding.file, finding.found) == ("SingleStream/accuracy", "missing")
    run.write_test(TestRecord(scenario="SingleStream", mode="accuracy", state="failed", digest=""))
    (finding,) = check_run(run, ROUND).errors
    assert finding.found == "failed"


def test_a_model_without_a_benchmark(make_run):
    run = make_run()
    record = run.read()
    run.write(replace(record, model=replace(record.model, benchmark="")))
    assert checks(run) == {"mapping"}


def test_closed_runs_need_compliance_and_scenarios(make_run):
    run = make_run(division="closed")
    found = {(one.check, one.file) for one in check_run(run, ROUND).errors}
    assert ("scenarios", "Offline") in found
    assert ("compliance", "SingleStream/TEST04") in found


def test_an_unreadable_log_is_a_finding(make_run):
    run = make_run()
    (run.test_folder("SingleStream", "performance") / "mlperf_log_detail.txt").write_text("nothing")
    (finding,) = check_run(run, ROUND).errors
    assert finding.file == "SingleStream/performance/mlperf_log_detail.txt"
    assert "not a detail log" in finding.found
