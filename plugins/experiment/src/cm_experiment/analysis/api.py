"""Show, compare and predict: the public functions behind the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_core.actions.common import require
from cm_core.errors import NotFoundError, UsageError
from cm_core.expressions import split_expressions
from cm_core.request import Request
from cm_core.result import Result
from cm_experiment.analysis import options
from cm_experiment.spaced import with_spaced_values

if TYPE_CHECKING:
    from cm_core.artifact import Artifact
    from cm_core.session import Session
    from cm_experiment.analysis.query import Axis
    from cm_experiment.analysis.table import Recorded, StepTable

_LIMIT = 40


def show(request: Request, session: Session) -> Result:
    """List, filter and sort steps: ``cm show experiment [NAME…] --where=… --sort=… --pareto=… --export=…``.

    Raises:
        NotFoundError: when no experiment matches, or none has a step.
        ExpressionError: when an expression cannot be read or names no column.
        UsageError: when a flag cannot be used so.
    """
    from cm_experiment.analysis import forms, query
    from cm_experiment.analysis.reading import read_table

    request = with_spaced_values(request, options.SHOW)
    limit = _limit(request)
    table = read_table(experiments(request, session), session.warn)
    steps: Sequence[Recorded] = table.steps
    if where := request.text("where"):
        steps = query.filtered(table, steps, where)
    axes = query.read_axes(table, listed(request, "pareto"))
    if axes:
        steps = query.pareto(steps, axes)
    if keys := listed(request, "sort"):
        steps = query.ordered(table, steps, keys)
    count = len(steps)
    steps = steps[: limit or None]
    names = listed(request, "columns")
    grid = forms.grid_of(table, steps, names)
    data = {
        "recorded": len(table.steps),
        "count": count,
        "objectives": {axis.name: "min" if axis.lower else "max" for axis in axes},
        "rows": forms.documents(grid if names else forms.full_grid(table, steps)),
    }
    lines = forms.as_table(grid, _LIMIT if limit is None else 0)
    return Result(data=data, lines=(*lines, *_remarks(table, count, axes)))


def experiments(request: Request, session: Session) -> list[Artifact]:
    """The experiments that a request names; all when it names none.

    Raises:
        NotFoundError: when a name matches nothing, or there are none.
    """
    try:
        return require(request, session)
    except NotFoundError:
        if request.artifact or request.options.get("tags"):
            raise
        raise NotFoundError(
            "there are no experiments yet", hint="make one: cm run experiment NAME -- COMMAND"
        ) from None


def listed(request: Request, name: str) -> tuple[str, ...]:
    """Columns or expressions between commas; those inside brackets and quotes separate nothing."""
    value = request.options.get(name)
    return split_expressions(value) if isinstance(value, str) else request.words(name)


def _limit(request: Request) -> int | None:
    text = request.text("limit")
    if text and not text.isdecimal():
        raise UsageError(f"--limit cannot be '{text}'", hint="write --limit=100, or --limit=0 for all steps")
    return int(text) if text else None


def _remarks(table: StepTable, count: int, axes: Sequence[Axis]) -> list[str]:
    told = f"{count:,} of {len(table.steps):,} steps"
    if axes:
        return [f"{told} on the Pareto front of {', '.join(axis.told for axis in axes)}"]
    return [told] if count < len(table.steps) else []
