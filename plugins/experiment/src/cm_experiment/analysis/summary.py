"""``cm load experiment``: what an experiment holds, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Result
from cm_core.actions import load_artifacts
from cm_core.base import encode, rough_duration
from cm_experiment.record.layout import STUDY_FILE, Row, Study
from cm_experiment.record.rows import read_run, run_folders
from cm_experiment.record.store import is_held, study_or_none
from cm_experiment.record.wording import number_text, values_text
from cm_experiment.study.objectives import best, measured_metrics
from cm_experiment.study.template import command_text

if TYPE_CHECKING:
    from cm_core import Request, Session

_MOST_METRICS = 12
_MOST_VALUES = 8


def load(request: Request, session: Session) -> Result:
    """The metadata of an experiment and what its runs hold.

    Returns:
        data: as of any artifact, and ``runs``: name, study, state, steps by state, metrics, best.

    Raises:
        NotFoundError: when there is no such experiment.
    """
    loaded = load_artifacts(request, session)
    folders = run_folders(Path(loaded.data["path"]))
    if not folders:
        return loaded
    artifact = loaded.data["artifact"]
    lines = [f"{artifact.name} ({', '.join(artifact.tags) or 'no tags'}): {artifact.path}"]
    runs = []
    for folder in folders:
        rows = read_run(folder, warn=session.warn)
        study = study_or_none(folder)
        runs.append(_facts(folder, study, rows))
        lines += ["", *_lines(folder, study, rows)]
    return Result(data={**loaded.data, "runs": runs}, lines=tuple(lines))


def _facts(folder: Path, study: Study | None, rows: Sequence[Row]) -> dict[str, Any]:
    top = best(rows, study.objectives, study.constraints) if study else None
    return {
        "name": folder.name,
        "path": str(folder),
        "study": encode(study),
        "state": _state(folder, study),
        "steps": _counts(rows),
        "metrics": {name: list(ends) for name, ends in _ranges(rows).items()},
        "best": encode(top),
    }


def _lines(folder: Path, study: Study | None, rows: Sequence[Row]) -> list[str]:
    counts = ", ".join(f"{number} {state}" for state, number in _counts(rows).items()) or "no steps"
    planned = f" of {study.planned}" if study and study.planned else ""
    lines = [f"{folder.name}: {counts}{planned}; {_state(folder, study)}"]
    if study is not None:
        lines.append(f"  command    {command_text(study.command, shell=study.shell)}")
        lines += [f"  variable   {name}: {_domain(domain)}" for name, domain in study.space.items()]
    started = min((row.started for row in rows if row.started), default=0.0)
    if started:
        moment = datetime.fromtimestamp(started).astimezone().isoformat(" ", "seconds")
        spent = rough_duration(sum(row.duration_s for row in rows))
        hosts = ", ".join(sorted({row.host for row in rows if row.host}))
        lines.append(f"  measured   {moment}, {spent} in total{f', on {hosts}' if hosts else ''}")
    for name, (low, high) in list(_ranges(rows).items())[:_MOST_METRICS]:
        ends = number_text(low) if low == high else f"{number_text(low)} to {number_text(high)}"
        lines.append(f"  metric     {name}: {ends}")
    top = best(rows, study.objectives, study.constraints) if study else None
    if top is not None and study is not None:
        first = study.objectives[0]
        where = values_text(top.variables) or f"step {top.number}"
        lines.append(
            f"  best       {first.metric} {number_text(measured_metrics(top)[first.metric])} at {where}"
        )
    return lines


def _state(folder: Path, study: Study | None) -> str:
    if study is None:
        damaged = (folder / STUDY_FILE).exists()
        return f"its {STUDY_FILE} cannot be read" if damaged else "recorded by the original"
    # A driver that was killed could not say so.
    return "interrupted" if study.state == "running" and not is_held(folder) else study.state


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {state: sum(row.state == state for row in rows) for state in dict.fromkeys(r.state for r in rows)}


def _ranges(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for row in rows:
        for name, value in row.metrics.items():
            if isinstance(value, int | float):
                low, high = found.get(name, (value, value))
                found[name] = (min(low, value), max(high, value))
    return found


def _domain(domain: Any) -> str:
    values = domain.get("values") or ()
    if not values:
        return f"{domain.get('low')} to {domain.get('high')}"
    shown = ", ".join(number_text(value) for value in values[:_MOST_VALUES])
    return shown if len(values) <= _MOST_VALUES else f"{shown}, … ({len(values)} values)"
