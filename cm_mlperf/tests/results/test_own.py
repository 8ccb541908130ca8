import dataclasses
import json
import shutil
from statistics import mean, stdev

import pytest

from cm_core import NotFoundError
from cm_mlperf.loadgen.log import read_detail_log
from cm_mlperf.loadgen.scenario import SCENARIOS
from cm_mlperf.record.layout import RunFolder
from cm_mlperf.results.own import rows_of_run


def test_a_row_for_each_scenario_with_the_numbers_of_the_logs(measured_run):
    rows = {row.scenario: row for row in rows_of_run(measured_run)}
    assert list(rows) == [scenario.name for scenario in SCENARIOS]
    for name, row in rows.items():
        log = read_detail_log(measured_run.test_folder(name, "performance"))
        assert (row.result, row.valid, row.p99_ms) == (log.result, log.valid, log.latencies_ms["p99"])
        assert row.accuracies == f"acc: {row.accuracy}"
        assert (row.own, row.level, row.official, row.source) == (True, "demo", False, measured_run.path.name)


def test_cores_are_those_of_this_machine_but_of_a_network_nobody_knows(run_folder):
    record = run_folder.read()
    facts = {"host_processors_per_node": "2", "host_processor_core_count": "4"}
    for backend, cores in (("onnxruntime", 8), ("network", None)):
        system = dataclasses.replace(record.system, backend=backend, description=facts)
        run_folder.write(dataclasses.replace(record, system=system))
        assert {row.cores for row in rows_of_run(run_folder)} == {cores}


def test_what_was_not_measured_is_left_out(run_folder):
    shutil.rmtree(run_folder.path / "Server" / "performance")
    shutil.rmtree(run_folder.path / "Offline" / "accuracy")
    rows = {row.scenario: row for row in rows_of_run(run_folder)}
    assert "Server" not in rows
    assert (rows["Offline"].accuracy, rows["Offline"].accuracies) == (None, "")


def test_noise_comes_from_earlier_runs_of_the_same_configuration(run_folder):
    assert all(row.noise is None for row in rows_of_run(run_folder))
    now = run_folder.read_test("Offline", "performance")
    results = [now.performance.value]
    for place, (factor, digest) in enumerate([(1.1, now.digest), (0.9, now.digest), (5, "other")]):
        value = now.performance.value * factor
        earlier = dataclasses.replace(
            now, digest=digest, performance=dataclasses.replace(now.performance, value=value)
        )
        RunFolder(run_folder.path / "history" / str(place)).write_test(earlier)
        results += [value] if digest == now.digest else []
    (run_folder.path / "history" / "0" / "Server").mkdir()
    (run_folder.path / "history" / "0" / "Server" / "test.json").write_text("{", encoding="utf-8")
    row = next(row for row in rows_of_run(run_folder) if row.scenario == "Offline")
    assert row.noise == pytest.approx(stdev(results) / mean(results))


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(NotFoundError):
        rows_of_run(RunFolder(tmp_path))


def test_uids_stay_when_nothing_was_measured_anew(measured_run):
    first, second = rows_of_run(measured_run), rows_of_run(measured_run)
    assert [row.uid for row in first] == [row.uid for row in second]
    assert len({row.uid for row in first}) == 4
    assert json.dumps([row.to_json() for row in first])
