"""Rows of the shapes of the public result repository; the numbers mean nothing."""

import json
import os
from pathlib import Path

import pytest

from cm_core import MetaError, NotFoundError
from cm_mlperf.results.collect import collect, same_spelling
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.results.publicjson import read_public_json
from cm_mlperf.results.reading import default_name, read_results

INFERENCE = {
    "Accuracy": 76.0,
    "Accuracy_div_100": 0.76,
    "Availability": "available",
    "Division": "closed",
    "Location": "closed/lab/results/box/resnet50/offline",
    "MlperfModel": "resnet",
    "Model": "resnet50",
    "Organization": "Lab",
    "Platform": "box",
    "Result": 1000.5,
    "Result_Units": "Samples/s",
    "Units": "Samples/s",
    "Scenario": "Offline",
    "SystemName": "Box (2x Thing)",
    "SystemType": "edge,datacenter",
    "accelerator_model_name": "Thing",
    "accelerators_per_node": 2,
    "host_processor_core_count": "4 (big); 4 (LITTLE)",
    "host_processors_per_node": 1,
    "number_of_nodes": 1,
    "has_power": True,
    "inferred": 0,
    "uid": "00000000000000a1",
    "version": "v3.0",
}
POWER = {"Result_Power": 50.0, "Result_Power_Units": "Watts", "Inference_per_Joule": 20.01}
TRAINING = {
    "Organization": "Lab",
    "Model_ID": "bert",
    "Benchmark": "language-processing",
    "Result": 12.5,
    "_Result": 12.5,
    "_System": "box",
    "Result_Units": "min.",
    "Accuracy": 0.72,
    "Accuracy_Metric": "Mask-LM accuracy",
    "accelerators_count": 16,
    "host_processors_count": 4,
    "system": "box",
    "division": "closed",
    "availability": "Cloud",
    "bert": 12.5,
    "resnet": "",
    "uid": "00000000000000b1",
    "version": "2.0",
}
TINY = {
    "Organization": "lab",
    "Benchmark": "kws",
    "Division": "open",
    "Status": "Available",
    "Board Name": "Board 3",
    "__System": "board_3",
    "Operating System ": {"Zephyr OS": {"OS version": "2.7.3"}},
    "Accuracy": 90.2,
    "median_throughput": 40.0,
    "median_throughput_metric": "inf./sec.",
    "median_energy_cost": 250.0,
    "median_energy_cost_metric": "uj/inf.",
    "uid": "00000000000000c1",
    "version": "v1.1",
}


def read(*rows):
    return read_public_json(Path("rows.json"), json.dumps(list(rows)))


def test_an_inference_row():
    (row,) = read(INFERENCE | POWER)
    assert (row.suite, row.version, row.division, row.unit) == ("inference", "v3.0", "closed", "samples/s")
    assert row.category == ("datacenter", "edge")
    assert (row.power, row.power_unit, row.cores, row.accelerators) == (50.0, "W", 8, 2)
    assert row.samples_per_joule == pytest.approx(20.01)
    assert row.uid == "00000000000000a1"
    assert not row.extra


def test_text_where_a_number_should_be():
    cells = {"Accuracy": "None", "accelerators_per_node": "N/A", "Result": None}
    (row,) = read(INFERENCE | cells)
    assert (row.accuracy, row.accuracies, row.result) == (None, "", None)
    assert (row.accelerators_per_node, row.accelerators) == ("N/A", None)


def test_power_in_a_row_without_result_joins_its_result():
    watts = {"uid": "00000000000000a2", "Result": None, "Units": "Watts", "Result_Units": "Watts"}
    rows = collect(read(INFERENCE, INFERENCE | watts | {"Result_Power": 50.0}))
    assert [(row.result, row.unit, row.power, row.power_unit) for row in rows] == [
        (1000.5, "samples/s", 50.0, "W")
    ]


def test_the_same_row_twice_counts_once_and_nothing_is_lost():
    report = {"_reproducibility_report": "https://example.org/report"}
    rows = collect(
        read(INFERENCE | POWER, INFERENCE, INFERENCE | report, INFERENCE | {"uid": "00000000000000a9"})
    )
    assert len(rows) == 1
    assert rows[0].power == 50.0
    assert rows[0].extra == report


def test_rows_that_differ_are_kept():
    others = ({"Scenario": "Server"}, {"Result": 999}, {"Location": "elsewhere"}, {"version": "v3.1"})
    rows = [INFERENCE, *(INFERENCE | other | {"uid": f"{place:016x}"} for place, other in enumerate(others))]
    assert len(collect(read(*rows))) == 5


def test_one_spelling_of_an_organization():
    names = ("cLab", "CLab", "CLab", "Other")
    rows = read(*(INFERENCE | {"Organization": name, "uid": f"{i:016x}"} for i, name in enumerate(names)))
    assert [row.organization for row in same_spelling(rows)] == ["CLab", "CLab", "CLab", "Other"]


def test_a_training_row():
    (row,) = read(TRAINING)
    assert (row.suite, row.version, row.benchmark, row.unit) == ("training", "v2.0", "bert", "min")
    assert (row.accelerators, row.lower_is_better, row.throughput) == (16, True, None)
    assert row.availability == "cloud"
    assert row.extra == {"Benchmark": "language-processing", "Accuracy_Metric": "Mask-LM accuracy"}


def test_a_tiny_row():
    (row,) = read(TINY)
    assert (row.suite, row.system, row.platform, row.unit) == ("tiny", "Board 3", "board_3", "inferences/s")
    assert row.operating_system == "Zephyr OS: OS version: 2.7.3"
    assert (row.power_unit, row.samples_per_joule) == ("uJ", 4000)


def test_what_we_wrote_can_be_read(measured_run):
    rows = rows_of_run(measured_run)
    document = {"schema": 1, "rows": [row.to_json() for row in rows]}
    assert read_public_json(Path("results.json"), json.dumps(document)) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"a": 1}', "no list of results"),
        ('[{"a": 1}]', "row 1: not a result"),
        ("[1]", "row 1: not a result"),
        (json.dumps([INFERENCE, {"Scenario": "Offline"}]), "row 2: not a result"),
    ],
)
def test_files_that_are_none(text, message):
    with pytest.raises(MetaError, match=message):
        read_public_json(Path("rows.json"), text)


def test_a_folder_is_searched_and_what_cannot_be_read_is_told(tmp_path):
    for name, text in (("a", json.dumps([INFERENCE])), ("b", "version https://git-lfs.github.com/spec/v1\n")):
        folder = tmp_path / "experiment" / name / "2024-01-01"
        folder.mkdir(parents=True)
        (folder / "cm-result.json").write_text(text, encoding="utf-8")
    (tmp_path / "unrelated.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    rows, skipped = read_results(tmp_path)
    assert len(rows) == 1
    assert len(skipped) == 1
    assert "is not a results file" in skipped[0]


def test_nothing_to_read(tmp_path):
    with pytest.raises(NotFoundError, match="no results in"):
        read_results(tmp_path)
    with pytest.raises(NotFoundError, match="no file or folder"):
        read_results(tmp_path / "missing")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MetaError, match="cannot read"):
        read_results(tmp_path / "x.csv")


def test_names_of_imports(tmp_path):
    folder = tmp_path / "my results (v1)"
    folder.mkdir()
    assert default_name(folder) == "my-results-v1"
    assert default_name(tmp_path / "summary.csv") == "summary"


def test_the_public_repository():
    """CM_TEST_PUBLIC_RESULTS is a checkout of mlcommons/cm4mlperf-results."""
    place = os.environ.get("CM_TEST_PUBLIC_RESULTS")
    if not place:
        pytest.skip("CM_TEST_PUBLIC_RESULTS does not name a checkout of the public results")
    rows, _ = read_results(Path(place))
    kept = collect(rows)
    assert len({row.uid for row in kept}) == len(kept) < len(rows)
    assert not [row for row in kept if row.unit in ("W", "mJ")]
    assert collect(kept) == kept
    assert {row.suite for row in kept} == {"inference", "training", "tiny"}
    assert not [row for row in kept if row.lower_is_better is None]
    assert {(row.unit, row.remarks[:14]) for row in kept if row.remarks} == {("tokens/s", "unit corrected")}
    # A Server of this round is published in queries, of some 290 tokens each.
    assert {row.unit for row in kept if row.version == "v4.0" and row.benchmark.startswith("llama2")} == {
        "tokens/s",
        "queries/s",
    }
