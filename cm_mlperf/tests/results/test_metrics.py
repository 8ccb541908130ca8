"""The flat numbers of a run."""

import dataclasses
import json

import pytest

from cm_core import NotFoundError
from cm_mlperf.results.metrics import METRICS_FILE, metrics_file, metrics_of, write_metrics


def test_one_mapping_of_numbers(measured_run):
    tests = {(test.scenario, test.mode): test for test in measured_run.tests()}
    found = metrics_of(tests.values())
    assert found["valid"] is True
    assert all(isinstance(value, bool | int | float) for value in found.values())
    assert found["offline_throughput"] == tests["Offline", "performance"].performance.value
    assert found["server_throughput"] == tests["Server", "performance"].performance.value
    streams = tests["SingleStream", "performance"].performance
    assert found["singlestream_latency_ms"] == streams.value
    assert found["singlestream_p90_ms"] == streams.latencies_ms["p90"]
    assert found["multistream_accuracy"] == tests["MultiStream", "accuracy"].accuracy.value
    assert not {key for key in found if key.startswith("offline_") and "latency" in key}


def test_an_invalid_test_shows_and_names_fit_expressions(measured_run):
    performance, accuracy = (
        test for test in measured_run.tests() if test.scenario == "SingleStream" and test.mode != "find-peak"
    )
    if performance.mode == "accuracy":
        performance, accuracy = accuracy, performance
    bad = dataclasses.replace(
        performance, performance=dataclasses.replace(performance.performance, valid=False, value=None)
    )
    named = dataclasses.replace(
        accuracy, accuracy=dataclasses.replace(accuracy.accuracy, metric="mAP @ 0.5", value=37.5)
    )
    found = metrics_of([bad, named])
    assert (found["valid"], found["singlestream_valid"]) == (False, False)
    assert "singlestream_latency_ms" not in found
    assert found["singlestream_map_0_5"] == 37.5
    assert "valid" not in metrics_of([named])


@pytest.mark.parametrize(
    ("value", "file"),
    [("there", f"there/{METRICS_FILE}"), ("numbers.json", "numbers.json"), ("", "")],
)
def test_where_they_go(tmp_path, value, file):
    (tmp_path / "there").mkdir()
    found = metrics_file(value, tmp_path)
    assert found == (tmp_path / file if file else None)


@pytest.mark.parametrize("value", ["nowhere/", "nowhere/numbers.json"])
def test_a_folder_that_is_missing_is_named_before_anything_runs(tmp_path, value):
    with pytest.raises(NotFoundError, match=r"no folder .*nowhere for --result"):
        metrics_file(value, tmp_path)


def test_the_file(tmp_path):
    write_metrics(tmp_path / METRICS_FILE, "mine", "demo", {"valid": True, "offline_throughput": 7.5})
    assert json.loads((tmp_path / METRICS_FILE).read_text(encoding="utf-8")) == {
        "run": "mine",
        "level": "demo",
        "valid": True,
        "offline_throughput": 7.5,
    }
