"""The report as one HTML file: charts, Pareto front, a table to filter and sort, and what ran."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from cm_core import frozen
from cm_experiment.analysis.facts import ENVIRONMENT, gather_facts
from cm_experiment.analysis.table import OF_STEPS, Cell, Recorded, StepTable
from cm_experiment.record.layout import Step, Study
from cm_experiment.study.template import command_text
from cm_report.charts import Chart, figures
from cm_report.grid import is_number
from cm_report.html import Html, card, element, fragment, tile
from cm_report.query import Axis, pareto
from cm_report.rowspage import legend_for, rows_page, rows_table, told_apart
from cm_report.scatter import Direction, Point, scatter
from cm_report.sharing import without_folders, without_home
from cm_report.tables import cell_text, shown_number

_MOST_AXES = 4


@frozen
class ReportFacts:
    """What a report is written from.

    Attributes:
        steps: those to show.
        axes: the objectives; the front is that of all of them.
        studies: what the runs explored, oldest first.
        records: of some steps, for what they ran on.
    """

    title: str
    table: StepTable
    steps: Sequence[Recorded]
    axes: Sequence[Axis[Recorded]]
    studies: Sequence[Study]
    records: Sequence[Step]


def html_report(facts: ReportFacts) -> str:
    """The whole document."""
    front = frozenset(step.row.uid for step in _front(facts))
    return rows_page(
        facts.title,
        _head(facts, front),
        _charts(facts, front),
        _steps(facts, front),
        _what_ran(facts),
        where_it_ran(facts.records),
    )


def _front(facts: ReportFacts) -> list[Recorded]:
    return pareto(facts.table.candidates(facts.steps), facts.axes) if len(facts.axes) > 1 else []


# -- the top ----------------------------------------------------------------------------------------


def _head(facts: ReportFacts, front: frozenset[str]) -> Html:
    runs = {(step.experiment, step.row.run) for step in facts.steps}
    days = sorted(str(when)[:10] for step in facts.steps if (when := OF_STEPS["started"](step)))
    parts = [f"{len(facts.steps):,} steps in {len(runs)} run{'s' if len(runs) > 1 else ''}"]
    if days:
        parts.append(days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}")
    if len(facts.axes) > 1:
        axes = ", ".join(axis.in_words for axis in facts.axes)
        parts.append(f"{len(front)} on the Pareto front of {axes}")
    tiles = [_tile(facts, axis) for axis in facts.axes]
    return element(
        "header",
        element("h1", facts.title),
        element("p", " · ".join(parts), class_="sub"),
        element("div", tiles, class_="tiles") if tiles else None,
    )


def _tile(facts: ReportFacts, axis: Axis[Recorded]) -> Html | None:
    """The best step for one objective, or how many are as good."""
    known = [step for step in facts.steps if step.row.state == "finished" and is_number(axis.cell(step))]
    if not known:
        return None
    best = (min if axis.lower else max)(known, key=axis.cell)
    value = axis.cell(best)
    equal = sum(axis.cell(step) == value for step in known)
    where = _variables(best) if equal == 1 else f"in {equal} of {len(known)} steps"
    if equal == len(known) > 1:
        where = f"in all {equal} steps"
    name = f"{'lowest' if axis.lower else 'highest'} {axis.name}"
    return tile(name, cell_text(value), note=where)


def _variables(step: Recorded) -> str:
    return ", ".join(f"{key}={cell_text(value)}" for key, value in step.row.variables.items())


# -- charts -----------------------------------------------------------------------------------------


def _charts(facts: ReportFacts, front: frozenset[str]) -> Html | None:
    charts = [chart for across, up in _pairs(facts) if (chart := _chart(facts, across, up, front))]
    if not charts:
        return None
    note = ["Outlined: steps on the Pareto front of all objectives; dashed: the front of these two axes."]
    note += [
        f"{side.direction.name} is the same in all steps, and has no chart."
        for side in _objectives(facts)
        if _is_constant(facts, side)
    ]
    return fragment(
        element("h2", "Charts"),
        element("p", " ".join(note), class_="help") if len(facts.axes) > 1 else None,
        figures(charts, "chart"),
    )


@frozen
class _Side:
    """What a chart shows along one of its axes."""

    direction: Direction
    cell: Cell


def _chart(facts: ReportFacts, across: _Side, up: _Side, front: frozenset[str]) -> Chart | None:
    legend = legend_for(facts.table, facts.steps, _told_by(facts, (across.direction.name, up.direction.name)))
    apart = told_apart(facts.table, legend)
    points = [
        Point(x=x, y=y, row=place, text=_tip(step, across, up), front=step.row.uid in front, **apart(step))
        for place, step in enumerate(facts.steps)
        if is_number(x := across.cell(step)) and is_number(y := up.cell(step))
    ]
    return scatter(points, across.direction, up.direction, legend, rows="steps") if points else None


def _told_by(facts: ReportFacts, shown_already: Sequence[str]) -> list[str]:
    """Columns that may tell points apart: experiments, then variables that are texts, then others."""
    table = facts.table
    experiment = "experiment" if "experiment" in table.of_kind("step") else "step.experiment"
    variables = [name for name in table.of_kind("variable") if name not in shown_already]
    texts = [name for name in variables if any(isinstance(value, str) for value in table.values(name))]
    return [experiment, *texts, *(name for name in variables if name not in texts)]


def _tip(step: Recorded, *sides: _Side) -> str:
    values = ", ".join(f"{side.direction.name} {cell_text(side.cell(step))}" for side in sides)
    return f"{_variables(step)}: {values}" if step.row.variables else values


def _objectives(facts: ReportFacts) -> list[_Side]:
    return [
        _Side(direction=Direction(name=axis.name, lower=axis.lower), cell=axis.cell)
        for axis in facts.axes[:_MOST_AXES]
    ]


def _is_constant(facts: ReportFacts, side: _Side) -> bool:
    return len({value for step in facts.steps if (value := side.cell(step)) is not None}) < 2


def _pairs(facts: ReportFacts) -> list[tuple[_Side, _Side]]:
    """Each objective that varies over each other one; a single one over the variables that are numbers."""
    sides = [side for side in _objectives(facts) if not _is_constant(facts, side)]
    if len(sides) != 1:
        return list(itertools.combinations(sides, 2))
    numeric = [
        name
        for name in facts.table.of_kind("variable")
        if all(map(is_number, facts.table.values(name, facts.steps)))
    ]
    variables = [_Side(direction=Direction(name=name), cell=facts.table.cells[name]) for name in numeric]
    return [(variable, sides[0]) for variable in variables]


# -- the table --------------------------------------------------------------------------------------


def _steps(facts: ReportFacts, front: frozenset[str]) -> Html:
    best = [place for place, step in enumerate(facts.steps) if step.row.uid in front]
    grid = facts.table.grid(facts.steps, _columns(facts))
    table = rows_table(grid, "steps", best=best, best_are="the Pareto front", examples=_examples(facts))
    return fragment(element("h2", "Steps"), table)


def _columns(facts: ReportFacts) -> tuple[str, ...]:
    """Those that say something; the file has room for all."""
    grid = facts.table.full_grid(facts.steps)
    several = len({step.experiment for step in facts.steps}) > 1
    finished = all(step.row.state == "finished" for step in facts.steps)
    idle = {
        *(() if several else ("experiment",)),
        *(("state", "step.state") if finished else ()),
        "run", "number", "host", "step.run", "step.number", "step.host",
    }  # fmt: skip
    objectives = [axis.name for axis in facts.axes if axis.name in grid.header]
    first = [*(name for name in grid.header if name in facts.table.of_kind("variable")), *objectives]
    return (*first, *(name for name in grid.header if name not in (*first, *idle)))


def _examples(facts: ReportFacts) -> list[str]:
    """What can be typed into the filter, from the columns of this table."""
    examples = []
    for step in facts.steps[:1]:
        exact = [(name, value) for name, value in step.row.variables.items() if not isinstance(value, float)]
        examples += [f"{name}={value}" for name, value in exact[:1]]
        examples += [
            f"{axis.name}{'<' if axis.lower else '>'}{shown_number(value).replace(',', '')}"
            for axis in facts.axes[:1]
            if is_number(value := axis.cell(step))
        ]
    return [example for example in examples if " " not in example]


# -- what ran ---------------------------------------------------------------------------------------


def _what_ran(facts: ReportFacts) -> Html | None:
    commands = dict.fromkeys(
        command_text(study.command, shell=study.shell) for study in facts.studies if study.command
    )
    if not commands:
        return None
    space = [(name, _values(values)) for study in facts.studies[-1:] for name, values in study.space.items()]
    texts = element("pre", without_home("\n".join(commands)), tabindex="0")
    return fragment(element("h2", "What ran"), element("div", texts, class_="card"), card("Variables", space))


def _values(values: Any) -> str:
    if "values" in values:
        return ", ".join(map(str, values["values"]))
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)


def where_it_ran(records: Iterable[Step]) -> Html | None:
    """Facts about the system and versions; where steps differ, all values.

    Variables of the environment are named only: whoever gets the page has no business with their values.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    environment: list[str] = []
    for (area, name), values in gather_facts(records).items():
        if area == ENVIRONMENT:
            environment.append(name)
        else:
            groups.setdefault(area, []).append((name, without_folders(", ".join(sorted(values)))))
    cards = [card(area, sorted(pairs)) for area, pairs in groups.items()]
    if environment:
        names = ", ".join(sorted(environment))
        cards.append(card(ENVIRONMENT, [("variables", f"{names} (their values are in the records)")]))
    if not cards:
        return None
    return fragment(element("h2", "Where it ran"), element("div", cards, class_="cards"))
