"""Recorded steps as a table: variables, metrics and facts about the step are its columns."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cm_experiment.record.layout import Row
from cm_report.expressions import over_columns

Kind = Literal["variable", "metric", "spread", "step"]


class Recorded(NamedTuple):
    """A step and where it is.

    Attributes:
        experiment: name of the artifact.
        folder: of the artifact.
    """

    experiment: str
    folder: Path
    row: Row

    @property
    def path(self) -> Path:
        """The folder of the step."""
        return self.folder / self.row.run / self.row.uid


Cell = Callable[[Recorded], Any]


def _when(step: Recorded) -> str | None:
    """The start in UTC; a text that sorts and compares as the time does."""
    started = step.row.started
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)) if started > 0 else None


OF_STEPS: Mapping[str, Cell] = {
    "experiment": lambda step: step.experiment,
    "run": lambda step: step.row.run,
    "number": lambda step: step.row.number,
    "uid": lambda step: step.row.uid,
    "state": lambda step: step.row.state,
    "started": _when,
    "duration_s": lambda step: step.row.duration_s,
    "host": lambda step: step.row.host,
}


class StepTable:
    """Steps with their columns.

    A variable is a column of its name, and so is a metric, or ``metric.NAME`` where a variable has that name;
    ``NAME.spread`` is the standard deviation of a metric over repeats. A fact about the step is a column of
    its name, or ``step.NAME`` where a variable or metric is called so.

    Args:
        steps: all that were recorded.
        lower_is_better: recorded objective -> whether less of it is better.
        constraints: experiment -> recorded expressions that good steps fulfil.
    """

    def __init__(
        self,
        steps: Sequence[Recorded],
        *,
        lower_is_better: Mapping[str, bool] | None = None,
        constraints: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.steps = steps
        self.constraints = dict(constraints or {})
        self.lower_is_better = dict(lower_is_better or {})
        self._cells: dict[str, Cell] = {}
        self._kinds: dict[str, Kind] = {}
        self._keys: dict[str, str] = {}
        variables = _keys(step.row.variables for step in steps)
        metrics = _keys(step.row.metrics for step in steps)
        spreads = _keys(step.row.spread for step in steps)
        for name in variables:
            self._add(name, name, "variable", _variable(name))
        for name in metrics:
            self._add(name, f"metric.{name}", "metric", _metric(name))
        for name in spreads:
            self._add(f"{name}.spread", f"metric.{name}.spread", "spread", _spread(name))
        for name, cell in OF_STEPS.items():
            self._add(name, f"step.{name}", "step", cell)

    def _add(self, name: str, longer: str, kind: Kind, cell: Cell) -> None:
        free = longer if name in self._cells else name
        self._cells[free] = cell
        self._kinds[free] = kind
        self._keys[free] = name

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self._cells)

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """The columns of a kind."""
        return tuple(name for name, its in self._kinds.items() if its == kind)

    def cell(self, name: str) -> Cell:
        """A column as a function of steps; one that no step has is missing everywhere."""
        return self._cells.get(name, lambda _: None)

    def key(self, name: str) -> str:
        """The name of a variable or metric in records, where its column has another one."""
        return self._keys.get(name, name)

    def only(self, steps: Sequence[Recorded]) -> StepTable:
        """The same columns with some of the steps."""
        other = copy.copy(self)
        other.steps = steps
        return other

    def expression(self, text: str) -> Cell:
        """An expression over columns as a function of steps; a column's name alone is one, too.

        Raises:
            ExpressionError: when it cannot be read or names no column.
        """
        return over_columns(text, self._cells)

    def values(self, name: str, steps: Iterable[Recorded] | None = None) -> list[Any]:
        """What the steps have in a column, without what is missing."""
        cell = self._cells[name]
        found = (cell(step) for step in (self.steps if steps is None else steps))
        return [value for value in found if value is not None]


def is_number(value: object) -> bool:
    """Whether one can order and compute with a cell: a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _keys(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """All keys in the order in which they come up."""
    found: dict[str, None] = {}
    for mapping in mappings:
        if mapping.keys() - found.keys():
            found.update(dict.fromkeys(mapping))
    return list(found)


def _variable(name: str) -> Cell:
    return lambda step: step.row.variables.get(name)


def _metric(name: str) -> Cell:
    return lambda step: step.row.metrics.get(name)


def _spread(name: str) -> Cell:
    return lambda step: step.row.spread.get(name)
