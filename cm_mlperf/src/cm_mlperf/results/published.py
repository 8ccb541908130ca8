"""Rows of ``summary_results.json``, the table that a round publishes, under the checker's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_mlperf.results.checkercsv import inference_row
from cm_mlperf.results.row import ResultRow, named, number
from cm_mlperf.results.units import unit_name

# Its name of a column -> that of the checker. What it calls a category is the division.
_NAMES = {
    "Submitter": "Organization",
    "Category": "Division",
    "Suite": "SystemType",
    "System": "SystemName",
    "UsedModel": "Model",
    "Model": "MlperfModel",
    "Nodes": "number_of_nodes",
    "Processor": "host_processor_model_name",
    "Accelerator": "accelerator_model_name",
    "a#": "accelerators_per_node",
    "Software": "framework",
    "Notes": "notes",
    "Performance_Result": "Result",
    "Performance_Units": "Units",
    "Details": "url",
}
_NEEDED = frozenset(("Submitter", "Scenario", "Performance_Result", "Performance_Units"))
# Copies of other columns, and what only the page of the table needs.
_LEFT_OUT = frozenset(("p#", "ColorKey", "Unique ID (e.g. for Audit)", "Power_Result", "Power_Units"))
_AUTOMOTIVE = "adas"
_BENCHMARKS = {"resnet50": "resnet"}


def is_published(row: Mapping[str, Any]) -> bool:
    """Whether it is a row of the table, with a number as its result."""
    whole = row.keys() >= _NEEDED and all(row[name] for name in ("Submitter", "Scenario"))
    return whole and number(row["Performance_Result"]) is not None


def published_row(row: Mapping[str, Any]) -> ResultRow:
    """A row of the table, with its power where it has one."""
    cells = {_NAMES.get(name, name): value for name, value in row.items() if name not in _LEFT_OUT}
    benchmark = cells.get("MlperfModel")
    cells["MlperfModel"] = _BENCHMARKS.get(str(benchmark), benchmark)
    unit = unit_name(str(row.get("Power_Units") or ""))
    read = inference_row(cells, power=number(row.get("Power_Result")), power_unit=unit)
    suite = "automotive" if _AUTOMOTIVE in read.category else read.suite
    return read._replace(suite=suite, accelerator=named(read.accelerator))
