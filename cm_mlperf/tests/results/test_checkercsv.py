import pytest

from cm_core import MetaError
from cm_mlperf.results.checkercsv import COLUMNS, is_checker_csv, read_checker_csv, write_checker_csv
from cm_mlperf.results.collect import collect
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.results.reading import read_results


def line(**cells):
    """A line as the official exporter writes it: every cell in quotes, quotes inside not doubled."""
    known = {"Model": "resnet50", "Scenario": "Offline", "Result": "12.5", "Units": "Samples/s", **cells}
    return ",".join(f'"{known.get(column, "")}"' for column in COLUMNS) + "\n"


HEAD = ",".join(COLUMNS) + "\n"


def test_there_are_the_columns_of_the_checker():
    assert len(COLUMNS) == 31
    assert is_checker_csv(HEAD)
    assert is_checker_csv(HEAD.replace("Organization", '"Organization"'))
    assert not is_checker_csv("name,value\n")


def test_own_results_come_back_as_they_were_written(measured_run, tmp_path):
    rows = rows_of_run(measured_run)
    file = tmp_path / "results.csv"
    file.write_text(write_checker_csv(rows), encoding="utf-8")
    again, _ = read_results(file)
    assert write_checker_csv(again) == file.read_text(encoding="utf-8")
    for old, new in zip(rows, again, strict=True):
        for name in ("result", "unit", "accuracy", "model", "benchmark", "scenario", "system", "notes"):
            assert getattr(new, name) == getattr(old, name), name
        assert (new.category, new.version, new.organization) == (("edge",), "v6.1", "Example Lab")


def test_cells_of_another_round(tmp_path):
    text = "Model,Scenario,Result,Units,new_column\nbert-99,singlestream,7,Latency (ms),42\n"
    (row,) = read_checker_csv(tmp_path, text)
    assert (row.scenario, row.result, row.unit, row.extra) == ("SingleStream", 7, "ms", {"new_column": "42"})


@pytest.mark.parametrize("notes", ['a 3" disk, cheap', '"quoted", twice "so"', "semi; colon, comma", "'"])
def test_quotes_that_the_checker_does_not_double(tmp_path, notes):
    text = HEAD + line(notes=notes, framework="x") + line(Model="bert-99")
    first, second = read_checker_csv(tmp_path, text)
    assert first.notes.replace('"', "") == notes.replace('"', "")
    assert (first.framework, first.result, second.model) == ("x", 12.5, "bert-99")


def test_a_line_that_is_cut_off_is_named(tmp_path):
    text = HEAD + line() + line()[:90]
    with pytest.raises(MetaError, match="row 3: "):
        read_checker_csv(tmp_path / "summary.csv", text)


@pytest.mark.parametrize(
    ("written", "value"),
    [("acc: 76.1", 76.1), ("ROUGE1: 44.8  ROUGE2: 22.1", 44.8), ("80.5", 80.5), ("None", None), ("", None)],
)
def test_accuracies(tmp_path, written, value):
    (row,) = read_checker_csv(tmp_path, HEAD + line(Accuracy=written))
    assert row.accuracy == value
    assert row.accuracies == ("" if written == "None" else written)


def test_power_is_a_row_of_its_own_in_the_file_only(tmp_path):
    cells = {"has_power": "True", "inferred": "0"}
    text = HEAD + line(**cells) + line(**cells, Result="300.5", Units="Watts")
    (row,) = collect(read_checker_csv(tmp_path, text))
    assert (row.result, row.unit, row.power, row.power_unit) == (12.5, "samples/s", 300.5, "W")
    assert write_checker_csv([row]) == text


def test_power_without_its_result_stays(tmp_path):
    (row,) = collect(read_checker_csv(tmp_path, HEAD + line(Result="300.5", Units="Watts")))
    assert (row.result, row.power, row.power_unit) == (None, 300.5, "W")
    (again,) = collect(read_checker_csv(tmp_path, write_checker_csv([row])))
    assert (again.result, again.power, again.power_unit) == (None, 300.5, "W")


def test_totals_and_flags(tmp_path):
    cells = {"number_of_nodes": "2", "accelerators_per_node": "8", "total_accelerators": "16"}
    text = HEAD + line(**cells, inferred="1", has_power="False", errors="0", compliance="closed")
    (row,) = read_checker_csv(tmp_path, text)
    assert (row.accelerators, row.inferred, row.errors, row.compliance) == (16, True, 0, "closed")
    assert write_checker_csv([row]) == text
