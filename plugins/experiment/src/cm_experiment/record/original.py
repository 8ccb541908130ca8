"""Runs that the original recorded: a list of results, and a command in each step's folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cm_core import NotFoundError, load_document
from cm_experiment.record.layout import INPUT_FILE, Row, Step

_IDENTITY = ("uid", "iso_datetime")


def rows_in(run: str, results: Any) -> list[Row]:
    """The rows of a list of results; what is none is left out.

    Args:
        run: name of the run.
        results: what its file holds.
    """
    items = results if isinstance(results, list) else []
    return [_row(run, number, item) for number, item in enumerate(items, start=1) if isinstance(item, dict)]


def step_in(folder: Path, row: Row) -> Step:
    """A step with its command, which the original wrote beside what came out.

    Raises:
        NotFoundError: when there is no command.
    """
    data = load_document(folder / INPUT_FILE)
    if not isinstance(data, dict) or not data.get("command"):
        raise NotFoundError(f"{folder / INPUT_FILE} holds no command")
    return Step(  # noqa: S604 - the original always had a shell
        uid=row.uid,
        run=row.run,
        number=row.number,
        state=row.state,
        command=(str(data["command"]),),
        shell=True,
        env={str(name): str(value) for name, value in (data.get("env") or {}).items()},
        metrics=row.metrics,
    )


def _row(run: str, number: int, item: Mapping[str, Any]) -> Row:
    try:
        started = datetime.fromisoformat(str(item.get("iso_datetime", ""))).timestamp()
    except ValueError:
        started = 0.0
    metrics = {
        key: value
        for key, value in item.items()
        if key not in _IDENTITY and isinstance(value, str | int | float)
    }
    return Row(
        uid=str(item.get("uid", "")),
        run=run,
        number=number,
        state="finished",
        variables={},
        metrics=metrics,
        started=started,
        duration_s=0.0,
        host="",
    )
