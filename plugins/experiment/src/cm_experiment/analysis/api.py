"""Show, compare and predict: the public functions behind the verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Request, Result, UsageError
from cm_core.actions import require_one
from cm_core.base import decode
from cm_core.flags import read_flags
from cm_experiment.analysis import choosing
from cm_experiment.flags import Compare, Predict, Show

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_experiment.analysis.facts import Deviation
    from cm_experiment.analysis.table import Recorded, StepTable
    from cm_experiment.study.ranges import Domain
    from cm_report.grouping import Grouping
    from cm_report.query import Axis

_LIMIT = 40


def show(request: Request, session: Session) -> Result:
    """List, filter and sort steps: ``cm show experiment [NAME…] --where=… --sort=… --pareto=… --export=…``.

    Raises:
        NotFoundError: when no experiment matches, or none has a step.
        ExpressionError: when an expression cannot be read or names no column.
        UsageError: when a flag cannot be used so.
    """
    from cm_experiment.analysis.reading import read_table
    from cm_report import export, query
    from cm_report.grouping import grouping_of

    asked = read_flags(Show, request)
    limit = asked.limit
    files = export.files_to_write(session.cwd, asked.export)
    artifacts = choosing.experiments(request, session)
    table = read_table(artifacts, session.warn)
    chosen: Sequence[Recorded] = table.steps
    if asked.where:
        chosen = query.filtered(table, chosen, asked.where)
    grouping = grouping_of(asked)
    if grouping.wanted:
        return _in_groups(asked, grouping, table, chosen, files)
    steps = chosen
    axes = query.front_axes(table, table.steps, asked.pareto)
    if axes:
        steps = query.pareto(table.candidates(steps), axes)
    if asked.sort:
        steps = query.ordered(table, steps, asked.sort)
    count = len(steps)
    steps = steps[: limit or None]
    full = table.grid(steps, asked.columns) if asked.columns else table.full_grid(steps)
    export.export(full, files, lambda: _report(session, artifacts, table, chosen, axes))
    data = {
        "files": files,
        "recorded": len(table.steps),
        "count": count,
        "objectives": {axis.name: "min" if axis.lower else "max" for axis in axes},
        "rows": export.documents(full),
    }
    lines = _table(table, steps, asked.columns, _LIMIT if limit is None else len(steps))
    return Result(data=data, lines=(*lines, *_remarks(table, axes, count, len(steps)), *_file_lines(files)))


def _in_groups(
    asked: Show, grouping: Grouping, table: StepTable, steps: Sequence[Recorded], files: Sequence[Path]
) -> Result:
    from cm_experiment.analysis.report.groups import groups_page
    from cm_report import export
    from cm_report.grouping import group_rows

    if asked.pareto:
        raise UsageError(
            "--pareto shows steps and no groups", hint="leave out --pareto, or --by and its like"
        )
    rested = table.candidates(steps) if asked.best or asked.median else steps
    found = group_rows(table, rested, grouping)
    export.export(found.grid, files, lambda: groups_page(found))
    most = _LIMIT if asked.limit is None else asked.limit
    lines = export.as_text(found.grid, most=most, nothing="no steps", hint="add --limit=0")
    remarks = ("", *found.remarks) if found.remarks else ()
    data = {
        "files": files,
        "recorded": len(table.steps),
        "count": len(steps),
        "groups": export.documents(found.grid),
        "remarks": found.remarks,
    }
    return Result(data=data, lines=(*lines, *remarks, *_file_lines(files)))


def _table(table: StepTable, steps: Sequence[Recorded], asked: Sequence[str], most: int) -> list[str]:
    """At most so many steps in the columns asked for, or in those that say most."""
    from cm_experiment.analysis import forms
    from cm_report.export import as_text

    names = asked or forms.default_columns(table, steps)
    hint = "narrow it down with --where, or add --limit=0"
    lines = as_text(table.grid(steps, names), most=most, nothing="no steps", hint=hint)
    others = [name for name in table.of_kind("metric") if name not in names]
    if others and not asked:
        lines.append(f"also measured, for --columns: {', '.join(others)}")
    return lines


def _report(
    session: Session,
    artifacts: Sequence[Artifact],
    table: StepTable,
    steps: Sequence[Recorded],
    axes: Sequence[Axis[Recorded]],
) -> str:
    """The HTML report of steps; without axes, those of the recorded objectives that steps report."""
    from cm_experiment.analysis.reading import read_studies, records_of
    from cm_experiment.analysis.report.html import ReportFacts, html_report
    from cm_report.query import read_axes

    recorded = [name for name in table.directions if name in table.numbers(table.steps)]
    facts = ReportFacts(
        title=", ".join(artifact.name for artifact in artifacts),
        table=table,
        steps=steps,
        axes=axes or read_axes(table, table.steps, recorded),
        studies=[study for artifact in artifacts for study in read_studies(artifact, session.warn)],
        records=records_of(table.only(steps)),
    )
    return html_report(facts)


def compare(request: Request, session: Session) -> Result:
    """Compare two experiments: ``cm compare experiment A B [--where=…] [--metrics=…] [--by=…]``.

    Raises:
        UsageError: when there are not two, or they have nothing in common.
        NotFoundError: when there is no such experiment, or it has no step.
    """
    from cm_experiment.analysis import compare as comparing
    from cm_experiment.analysis.report.comparing import ComparisonFacts, comparison_page
    from cm_report import export
    from cm_report.compare import comparison_grid, overall

    asked = read_flags(Compare, request)
    files = export.files_to_write(session.cwd, asked.export)
    sides = choosing.two_sides(request, session)
    names = [side.name for side in sides]
    first, second = (side.table for side in sides)
    pairs = comparing.pairing(first, second, asked.by)
    metrics = comparing.common_metrics(first, second, asked.metrics)
    found = comparing.compare(first, second, pairs, metrics)
    grid = comparison_grid(names, found)
    # Over values that only one side has, a mean of ratios would be a mean of nothing.
    ratios = [] if pairs.lacking else overall(found)
    remarks = (*pairs.remarks(names), *sides[0].remarks, *sides[1].remarks)
    differing = _differing(first, second, pairs.by)
    facts = ComparisonFacts(names=names, found=found, ratios=ratios, remarks=remarks, differing=differing)
    export.export(grid, files, lambda: comparison_page(facts))
    data = {
        "files": files,
        "compared": names,
        "by": list(pairs.by),
        "remarks": list(remarks),
        "comparisons": [one.to_json() for one in found],
        "overall": [asdict(one) for one in ratios],
        "differences": [asdict(one) for one in differing],
    }
    lines = (
        *export.as_text(
            grid, most=_LIMIT, hint="narrow it down with --where or --metrics, or write all with --export"
        ),
        "",
        *(one.sentence(names) for one in ratios),
        *remarks,
        *([""] if ratios or remarks else []),
        *_differences(names, differing),
        *_file_lines(files),
    )
    return Result(data=data, lines=lines)


def _differing(first: StepTable, second: StepTable, by: Sequence[str]) -> list[Deviation]:
    """What is not the same on both sides, besides the columns by which they are compared."""
    from cm_experiment.analysis.facts import deviations
    from cm_experiment.analysis.reading import records_of, study_facts

    explored = [study_facts(table, besides=by) for table in (first, second)]
    return deviations(records_of(first), records_of(second), explored)


def predict(request: Request, session: Session) -> Result:
    """Predict a metric: ``cm predict experiment NAME --target=METRIC [--given=VARIABLE=VALUE,…]``.

    Raises:
        UsageError: when there is too little data, or a flag cannot be used so.
        NotFoundError: when there is no such experiment, step, variable or value.
        CMError: when scikit-learn is not installed.
    """
    from cm_experiment.analysis import forms, predict
    from cm_report.query import read_axes

    flags = read_flags(Predict, request)
    if not flags.target:
        raise UsageError("no metric to predict was given", hint="write for example --target=throughput")
    artifact = require_one(request, session)
    table = choosing.chosen_steps(request, session, artifact)
    (axis,) = read_axes(table, table.steps, (flags.target,))
    data = predict.data_of(table, axis)
    given = _given_values(flags.given)
    asked = predict.configurations_for(data, given) if given else []
    model = predict.model_of(data)
    for doubt in predict.outside(data, asked):
        session.warn(doubt)
    pairs = list(zip(asked, model.estimate(asked) if asked else (), strict=True))
    pairs.sort(key=lambda pair: pair[1].value, reverse=not axis.lower)
    next_ones = predict.suggestions(data, model, _space(artifact, session), lower=axis.lower)
    answer = {
        "target": axis.name,
        "direction": "min" if axis.lower else "max",
        "configurations": len(data.targets),
        "quality": asdict(model.quality),
        "predictions": [{"configuration": values, **asdict(estimate)} for values, estimate in pairs],
        "suggestions": [asdict(one) for one in next_ones],
    }
    return Result(data=answer, lines=tuple(forms.prediction_lines(axis.name, data, model, pairs, next_ones)))


def _given_values(value: object) -> dict[str, str]:
    """``batch=64,threads=2`` as a dictionary; ``--given.batch=64`` is one already.

    Raises:
        UsageError: when a part has no name or no value.
    """
    if isinstance(value, Mapping):
        return {str(name): str(item) for name, item in value.items()}
    listed = value if isinstance(value, list | tuple) else str("" if value is None else value).split(",")
    found = {}
    for word in filter(None, (str(item).strip() for item in listed)):
        name, equals, text = word.partition("=")
        if not (name.strip() and equals and text.strip()):
            raise UsageError(f"--given cannot be '{word}'", hint="write --given=batch=64,threads=2")
        found[name.strip()] = text.strip()
    return found


def _space(artifact: Artifact, session: Session) -> dict[str, Domain]:
    """What the last run explored."""
    from cm_experiment.analysis.reading import read_studies
    from cm_experiment.study.ranges import Domain

    studies = list(read_studies(artifact, session.warn))
    space = studies[-1].space if studies else {}
    return decode(dict[str, Domain], space, source="the space of the study")


def _remarks(table: StepTable, axes: Sequence[Axis[Recorded]], count: int, shown: int) -> list[str]:
    told = f"{count:,} of {len(table.steps):,} steps"
    if axes:
        limits = dict.fromkeys(text for texts in table.constraints.values() for text in texts)
        told += f" on the Pareto front of {', '.join(axis.in_words for axis in axes)}"
        told += f", with {' and '.join(limits)}" if limits else ""
    if shown < count:
        told += f"; showing the first {shown:,}"
    return [told] if axes or shown < len(table.steps) else []


def _differences(names: Sequence[str], found: Sequence[Deviation]) -> list[str]:
    if not found:
        return ["system, versions and commands are the same"]
    return [f"what differs ({names[0]} | {names[1]}):", *(f"  {one.in_words}" for one in found)]


def _file_lines(files: Sequence[Path]) -> list[str]:
    return [f"wrote {file}" for file in files]
