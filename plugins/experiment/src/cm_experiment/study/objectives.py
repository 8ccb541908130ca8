"""Which steps are good: objectives, constraints, the best one."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from cm_experiment.record.layout import Objective, Row, Scalar
from cm_report.expressions import Expression
from cm_report.grid import is_number

DURATION = "duration_s"


def measured_metrics(row: Row) -> Mapping[str, Scalar]:
    """The metrics of a step, its duration among them unless it reports one of that name."""
    return {DURATION: row.duration_s, **row.metrics}


def value_of(row: Row, metric: str) -> float | None:
    """A metric as a number; ``None`` when the step does not report one."""
    value = measured_metrics(row).get(metric)
    return float(value) if is_number(value) else None


def values_of(row: Row, objectives: Sequence[Objective]) -> tuple[float, ...] | None:
    """The values of all objectives; ``None`` when one is missing or the step has not finished."""
    if row.state != "finished":
        return None
    values = [value_of(row, objective.metric) for objective in objectives]
    return tuple(value for value in values if value is not None) if None not in values else None


def violations(row: Row, constraints: Sequence[str]) -> tuple[float, ...]:
    """By how much a step misses each constraint; 0 or less where it is fulfilled."""
    cells: dict[str, Any] = {**row.variables, **measured_metrics(row)}
    return tuple(_violation(Expression.parse(text), cells) for text in constraints)


def best(rows: Sequence[Row], objectives: Sequence[Objective], constraints: Sequence[str]) -> Row | None:
    """The step with the best first objective among those that fulfil all constraints."""
    if not objectives:
        return None
    first = objectives[0]
    sign = 1 if first.direction == "minimize" else -1
    rated = [
        (sign * value, row.number, row)
        for row in rows
        if row.state == "finished" and (value := value_of(row, first.metric)) is not None
        if all(miss <= 0 for miss in violations(row, constraints))
    ]
    return min(rated, key=lambda item: item[:2])[2] if rated else None


def _violation(expression: Expression, cells: Mapping[str, Any]) -> float:
    """The distance between the sides of a comparison, which tells a search where to go; else 1 or -1."""
    tree = expression.tree
    if not expression.holds(cells):
        return max(_distance(tree, expression, cells), 1e-9)
    return min(_distance(tree, expression, cells), 0.0)


def _distance(tree: ast.expr, expression: Expression, cells: Mapping[str, Any]) -> float:
    held = -1.0 if expression.holds(cells) else 1.0
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
        return held
    sides = [
        Expression.from_tree(side, expression.text).value(cells) for side in (tree.left, tree.comparators[0])
    ]
    left, right = sides
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return held
    if isinstance(tree.ops[0], ast.Lt | ast.LtE):
        return float(left - right)
    return float(right - left) if isinstance(tree.ops[0], ast.Gt | ast.GtE) else held
