"""The steps of a run or an experiment as rows, whoever recorded them."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cm_core import CMError, is_uid
from cm_core.base import DamagedError, decode, decode_alike, encode, read_json
from cm_experiment.record.layout import (
    RESULT_FILE,
    ROWS_FILE,
    STEP_FILE,
    STUDY_FILE,
    Row,
    Step,
    read_step,
    row_of,
)
from cm_experiment.record.original import rows_in

Warn = Callable[[str], object]

_Read = TypeVar("_Read")


def append_row(run: Path, row: Row) -> None:
    """Note a finished step, in one write, so that nobody reads half of a line."""
    _append_rows(run, [row])


def run_folders(experiment: Path) -> list[Path]:
    """The runs of an experiment, oldest first."""
    with os.scandir(experiment) as entries:
        names = [entry.name for entry in entries if entry.is_dir()]
    folders = [experiment / name for name in sorted(names)]
    return [run for run in folders if (run / STUDY_FILE).is_file() or (run / RESULT_FILE).is_file()]


def read_rows(experiment: Path, *, warn: Warn | None = None) -> list[Row]:
    """All steps of an experiment, by run and number.

    Args:
        warn: told about a step whose record cannot be read, in one sentence; the others are unharmed.
    """
    return [row for run in run_folders(experiment) for row in read_run(run, warn=warn)]


def read_run(run: Path, *, warn: Warn | None = None) -> list[Row]:
    """All steps of one run by number, those that have not ended included; as :func:`read_rows`."""
    if not (run / STUDY_FILE).is_file():
        return _original_rows(run, warn) if (run / RESULT_FILE).is_file() else []
    with os.scandir(run) as entries:
        left = {entry.name for entry in entries if is_uid(entry.name)}
    rows: dict[str, Row] = {}
    for row in _noted_rows(run):
        # The last one counts, but not one that a reader noted late.
        if row.uid in left and (row.uid not in rows or rows[row.uid].started <= row.started):
            rows[row.uid] = row
    found = [_step_or_warn(run / uid, warn) for uid in sorted(left - rows.keys())]
    missing = [row_of(step) for step in found if step is not None]
    if ended := [row for row in missing if row.state != "running"]:
        with contextlib.suppress(OSError):  # the records of somebody else: they can be read all the same
            _append_rows(run, ended)
    rows |= {row.uid: row for row in missing}
    return sorted(rows.values(), key=lambda row: row.number)


def _append_rows(run: Path, rows: Sequence[Row]) -> None:
    # A driver that was killed in the middle of a line must not spoil the first one.
    lines = [json.dumps(encode(row), ensure_ascii=False, separators=(",", ":")) for row in rows]
    handle = os.open(run / ROWS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(handle, "\n".join(["", *lines, ""]).encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)


def _noted_rows(run: Path) -> Iterator[Row]:
    try:
        lines = (run / ROWS_FILE).read_bytes().split(b"\n")
    except OSError:
        return
    lines = [line for line in lines if line]
    try:
        items = json.loads(b"[" + b",".join(lines) + b"]")  # four times as fast as line by line
    except ValueError:
        items = [item for line in lines if (item := _json_or_none(line)) is not None]
    if (rows := decode_alike(Row, items)) is not None:
        yield from rows
        return
    for item in items:
        try:
            yield decode(Row, item, source=ROWS_FILE)
        except DamagedError:
            continue


def _json_or_none(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _original_rows(run: Path, warn: Warn | None) -> list[Row]:
    return rows_in(run.name, _or_warn(lambda: read_json(run / RESULT_FILE), warn))


def _step_or_warn(folder: Path, warn: Warn | None) -> Step | None:
    # A driver that was killed may leave an empty folder: that is no record that is lost.
    is_empty = not (folder / STEP_FILE).exists() and not any(folder.iterdir())
    return None if is_empty else _or_warn(lambda: read_step(folder), warn)


def _or_warn(read: Callable[[], _Read], warn: Warn | None) -> _Read | None:
    try:
        return read()
    except CMError as error:
        if warn is not None:
            warn(error.message)
        return None
