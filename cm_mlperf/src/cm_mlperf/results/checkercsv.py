"""The CSV of the official checker: read it, whatever round it is of, and write it."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_core import MetaError
from cm_mlperf.results.corrections import corrected_unit
from cm_mlperf.results.row import ResultRow, mixed, number, row_uid, whole
from cm_mlperf.results.units import POWER_UNITS, official_unit, unit_name
from cm_report.export import as_csv_cell, from_csv_cell

# The columns and their order come from the sources of the checker of round v6.1.
COLUMNS = (
    "Organization",
    "Availability",
    "Division",
    "SystemType",
    "SystemName",
    "Platform",
    "Model",
    "MlperfModel",
    "Scenario",
    "Result",
    "Accuracy",
    "number_of_nodes",
    "host_processor_model_name",
    "host_processors_per_node",
    "host_processor_core_count",
    "accelerator_model_name",
    "accelerators_per_node",
    "total_accelerators",
    "Location",
    "framework",
    "operating_system",
    "notes",
    "compliance",
    "errors",
    "version",
    "inferred",
    "has_power",
    "Units",
    "weight_data_types",
    "design_power_watts",
    "PrivateID",
)
NEEDED = frozenset(("Model", "Scenario", "Result", "Units"))
# Field of a row -> column with text, and with a number or what stands for one.
TEXTS = {
    "organization": "Organization",
    "system": "SystemName",
    "platform": "Platform",
    "model": "Model",
    "benchmark": "MlperfModel",
    "processor": "host_processor_model_name",
    "accelerator": "accelerator_model_name",
    "location": "Location",
    "framework": "framework",
    "operating_system": "operating_system",
    "notes": "notes",
    "weights": "weight_data_types",
    "private_id": "PrivateID",
}
NUMBERS = {
    "nodes": "number_of_nodes",
    "processors_per_node": "host_processors_per_node",
    "cores_per_processor": "host_processor_core_count",
    "accelerators_per_node": "accelerators_per_node",
    "compliance": "compliance",
    "errors": "errors",
    "design_power": "design_power_watts",
}
_SCENARIOS = {
    name.lower(): name
    for name in ("Offline", "Server", "SingleStream", "MultiStream", "Interactive", "ConstantStream")
}
_POWER_UNITS = {"SingleStream": "mJ", "MultiStream": "mJ"}
_TRUE = frozenset(("true", "1", "1.0", "yes"))


def is_checker_csv(first_line: str) -> bool:
    """Whether a file that begins so is one."""
    return set(first_line.replace('"', "").strip().split(",")) >= NEEDED


def read_checker_csv(file: Path, text: str) -> list[ResultRow]:
    """The rows of a CSV, power rows among them.

    Args:
        file: for messages.

    Raises:
        MetaError: when a line has another number of columns than the first.
    """
    header, *lines = _cells(file, text)
    return [inference_row(dict(zip(header, line, strict=True))) for line in lines]


def inference_row(cells: Mapping[str, Any], *, power: float | None = None, power_unit: str = "") -> ResultRow:
    """A row from the checker's columns, as in its CSV and in public result files.

    Args:
        power: of the same measurement, where a file has it in the same row.
    """
    get = cells.get
    known: dict[str, Any] = {field: _text(get(column)) for field, column in TEXTS.items()}
    for field, column in NUMBERS.items():
        value = get(column)
        known[field] = value if type(value) is int else mixed(value)
    known["accuracy"], known["accuracies"] = _accuracy(get("Accuracy"))
    scenario = _text(get("Scenario"))
    known |= {
        "version": version_name(get("version")),
        "availability": _text(get("Availability")).lower(),
        "division": _text(get("Division")).lower(),
        "category": categories(_text(get("SystemType"))),
        "scenario": _SCENARIOS.get(scenario.lower(), scenario),
        "result": number(get("Result")),
        "inferred": _true(get("inferred")),
        "has_power": _true(get("has_power")),
        "url": _text(get("url")),
    }
    known["location"] = known["location"].removeprefix("./")
    unit = unit_name(_text(get("Units") or get("Result_Units")))
    known["unit"], known["remarks"] = corrected_unit(
        known["version"], known["benchmark"], known["scenario"], unit
    )
    if known["unit"] in POWER_UNITS:
        known["result"] = power if known["result"] is None else known["result"]
    elif power is not None:
        known |= {"power": power, "power_unit": power_unit or _POWER_UNITS.get(known["scenario"], "W")}
    if others := cells.keys() - _READ:
        known["extra"] = {key: cells[key] for key in sorted(others) if cells[key] not in ("", None)}
    uid = _text(get("uid"))
    return ResultRow(uid=uid or row_uid(sorted((key, str(value)) for key, value in cells.items())), **known)


def write_checker_csv(rows: Iterable[ResultRow]) -> str:
    """The CSV of rows; power is a row of its own, as the checker writes it."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    stream.write(",".join(COLUMNS) + "\n")
    for row in rows:
        cells = {column: str(getattr(row, field) or "") for field, column in TEXTS.items()}
        cells |= {column: _cell_text(getattr(row, field)) for field, column in NUMBERS.items()}
        cells |= {column: make(row) for column, make in _OTHERS.items()}
        cells = {column: as_csv_cell(cell) for column, cell in cells.items()}
        writer.writerow([cells[column] for column in COLUMNS])
        if row.power is not None and row.result is not None:
            cells |= {"Result": _cell_text(row.power), "Units": official_unit(row.power_unit)}
            writer.writerow([cells[column] for column in COLUMNS])
    return stream.getvalue()


def version_name(value: object) -> str:
    """A round as inference writes it: ``v2.1``, also where training writes ``2.1``."""
    text = _text(value)
    return f"v{text}" if text[:1].isdecimal() else text


@functools.lru_cache(maxsize=64)
def categories(text: str) -> tuple[str, ...]:
    """``edge,datacenter`` and ``datacenter,edge`` are the same."""
    parts = (part.strip().lower() for part in text.split(","))
    return tuple(sorted(part for part in parts if part))


def _accuracy(value: object) -> tuple[float | None, str]:
    """``97.1``, or ``ROUGE1: 44.8  ROUGE2: 22.1`` of which the first counts; ``None`` may be a text."""
    if isinstance(value, float | int):
        return number(value), ""
    text = _text(value)
    _, colon, rest = text.partition(":")
    words = rest.split() if colon else [text]
    return number(words[0]) if words else None, "" if text == "None" else text


def _cells(file: Path, text: str) -> Iterator[list[str]]:
    """Lines as lists of cells. The checker does not double the quotes inside a cell."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        rows = [_raw_cells(line) for line in text.splitlines() if line.strip()]
    for place, row in enumerate(rows, start=1):
        if len(row) != width:
            raise MetaError(
                f"{file}, row {place}: {len(row)} columns, but the first row has {width}",
                hint="is the file complete? write it again with the checker",
            )
        yield row


def _raw_cells(line: str) -> list[str]:
    if line.startswith('"') and line.endswith('"'):
        return line[1:-1].split('","')
    return next(csv.reader([line]))


def _text(value: object) -> str:
    if type(value) is str:  # nearly always
        return from_csv_cell(value.strip())
    return "" if value is None else str(value).strip()


def _true(value: object) -> bool:
    return str(value).strip().lower() in _TRUE


def _cell_text(value: object) -> str:
    return "" if value is None else str(value)


def _total(row: ResultRow) -> str:
    per_node, nodes = whole(row.accelerators_per_node), whole(row.nodes)
    return "" if per_node is None or nodes is None else str(per_node * nodes)


_OTHERS: Mapping[str, Callable[[ResultRow], str]] = {
    "Availability": lambda row: row.availability,
    "Division": lambda row: row.division,
    "SystemType": lambda row: ",".join(row.category),
    "Scenario": lambda row: row.scenario,
    "Result": lambda row: _cell_text(row.power if row.result is None else row.result),
    "Accuracy": lambda row: row.accuracies or _cell_text(row.accuracy),
    "total_accelerators": _total,
    "version": lambda row: row.version,
    "inferred": lambda row: str(int(row.inferred)),
    "has_power": lambda row: str(row.has_power),
    "Units": lambda row: official_unit(row.power_unit if row.result is None and row.power_unit else row.unit),
}
# Beside what was read: other names and copies of the same things, and what we compute ourselves.
_READ = frozenset((
    *TEXTS.values(), *NUMBERS.values(), *_OTHERS,
    "uid", "url", "git_url", "Result_Units", "Accuracy_div_100", "Result_Power", "Result_Power_Units",
    "Inference_per_Joule",
))  # fmt: skip
