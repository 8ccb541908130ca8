"""The report as one HTML file: charts, Pareto front, a table to filter and sort, and what ran."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from cm_core.base.frozen import frozen
from cm_experiment.analysis.facts import gathered
from cm_experiment.analysis.report.charts import Direction, Point, scatter
from cm_experiment.analysis.table import OF_STEPS, Cell, Recorded, StepTable
from cm_experiment.record.layout import Step, Study
from cm_experiment.study.template import command_text
from cm_report.axes import label
from cm_report.grid import is_number
from cm_report.page import html_page
from cm_report.query import Axis, pareto
from cm_report.tables import shown

_LEFT = ' class="left"'
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
    body = (_charts(facts, front), _steps(facts, front), _what_ran(facts), _where_it_ran(facts))
    place = files("cm_experiment.analysis.report")
    return html_page(
        facts.title,
        f"{_head(facts, front)}\n<main>\n{''.join(body)}</main>\n"
        '<footer><p>Written by the CM toolkit.</p></footer>\n<div id="tip" class="tip" hidden></div>',
        style=place.joinpath("report.css").read_text(encoding="utf-8"),
        script=place.joinpath("report.js").read_text(encoding="utf-8"),
    )


def _front(facts: ReportFacts) -> list[Recorded]:
    return pareto(facts.table.candidates(facts.steps), facts.axes) if len(facts.axes) > 1 else []


# -- the top ----------------------------------------------------------------------------------------


def _head(facts: ReportFacts, front: frozenset[str]) -> str:
    runs = {(step.experiment, step.row.run) for step in facts.steps}
    days = sorted(str(when)[:10] for step in facts.steps if (when := OF_STEPS["started"](step)))
    parts = [f"{len(facts.steps):,} steps in {len(runs)} run{'s' if len(runs) > 1 else ''}"]
    if days:
        parts.append(days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}")
    if len(facts.axes) > 1:
        parts.append(f"{len(front)} on the Pareto front of {', '.join(axis.in_words for axis in facts.axes)}")
    tiles = "".join(_tile(facts, axis) for axis in facts.axes)
    return (
        f'<header>\n<h1>{escape(facts.title)}</h1>\n<p class="sub">{escape(" · ".join(parts))}</p>\n'
        f'<div class="tiles">{tiles}</div>\n</header>'
    )


def _tile(facts: ReportFacts, axis: Axis[Recorded]) -> str:
    """The best step for one objective."""
    known = [step for step in facts.steps if step.row.state == "finished" and is_number(axis.cell(step))]
    if not known:
        return ""
    best = (min if axis.lower else max)(known, key=axis.cell)
    where = ", ".join(f"{key}={shown(value)}" for key, value in best.row.variables.items())
    name = f"{'lowest' if axis.lower else 'highest'} {axis.name}"
    return (
        f'<div class="card tile"><span class="name">{escape(name)}</span>'
        f'<span class="big">{escape(shown(axis.cell(best)))}</span>'
        f'<span class="what">{escape(where)}</span></div>'
    )


# -- charts -----------------------------------------------------------------------------------------


def _charts(facts: ReportFacts, front: frozenset[str]) -> str:
    figures = []
    constants = [side for side in _objectives(facts) if _is_constant(facts, side)]
    for across, up in _pairs(facts):
        points = [
            Point(x=x, y=y, place=place, front=step.row.uid in front)
            for place, step in enumerate(facts.steps)
            if is_number(x := across.cell(step)) and is_number(y := up.cell(step))
        ]
        if points:
            chart = scatter(points, across.direction, up.direction)
            title = f"{up.direction.name} over {across.direction.name}"
            figures.append(f'<figure class="card"><figcaption>{escape(title)}</figcaption>{chart}</figure>')
    if not figures:
        return ""
    told = ["Green: steps that none beats in all objectives; dashed: the best of the two axes alone."]
    told += [f"{side.direction.name} is the same in all steps, and has no chart." for side in constants]
    note = f'<p class="help">{escape(" ".join(told))}</p>' if len(facts.axes) > 1 else ""
    return f'<h2>Charts</h2>\n{note}<div class="grid charts">{"".join(figures)}</div>\n'


@frozen
class _Side:
    """What a chart shows along one of its axes."""

    direction: Direction
    cell: Cell


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
    variables = [_Side(direction=Direction(name=name), cell=facts.table.expression(name)) for name in numeric]
    return [(variable, sides[0]) for variable in variables]


# -- the table --------------------------------------------------------------------------------------


def _steps(facts: ReportFacts, front: frozenset[str]) -> str:
    names = _columns(facts)
    cells = [facts.table.expression(name) for name in names]
    texts = [any(isinstance(cell(step), str) for step in facts.steps) for cell in cells]
    heads = "".join(
        f'<th scope="col"{_LEFT if text else ""}><button type="button">{escape(name)}</button></th>'
        for name, text in zip(names, texts, strict=True)
    )
    lines = []
    for step in facts.steps:
        mark = ' class="best"' if step.row.uid in front else ""
        lines.append(f"<tr{mark}>{''.join(_cell(cell(step)) for cell in cells)}</tr>")
    only = '<label><input type="checkbox" id="only-front"> only the Pareto front</label>' if front else ""
    return (
        '<h2>Steps</h2>\n<div class="tools"><input type="search" id="query" '
        'aria-label="Filter the steps" placeholder="Filter" spellcheck="false">'
        f'{only}<span class="count" id="count" role="status">{len(facts.steps)} steps</span></div>\n'
        f'<p class="help">Words between spaces: {_examples(facts)} Click a heading to sort.</p>\n'
        '<div class="card scroll" tabindex="0" role="region" aria-label="Steps">'
        f'<table class="wide" id="steps"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>\n"
    )


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


def _cell(value: Any) -> str:
    text = escape(shown(value))
    if value is None:
        return '<td data-v="">-</td>'
    if is_number(value):
        return f'<td data-v="{value}">{text}</td>'
    return f"<td{_LEFT}>{text}</td>"


def _examples(facts: ReportFacts) -> str:
    """What can be typed into the filter, from the columns of this table."""
    examples = []
    for step in facts.steps[:1]:
        exact = [(name, value) for name, value in step.row.variables.items() if not isinstance(value, float)]
        examples += [f"{name}={value}" for name, value in exact[:1]]
        examples += [
            f"{axis.name}{'<' if axis.lower else '>'}{label(value).replace(',', '')}"
            for axis in facts.axes[:1]
            if is_number(value := axis.cell(step))
        ]
    told = " ".join(f"<code>{escape(example)}</code>" for example in examples if " " not in example)
    return f"{told} or any text." if told else "any text."


# -- what ran ---------------------------------------------------------------------------------------


def _what_ran(facts: ReportFacts) -> str:
    commands = dict.fromkeys(
        command_text(study.command, shell=study.shell) for study in facts.studies if study.command
    )
    if not commands:
        return ""
    texts = escape("\n".join(commands))
    space = [(name, _values(values)) for study in facts.studies[-1:] for name, values in study.space.items()]
    return f'<h2>What ran</h2>\n<div class="card"><pre tabindex="0">{texts}</pre></div>\n' + _card(
        "Variables", space
    )


def _values(values: Any) -> str:
    if "values" in values:
        return ", ".join(map(str, values["values"]))
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)


def _where_it_ran(facts: ReportFacts) -> str:
    """Facts about the system and versions; where steps differ, all values."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for (area, name), values in gathered(facts.records).items():
        groups.setdefault(area, []).append((name, ", ".join(sorted(values))))
    cards = "".join(_card(group, sorted(pairs)) for group, pairs in groups.items())
    return f'<h2>Where it ran</h2>\n<div class="grid">{cards}</div>\n' if cards else ""


def _card(title: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in pairs
    )
    return f'<section class="card"><h3>{escape(title)}</h3><table class="facts">{rows}</table></section>'
