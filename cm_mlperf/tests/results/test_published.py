"""Tables as rounds publish them, of our own making; the numbers mean nothing."""

import json
from pathlib import Path

import pytest

from cm_core import MetaError, NotFoundError
from cm_mlperf.results.checkercsv import write_checker_csv
from cm_mlperf.results.collect import collect, same_spelling
from cm_mlperf.results.publicjson import read_public_json
from cm_mlperf.results.reading import read_results

ROW = {
    "ID": "5.1-0001",
    "Submitter": "Lab",
    "Availability": "available",
    "Category": "closed",
    "Suite": "datacenter",
    "System": "Box (8x Thing)",
    "Platform": "box_x8",
    "UsedModel": "llama2-70b-99",
    "Model": "llama2-70b-99",
    "Scenario": "Offline",
    "Accuracy": "ROUGE1: 44.4  ROUGE2: 22.0",
    "Nodes": 4,
    "Processor": "Chip",
    "host_processors_per_node": 2,
    "host_processor_core_count": "64",
    "Accelerator": "Thing 80GB HBM3e",
    "a#": 8,
    "Location": "closed/Lab/results/box_x8/llama2-70b-99/Offline",
    "Software": "Frame 1.2",
    "operating_system": "Linux",
    "Notes": "",
    "version": "v5.1",
    "inferred": 0,
    "has_power": False,
    "p#": 2,
    "Details": "https://example.org/results",
    "Code": "https://example.org/code",
    "Unique ID (e.g. for Audit)": "datacenter/closed/Lab/box_x8",
    "ColorKey": "availableLab",
    "Performance_Result": 32000.5,
    "Performance_Units": "Tokens/s",
}
# As the round v6.1 names its columns.
CHECKER = {
    "Organization": "Lab",
    "Division": "closed",
    "SystemType": "datacenter",
    "SystemName": "Box",
    "Platform": "box",
    "Model": "clips",
    "MlperfModel": "text_to_video",
    "Scenario": "SingleStream",
    "Result": 20.5,
    "Accuracy": "vbench_score: 70.1",
    "number_of_nodes": 1,
    "accelerators_per_node": 8,
    "Location": "./closed/Lab/results/box/clips/SingleStream/performance/run_1",
    "notes": None,
    "compliance": "closed",
    "version": "v6.1",
    "Units": "Latency (s)",
    "design_power_watts": None,
}


def read(document):
    return read_public_json(Path("rows.json"), json.dumps(document))


def test_what_the_table_calls_a_category_is_the_division():
    (row,) = read([ROW])
    assert (row.organization, row.division, row.category) == ("Lab", "closed", ("datacenter",))
    assert (row.system, row.platform, row.framework) == ("Box (8x Thing)", "box_x8", "Frame 1.2")
    assert (row.result, row.unit, row.accuracy) == (32000.5, "tokens/s", 44.4)
    assert row.url == "https://example.org/results"
    assert dict(row.extra) == {"Code": "https://example.org/code", "ID": "5.1-0001"}


def test_accelerators_are_those_of_a_node():
    (row,) = read([ROW])
    assert (row.accelerators_per_node, row.accelerators, row.cores) == (8, 32, 512)
    (without,) = read([ROW | {"a#": "", "Accelerator": ""}])
    assert (without.accelerators_per_node, without.accelerators, without.accelerator) == (None, None, "")


@pytest.mark.parametrize("text", ["N/A", "-", "None"])
def test_no_accelerator_whatever_it_is_called(text):
    (row,) = read([ROW | {"Accelerator": text}])
    assert row.accelerator == ""


def test_power_in_the_same_row():
    (row,) = read([ROW | {"has_power": True, "Power_Result": 8000.0, "Power_Units": "Watts"}])
    assert (row.power, row.power_unit, row.has_power) == (8000.0, "W", True)
    assert row.samples_per_joule == pytest.approx(32000.5 / 8000)


def test_models_submitted_for_one_benchmark_are_rows_of_their_own():
    rows = read([ROW | {"Model": "resnet50", "UsedModel": name, "Location": "x"} for name in ("a", "b", "a")])
    assert [(row.model, row.benchmark) for row in collect(rows)] == [("a", "resnet"), ("b", "resnet")]


def test_automotive():
    other = {"Suite": "adas", "Scenario": "ConstantStream", "Performance_Units": "Latency (ms)"}
    (row,) = read([ROW | other | {"Performance_Result": 5.25, "version": "v0.5"}])
    assert (row.suite, row.category, row.scenario) == ("automotive", ("adas",), "ConstantStream")
    assert (row.result, row.unit, row.lower_is_better, row.throughput) == (5.25, "ms", True, None)


def test_a_table_by_numbers():
    rows = read({"0": CHECKER, "1": CHECKER | {"Scenario": "Offline", "Units": "Samples/s", "Result": None}})
    assert [(row.scenario, row.result, row.unit) for row in rows] == [
        ("SingleStream", 20.5, "s"),
        ("Offline", None, "samples/s"),
    ]
    assert rows[0].throughput == pytest.approx(1 / 20.5)
    assert (rows[0].compliance, rows[0].notes, rows[0].accelerators) == ("closed", "", 8)
    assert rows[0].location == "closed/Lab/results/box/clips/SingleStream/performance/run_1"


@pytest.mark.parametrize(
    ("version", "model", "scenario", "unit", "right"),
    [
        ("v4.0", "llama2-70b-99.9", "Offline", "Samples/s", "tokens/s"),
        ("v4.0", "llama2-70b-99.9", "Server", "Queries/s", "queries/s"),
        ("v4.1", "llama2-70b-99", "Server", "Queries/s", "tokens/s"),
        ("v4.1", "mixtral-8x7b", "Offline", "Samples/s", "tokens/s"),
        ("v4.0", "gptj-99", "Offline", "Samples/s", "samples/s"),
        ("v4.1", "gptj-99", "Offline", "Samples/s", "tokens/s"),
        ("v4.1", "gptj-99", "SingleStream", "Latency (ms)", "ms"),
        ("v4.1", "gptj-99", "Offline", "Tokens/s", "tokens/s"),
        ("v4.1", "bert-99", "Offline", "Samples/s", "samples/s"),
        ("v5.1", "llama3.1-8b", "Interactive", "Queries/s", "tokens/s"),
    ],
)
def test_units_by_round_and_benchmark(version, model, scenario, unit, right):
    cells = {"version": version, "MlperfModel": model, "Scenario": scenario, "Units": unit, "Result": 5}
    (row,) = read([CHECKER | cells])
    assert row.unit == right
    was = "" if unit.lower() in (right, f"latency ({right})") else f"unit corrected: was {unit.lower()}"
    assert row.remarks == was


def test_an_older_import_learns_the_right_unit():
    cells = {"version": "v4.1", "MlperfModel": "gptj-99", "Scenario": "Offline", "Units": "Samples/s"}
    (row,) = read([CHECKER | cells | {"uid": "00000000000000a1"}])
    before = row._replace(unit="samples/s", remarks="")
    assert collect([before, row]) == [row]
    assert collect([row, before]) == [row]


def test_one_spelling_of_an_accelerator():
    rows = read([ROW | {"Accelerator": f"Thing {name}"} for name in ("HBM3e", "HBM3E", "HBM3e")])
    assert {row.accelerator for row in same_spelling(rows)} == {"Thing HBM3e"}


def _write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")


@pytest.fixture
def repository(tmp_path):
    """With a table, a draft of a submitter and a file of the same name that is about something else."""
    _write(tmp_path / "summary_results.json", [ROW, ROW | {"Scenario": "Server"}])
    _write(tmp_path / "closed" / "Lab" / "summary.csv", write_checker_csv(read([ROW])))
    _write(tmp_path / "closed" / "Lab" / "code" / "results.json", {"loss": 0.1})
    _write(tmp_path / ".git" / "summary.json", {"0": CHECKER})
    return tmp_path


def test_the_table_of_a_repository_holds_all_its_results(repository):
    rows, skipped = read_results(repository)
    assert [row.scenario for row in rows] == ["Offline", "Server"]
    table = repository / "summary_results.json"
    assert skipped == [
        f"skipped: {repository / 'closed' / 'Lab' / name}: the results of this folder are in {table}"
        for name in (Path("code", "results.json"), "summary.csv")
    ]


def test_the_table_of_a_web_page_is_that_of_the_repository(repository):
    place = repository / "javascripts"
    place.mkdir()
    (repository / "summary_results.json").rename(place / "summary_results.json")
    rows, skipped = read_results(repository)
    assert (len(rows), len(skipped)) == (2, 2)


@pytest.mark.parametrize("text", ['[{"Submitter": ', "version https://git-lfs.github.com/spec/v1\n"])
def test_without_its_table_nothing_of_a_repository_is_read(repository, text):
    _write(repository / "summary_results.json", text)
    with pytest.raises(MetaError, match=r"summary_results\.json"):
        read_results(repository)


@pytest.mark.parametrize(
    "cells", [{"Scenario": None}, {"Performance_Result": "12,5"}, {"Performance_Result": None}]
)
def test_a_table_with_a_row_that_is_none_is_not_read(repository, cells):
    for place, rows in ((2, [ROW, ROW | cells]), (1, [ROW | cells, ROW])):
        _write(repository / "summary_results.json", rows)
        with pytest.raises(MetaError, match=f"row {place}: not a result"):
            read_results(repository)


def test_a_summary_of_something_else_is_skipped_by_name(repository):
    (repository / "summary_results.json").unlink()
    _write(repository / "summary.json", {"passed": 3})
    rows, (*skipped, remark) = read_results(repository)
    assert len(rows) == 1
    assert "a submission tree without a table" in remark
    assert [line.split(": ")[1].split(" has ")[0] for line in skipped] == [
        str(repository / "summary.json"),
        str(repository / "closed" / "Lab" / "code" / "results.json"),
    ]


def test_what_was_skipped_is_named_when_there_is_nothing_else(tmp_path):
    _write(tmp_path / "summary.json", {"passed": 3})
    _write(tmp_path / "results.json", {"loss": 0.1})
    with pytest.raises(NotFoundError, match=r"summary\.json has no list.*results\.json has no list"):
        read_results(tmp_path)


def test_a_submission_tree_without_a_table_does_not_pass_for_a_whole_round(tmp_path):
    place = tmp_path / "open" / "lab"
    place.mkdir(parents=True)
    with pytest.raises(NotFoundError, match="a submission tree without a table"):
        read_results(tmp_path)
    _write(place / "results.json", json.dumps([CHECKER | {"Units": "Latency (s)"}]))
    rows, (remark,) = read_results(tmp_path)
    assert len(rows) == 1
    assert "import the CSV that the official checker writes" in remark
