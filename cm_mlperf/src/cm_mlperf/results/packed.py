"""Rows in a file that loads fast: columns, each with its different values and an index into them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cm_core import MetaError
from cm_core.base import atomic_write_text
from cm_mlperf.results.row import FIELDS, NOTHING, ResultRow

SCHEMA = 1
_PLAIN = tuple(name for name in FIELDS if name not in ("extra", "source"))


def write_packed(file: Path, rows: Sequence[ResultRow]) -> None:
    """Replace the file in one step.

    Raises:
        CMError: when it cannot be written; the old file is untouched then.
    """
    extras = {str(place): dict(row.extra) for place, row in enumerate(rows) if row.extra}
    columns = {name: _pack([getattr(row, name) for row in rows]) for name in _PLAIN}
    document = {"schema": SCHEMA, "count": len(rows), "columns": columns, "extra": extras}
    atomic_write_text(file, json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_packed(file: Path, source: str) -> list[ResultRow]:
    """The rows of a file.

    Args:
        source: name of the import, for the rows.

    Raises:
        MetaError: when the file is damaged.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        columns: dict[str, list[Any]] = {
            name: _unpack(column) for name, column in document["columns"].items() if name in _PLAIN
        }
        columns["category"] = [tuple(value) for value in columns["category"]]
        count, extras = document["count"], document["extra"]
        columns["source"] = [source] * count
        columns["extra"] = [extras.get(str(place), NOTHING) for place in range(count)]
        return list(map(ResultRow._make, zip(*_all_columns(columns, count), strict=True)))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise MetaError(
            f"{file} is damaged: {error}", hint="remove the import (cm rm mlperf NAME) and import again"
        ) from error
    except OSError as error:
        raise MetaError(f"cannot read {file}: {error.strerror or error}") from error


def _all_columns(columns: Mapping[str, list[Any]], count: int) -> list[list[Any]]:
    """In the order of the fields; one that an older version did not have holds its default."""
    defaults = ResultRow._field_defaults
    return [columns[name] if name in columns else [defaults[name]] * count for name in FIELDS]


def _pack(values: list[Any]) -> dict[str, Any]:
    """Most columns have few different values; 1, 1.0 and True are three."""
    places: dict[Any, int] = {}
    index = [places.setdefault((type(value), value), len(places)) for value in values]
    different = [value for _, value in places]
    return {"values": values} if len(different) > len(values) // 2 else {"values": different, "index": index}


def _unpack(column: dict[str, Any]) -> list[Any]:
    values: list[Any] = column["values"]
    return [values[place] for place in column["index"]] if "index" in column else values
