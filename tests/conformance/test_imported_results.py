"""A published round of MLPerf results as an import: every row of its table, with its value and unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cm_mlperf.results.collect import collect
from cm_mlperf.results.reading import read_results
from cm_mlperf.results.units import unit_name


def test_every_result_of_the_table_is_read(request: pytest.FixtureRequest):
    path: Path | None = request.config.getoption("--mlperf-results")
    if path is None:
        pytest.skip("needs a repository of published results: --mlperf-results PATH")
    table = json.loads((path / "summary_results.json").read_text(encoding="utf-8"))
    rows, skipped = read_results(path)
    assert len(collect(rows)) == len(rows) == len(table)
    assert [row.result for row in rows] == [cells["Performance_Result"] for cells in table]
    assert [row.power for row in rows] == [cells.get("Power_Result") for cells in table]
    assert [row.unit for row in rows if not row.remarks] == [
        unit_name(cells["Performance_Units"])
        for row, cells in zip(rows, table, strict=True)
        if not row.remarks
    ]
    assert {(row.benchmark, row.scenario) for row in rows if row.remarks} == {("llama3.1-8b", "Interactive")}
    assert all("summary_results.json" in line for line in skipped)
