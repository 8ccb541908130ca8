"""Recorded steps as a table: variables, metrics and facts about the step are its columns."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cm_core import UsageError
from cm_experiment.record.layout import Row
from cm_report.expressions import Expression
from cm_report.grid import Columns, Grid

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


class StepTable(Columns[Recorded]):
    """Steps with their columns.

    A variable is a column of its name, and so is a metric, or ``metric.NAME`` where a variable has that name;
    ``NAME.spread`` is the standard deviation of a metric over repeats. A fact about the step is a column of
    its name, or ``step.NAME`` where a variable or metric is called so.

    Args:
        steps: all that were recorded.
        directions: recorded objective -> whether less of it is better.
        constraints: experiment -> recorded expressions that good steps fulfil.
    """

    row = "step"

    def __init__(
        self,
        steps: Sequence[Recorded],
        *,
        directions: Mapping[str, bool] | None = None,
        constraints: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__({})
        self.steps = steps
        self.constraints = dict(constraints or {})
        self.directions = dict(directions or {})
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
        free = longer if name in self.cells else name
        self.cells[free] = cell
        self._kinds[free] = kind
        self._keys[free] = name

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """The columns of a kind."""
        return tuple(name for name, its in self._kinds.items() if its == kind)

    def cell(self, name: str) -> Cell:
        """A column as a function of steps; one that no step has is missing everywhere."""
        return self.cells.get(name, lambda _: None)

    def key(self, name: str) -> str:
        """The name of a variable or metric in records, where its column has another one."""
        return self._keys.get(name, name)

    def only(self, steps: Sequence[Recorded]) -> StepTable:
        """The same columns with some of the steps."""
        other = copy.copy(self)
        other.steps = steps
        return other

    def expression(self, text: str) -> Cell:
        """See :meth:`Columns.expression`.

        Raises:
            UsageError: for a recorded objective that no step reports.
        """
        if text in self.directions and text not in self.cells:
            known = ", ".join(self.numbers(self.steps)[:8]) or "none"
            raise UsageError(f"no step reports the objective '{text}'", hint=f"steps report: {known}")
        return super().expression(text)

    def has(self, name: str) -> bool:
        """Whether one of the steps has a value in a column."""
        cell = self.cell(name)
        return any(cell(step) is not None for step in self.steps)

    def values(self, name: str, steps: Iterable[Recorded] | None = None) -> list[Any]:
        """What the steps have in a column, without what is missing."""
        cell = self.cells[name]
        found = (cell(step) for step in (self.steps if steps is None else steps))
        return [value for value in found if value is not None]

    def numbers(self, rows: Iterable[Recorded]) -> list[str]:
        """The metrics that are numbers."""
        metrics = set(self.of_kind("metric"))
        return [name for name in super().numbers(rows) if name in metrics]

    def lower_is_better(self, name: str, rows: Sequence[Recorded]) -> bool | None:
        """The recorded direction, else what the name says."""
        return self.directions.get(name, super().lower_is_better(name, rows))

    def candidates(self, steps: Iterable[Recorded]) -> list[Recorded]:
        """The steps that may be on a front: finished, and within the constraints of their experiment."""
        tests = {
            experiment: [Expression.parse(text).bind(self.cell) for text in texts]
            for experiment, texts in self.constraints.items()
        }
        return [
            step
            for step in steps
            if step.row.state == "finished" and all(holds(step) for holds in tests.get(step.experiment, ()))
        ]

    def full_grid(self, steps: Sequence[Recorded]) -> Grid:
        """All columns that say something about one of the steps, for files and programs."""
        return self.grid(steps, self.names).filled()


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
