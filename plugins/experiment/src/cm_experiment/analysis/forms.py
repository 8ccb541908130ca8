"""Steps as a table in a terminal, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen
from cm_experiment.analysis.table import Recorded, StepTable
from cm_report.tables import markdown_table, text_table

if TYPE_CHECKING:
    from cm_experiment.analysis.compare import Comparison
    from cm_experiment.analysis.model import Estimate, Model, Quality, Values
    from cm_experiment.analysis.predict import Data, Suggestion

_MOST_COLUMNS = 10
_MOST_ROWS = 40


@frozen
class Grid:
    """A table before it has a form; cells keep their types."""

    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def grid_of(table: StepTable, steps: Sequence[Recorded], names: Sequence[str]) -> Grid:
    """The steps in the named columns.

    Args:
        names: columns or expressions.

    Raises:
        ExpressionError: when a name is neither a column nor an expression.
    """
    columns = [map(table.expression(name), steps) for name in names]
    return Grid(header=tuple(names), rows=list(zip(*columns, strict=True)))


def full_grid(table: StepTable, steps: Sequence[Recorded]) -> Grid:
    """All columns that say something about one of the steps, for files and programs."""
    if not steps:
        return Grid(header=table.names, rows=[])
    columns = {name: list(map(table.expression(name), steps)) for name in table.names}
    known = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    return Grid(header=tuple(known), rows=list(zip(*known.values(), strict=True)))


def default_columns(table: StepTable, steps: Sequence[Recorded]) -> tuple[str, ...]:
    """Variables, then objectives, then other metrics, as many as fit; the state where some did not finish."""
    experiments = {step.experiment for step in table.steps}
    variables, metrics = table.of_kind("variable"), table.of_kind("metric")
    objectives = [name for name in table.lower_is_better if name in table.names]
    others = [name for name in metrics if name not in objectives]
    room = max(_MOST_COLUMNS - len(variables) - len(objectives), 1)
    finished = all(step.row.state == "finished" for step in steps)
    return (
        *(("experiment",) if len(experiments) > 1 else ()),
        *variables,
        *objectives,
        *others[:room],
        *(() if finished else (_step_column(table, "state"),)),
        _step_column(table, "uid"),
    )


def _step_column(table: StepTable, name: str) -> str:
    """Where a fact about the step is found; another column may have its name."""
    return name if name in table.of_kind("step") else f"step.{name}"


def comparison_grid(names: Sequence[str], found: Sequence[Comparison]) -> Grid:
    """Two experiments beside each other.

    Spreads are in percent of the median, the difference and its interval in percent of the first median.
    """
    by = tuple(found[0].configuration) if found else ()
    first, second = names if len({*by, *names}) == len(by) + 2 else ("first", "second")
    header = (
        *by, "metric", first, f"{first} ±%", second, f"{second} ±%", "change %", "low %", "high %",
        "runs", "verdict",
    )  # fmt: skip
    rows = [
        [
            *one.configuration.values(),
            one.metric,
            one.first.median,
            _percent(one.first.relative_spread if one.first.count > 1 else None),
            one.second.median,
            _percent(one.second.relative_spread if one.second.count > 1 else None),
            *map(_percent, _relative(one)),
            f"{one.first.count}+{one.second.count}",
            f"{names[1]} {one.verdict}" if one.difference.significant else one.verdict,
        ]
        for one in found
    ]
    return Grid(header=header, rows=rows)


def _relative(one: Comparison) -> tuple[float | None, float | None, float | None]:
    """Difference and its interval as parts of the first median."""
    base, found = abs(one.first.median), one.difference
    if not base:
        return None, None, None
    low, high = (None if value is None else value / base for value in (found.low, found.high))
    return found.relative, low, high


def _percent(part: float | None) -> float | None:
    return None if part is None else part * 100


def prediction_lines(
    target: str,
    data: Data,
    model: Model,
    predicted: Sequence[tuple[Values, Estimate]],
    suggestions: Sequence[Suggestion],
) -> list[str]:
    """The model, what it predicts, and what to run next."""
    lines = [_quality_line(target, len(data.targets), model.quality)]
    if model.quality.explained <= 0:
        lines.append("the model is no better than saying the average every time: do not rely on it")
    if predicted:
        rows = [[*values.values(), one.value, one.low, one.high] for values, one in predicted[:_MOST_ROWS]]
        header = (*predicted[0][0], target, "low", "high")
        lines += [
            "",
            *text_table(header, rows),
            "9 of 10 errors of the cross-validation lie within low and high",
        ]
    if not suggestions:
        return [*lines, "", "all configurations of the space have run"]
    rows = [
        [*one.configuration.values(), one.estimate.value, one.estimate.low, one.estimate.high]
        for one in suggestions
    ]
    header = (*suggestions[0].configuration, target, "low", "high")
    return [*lines, "", "to run next, the most promising first:", *text_table(header, rows)]


def _quality_line(target: str, count: int, quality: Quality) -> str:
    error = f"{quality.relative_error:.1%}" if quality.relative_error is not None else f"{quality.error:.4g}"
    explained = f"{max(quality.explained, 0):.1%} of the variance explained"
    return (
        f"{target} from {count} configurations ({quality.method}): "
        f"median error {error}, {explained} (cross-validation of {quality.folds} parts)"
    )


def as_table(grid: Grid, *, hidden: int = 0, hint: str = "") -> list[str]:
    """Aligned text.

    Args:
        hidden: rows that there are beside those of the grid.
        hint: how to see them.
    """
    if not grid.rows:
        return ["no steps"]
    lines = text_table(grid.header, grid.rows)
    return [*lines, f"… {hidden:,} more; {hint}"] if hidden else lines


def as_markdown(grid: Grid) -> str:
    """A table in Markdown."""
    return "\n".join(markdown_table(grid.header, grid.rows)) + "\n"


def as_csv(grid: Grid) -> str:
    """CSV with numbers in full and empty cells for what is missing."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(grid.header)
    writer.writerows([["" if value is None else value for value in row] for row in grid.rows])
    return stream.getvalue()


def as_json(grid: Grid) -> str:
    """A list with an object for each step."""
    return json.dumps(documents(grid), indent=2, ensure_ascii=False) + "\n"


def documents(grid: Grid) -> list[dict[str, Any]]:
    """A dictionary for each step, without what is missing; JSON has no infinite numbers."""
    return [
        {name: value for name, value in zip(grid.header, row, strict=True) if _is_json(value)}
        for row in grid.rows
    ]


def _is_json(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))
