import dataclasses

import pytest

from cm_core import NotFoundError
from cm_mlperf.record.layout import RunFolder, TestRecord
from cm_mlperf.results.table import run_table


def test_the_table_of_a_run(measured_run):
    lines = run_table(measured_run)
    text = "\n".join(lines)
    assert lines[0].startswith("clusters-python-cpu-demo-1a2b: clusters, python")
    header, rule, *rows = lines[2:8]
    assert header.split()[:5] == ["scenario", "result", "unit", "valid", "accuracy"]
    assert set(rule) == {"-", " "}
    assert [row.split()[0] for row in rows] == ["Offline", "Server", "SingleStream", "MultiStream"]
    assert all(" VALID " in row for row in rows)
    assert "NON-OFFICIAL" in text
    assert "must not be called MLPerf results" in " ".join(lines)
    assert max(map(len, lines)) <= 120


def test_a_long_run_is_unverified(run_folder):
    run_folder.write(dataclasses.replace(run_folder.read(), level="official"))
    text = " ".join(run_table(run_folder))
    assert "UNVERIFIED" in text
    assert "NON-OFFICIAL" not in text
    assert "result not verified by MLCommons Association" in text


def test_an_invalid_run_says_why(run_folder, measured):
    """A real one: far too few queries for the 90th percentile."""
    place = run_folder.path / "again"
    record = measured(place, run_folder.read(), "SingleStream", "performance", queries=10)
    run_folder.write_test(record)
    lines = run_table(run_folder)
    assert any("SingleStream" in line and "INVALID" in line for line in lines[:8])
    assert any(line.startswith("SingleStream, performance: INVALID: ") for line in lines)


@pytest.mark.parametrize("state", ["failed", "interrupted", "running"])
def test_a_run_that_did_not_finish(run_folder, state):
    old = run_folder.read_test("Server", "performance")
    broken = TestRecord(
        scenario="Server", mode="performance", state=state, digest=old.digest, error="the worker was killed"
    )
    run_folder.write_test(broken)
    lines = run_table(run_folder)
    assert f"Server, performance: {state}: the worker was killed" in lines
    assert any(line.startswith("Server ") and f" {state} " in line for line in lines)


def test_a_run_that_has_not_begun(tmp_path, measured_run):
    run = RunFolder(tmp_path)
    with pytest.raises(NotFoundError):
        run_table(run)
    run.write(measured_run.read())
    assert "no scenario was run" in run_table(run)
