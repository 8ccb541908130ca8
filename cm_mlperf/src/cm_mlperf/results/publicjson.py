"""Result files in the JSON formats of the public result repositories: inference, training, tiny."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cm_core import MetaError
from cm_mlperf.results.checkercsv import inference_row, version_name
from cm_mlperf.results.published import is_published, published_row
from cm_mlperf.results.row import FIELDS, ResultRow, mixed, named, number, row_uid
from cm_mlperf.results.units import unit_name

_KINDS_HINT = "see docs/reference/mlperf-results.md for what can be imported"


class ForeignFileError(MetaError):
    """A file that is whole, but about something else."""


def read_public_json(file: Path, text: str) -> list[ResultRow]:
    """The rows of a result file; several kinds are known by their keys.

    Args:
        file: for messages.

    Raises:
        ForeignFileError: when it holds no rows, or the first is of no known kind.
        MetaError: when it is not JSON, or another row is of no known kind.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MetaError(f"{file} is not JSON: {error}", hint=_KINDS_HINT) from error
    rows = data if isinstance(data, list) else _rows_of(data)
    if rows is None:
        raise ForeignFileError(f"{file} has no list of results", hint=_KINDS_HINT)
    return [_reader(file, place, row)(row) for place, row in enumerate(rows, start=1)]


def _rows_of(data: Any) -> list[Any] | None:
    """The rows of our own document, or of a table that has them by number: ``{"0": {…}, "1": {…}}``."""
    if not isinstance(data, dict):
        return None
    if data and all(key.isdecimal() for key in data):
        return list(data.values())
    rows = data.get("rows")
    return rows if isinstance(rows, list) else None


def _reader(file: Path, place: int, row: Any) -> Callable[[Mapping[str, Any]], ResultRow]:
    if isinstance(row, dict):
        if {"scenario", "result", "unit", "uid"} <= row.keys():
            return _own
        if "Scenario" in row and ("Units" in row or "Result_Units" in row):
            return _inference
        if is_published(row):
            return published_row
        if "accelerators_count" in row and "Model_ID" in row:
            return _training
        if "median_throughput" in row:
            return _tiny
    error = ForeignFileError if place == 1 else MetaError
    raise error(
        f"{file}, row {place}: not a result of inference, training or tiny",
        hint=_KINDS_HINT,
    )


def _own(row: Mapping[str, Any]) -> ResultRow:
    """A row that we wrote."""
    known = {name: row[name] for name in FIELDS if name in row}
    return ResultRow(**{**known, "category": tuple(row.get("category") or ())})


def _inference(row: Mapping[str, Any]) -> ResultRow:
    unit = str(row.get("Result_Power_Units") or "")
    read = inference_row(row, power=number(row.get("Result_Power")), power_unit=unit_name(unit))
    return read._replace(accelerator=named(read.accelerator))


def _training(row: Mapping[str, Any]) -> ResultRow:
    read = (
        "Organization", "Model_ID", "Result", "Result_Units", "Accuracy", "system", "version", "division",
        "availability", "accelerator_model_name", "accelerators_count", "host_processor_model_name",
        "host_processors_count", "framework", "notes", "details_url", "uid", "submitter",
    )  # fmt: skip
    model = str(row["Model_ID"])
    return ResultRow(
        suite="training",
        uid=str(row.get("uid") or row_uid(sorted(map(str, row.items())))),
        version=version_name(row.get("version")),
        organization=str(row.get("Organization") or row.get("submitter") or ""),
        availability=str(row.get("availability") or "").lower(),
        division=str(row.get("division") or "").lower(),
        system=str(row.get("system") or ""),
        platform=str(row.get("system") or ""),
        model=model,
        benchmark=model,
        result=number(row.get("Result")),
        unit=unit_name(str(row.get("Result_Units") or "")),
        accuracy=number(row.get("Accuracy")),
        nodes=1,  # the counts below are those of the whole system
        processor=str(row.get("host_processor_model_name") or ""),
        processors_per_node=mixed(row.get("host_processors_count")),
        accelerator=str(row.get("accelerator_model_name") or ""),
        accelerators_per_node=mixed(row.get("accelerators_count")),
        framework=str(row.get("framework") or ""),
        notes=str(row.get("notes") or ""),
        url=str(row.get("details_url") or ""),
        extra=_extra(row, {*read, model}),
    )


def _tiny(row: Mapping[str, Any]) -> ResultRow:
    read = (
        "Organization", "Submitter", "Division", "Status", "Benchmark", "Model", "__System", "version",
        "median_throughput", "median_throughput_metric", "Result", "median_energy_cost",
        "median_energy_cost_metric", "Accuracy", "Processor(s) Name", "Accelerator", "git_url", "uid",
        "Inference Framework",
    )  # fmt: skip
    benchmark = str(row.get("Benchmark") or "")
    energy = number(row.get("median_energy_cost"))
    return ResultRow(
        suite="tiny",
        uid=str(row.get("uid") or row_uid(sorted(map(str, row.items())))),
        version=version_name(row.get("version")),
        organization=str(row.get("Organization") or row.get("Submitter") or ""),
        availability=str(row.get("Status") or "").lower(),
        division=str(row.get("Division") or "").lower(),
        system=str(row.get("Board Name") or row.get("__System") or ""),
        platform=str(row.get("__System") or ""),
        model=str(row.get("Model") or benchmark),
        benchmark=benchmark,
        result=number(row.get("median_throughput")),
        unit=unit_name(str(row.get("median_throughput_metric") or "")),
        accuracy=number(row.get("Accuracy")),
        power=energy,
        power_unit="" if energy is None else unit_name(str(row.get("median_energy_cost_metric") or "")),
        has_power=energy is not None,
        processor=str(row.get("Processor(s) Name") or ""),
        accelerator=str(row.get("Accelerator") or ""),
        framework=str(row.get("Inference Framework") or ""),
        operating_system=_plain(row.get("Operating System ") or row.get("Operating System")),
        url=str(row.get("git_url") or ""),
        extra=_extra(row, read),
    )


def _extra(row: Mapping[str, Any], read: object) -> dict[str, Any]:
    """What a suite has of its own; the public files repeat keys with underscores before them."""
    known = set(read) if isinstance(read, set | tuple) else set()
    kept = {}
    for key, value in row.items():
        name = key.strip()
        if (
            value in ("", None)
            or key in known
            or (key.startswith("_") and key.lstrip("_") in {*row, "System"})
        ):
            continue
        kept[name] = _plain(value) if isinstance(value, dict | list) else value
    return kept


def _plain(value: Any) -> str:
    """``{"Zephyr OS": {"OS version": "2.7.3"}}`` as text."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(part)}" for key, part in value.items())
    return "" if value is None else str(value)
