"""Show, compare and predict: the public functions behind the verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.actions.common import require, require_one
from cm_core.errors import NotFoundError, UsageError
from cm_core.expressions import split_expressions
from cm_core.request import Request
from cm_core.result import Result
from cm_experiment.analysis import options
from cm_experiment.arguments import with_values

if TYPE_CHECKING:
    from cm_core.artifact import Artifact
    from cm_core.session import Session
    from cm_experiment.analysis.facts import Deviation
    from cm_experiment.analysis.query import Axis
    from cm_experiment.analysis.table import Recorded, StepTable
    from cm_experiment.ranges import Domain

_LIMIT = 40


def show(request: Request, session: Session) -> Result:
    """List, filter and sort steps: ``cm show experiment [NAME…] --where=… --sort=… --pareto=… --export=…``.

    Raises:
        NotFoundError: when no experiment matches, or none has a step.
        ExpressionError: when an expression cannot be read or names no column.
        UsageError: when a flag cannot be used so.
    """
    from cm_experiment.analysis import exporting, forms, query
    from cm_experiment.analysis.reading import read_table

    request = with_values(request, options.SHOW, session.cwd)
    limit = _limit(request)
    files = exporting.files_asked_for(session, request.words("export"), report=True)
    artifacts = experiments(request, session)
    table = read_table(artifacts, session.warn)
    chosen: Sequence[Recorded] = table.steps
    if where := request.text("where"):
        chosen = query.filtered(table, chosen, where)
    steps = chosen
    axes = query.read_axes(table, listed(request, "pareto"))
    if axes:
        steps = query.pareto(query.feasible(table, steps), axes)
    if keys := listed(request, "sort"):
        steps = query.ordered(table, steps, keys)
    count = len(steps)
    steps = steps[: limit or None]
    names = listed(request, "columns")
    grid = forms.grid_of(table, steps, names)
    full = grid if names else forms.full_grid(table, steps)
    exporting.export(full, files, lambda: _report(session, artifacts, table, chosen, axes))
    data = {
        "files": files,
        "recorded": len(table.steps),
        "count": count,
        "objectives": {axis.name: "min" if axis.lower else "max" for axis in axes},
        "rows": forms.documents(full),
    }
    lines = forms.as_table(grid, _LIMIT if limit is None else 0)
    return Result(data=data, lines=(*lines, *_remarks(table, axes, count, len(steps)), *_written(files)))


def _report(
    session: Session,
    artifacts: Sequence[Artifact],
    table: StepTable,
    steps: Sequence[Recorded],
    axes: Sequence[Axis],
) -> str:
    """The HTML report of steps; without axes, those of the recorded objectives that steps report."""
    from cm_experiment.analysis.query import read_axes
    from cm_experiment.analysis.reading import read_studies, records_of
    from cm_experiment.analysis.report.html import ReportFacts, html_report
    from cm_experiment.analysis.table import is_number

    recorded = [
        name
        for name in table.lower_is_better
        if name in table.names and any(map(is_number, table.values(name)))
    ]
    facts = ReportFacts(
        title=", ".join(artifact.name for artifact in artifacts),
        table=table,
        steps=steps,
        axes=axes or read_axes(table, recorded),
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
    from cm_experiment.analysis import exporting, forms
    from cm_experiment.analysis.facts import deviations
    from cm_experiment.analysis.reading import records_of

    request = with_values(request, options.COMPARE, session.cwd)
    files = exporting.files_asked_for(session, request.words("export"), report=False)
    artifacts = _two_experiments(request, session)
    names = [artifact.name for artifact in artifacts]
    first, second = (_chosen(request, session, artifact) for artifact in artifacts)
    by = comparing.common_columns(first, second, listed(request, "by"))
    metrics = comparing.common_metrics(first, second, request.words("metrics"))
    found = comparing.compare(first, second, by, metrics)
    grid = forms.comparison_grid(names, found)
    exporting.export(grid, files)
    ratios = comparing.overall(found)
    differing = deviations(records_of(first), records_of(second))
    data = {
        "files": files,
        "compared": names,
        "by": list(by),
        "comparisons": [one.to_json() for one in found],
        "overall": [asdict(one) for one in ratios],
        "differences": [asdict(one) for one in differing],
    }
    lines = (
        *forms.as_table(grid, _LIMIT),
        "",
        *(one.told(names) for one in ratios),
        "",
        *_differences(names, differing),
        *_written(files),
    )
    return Result(data=data, lines=lines)


def predict(request: Request, session: Session) -> Result:
    """Predict a metric: ``cm predict experiment NAME --target=METRIC [--given=VARIABLE=VALUE,…]``.

    Raises:
        UsageError: when there is too little data, or a flag cannot be used so.
        NotFoundError: when there is no such experiment, step, variable or value.
        CMError: when scikit-learn is not installed.
    """
    from cm_experiment.analysis import forms, predict, query

    request = with_values(request, options.PREDICT, session.cwd)
    target = request.text("target")
    if not target:
        raise UsageError("nothing says what to predict", hint="write for example --target=throughput")
    artifact = require_one(request, session)
    table = _chosen(request, session, artifact)
    (axis,) = query.read_axes(table, (target,))
    data = predict.data_of(table, axis)
    given = _given(request)
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


def _given(request: Request) -> dict[str, str]:
    """``batch=64,threads=2`` as a dictionary; ``--given.batch=64`` is one already.

    Raises:
        UsageError: when a part has no name or no value.
    """
    value = request.options.get("given")
    if isinstance(value, Mapping):
        return {str(name): str(item) for name, item in value.items()}
    found = {}
    for word in request.words("given"):
        name, equals, text = word.partition("=")
        if not (name.strip() and equals and text.strip()):
            raise UsageError(f"--given cannot be '{word}'", hint="write --given=batch=64,threads=2")
        found[name.strip()] = text.strip()
    return found


def _space(artifact: Artifact, session: Session) -> dict[str, Domain]:
    """What the last run explored."""
    from cm_experiment.analysis.reading import read_studies
    from cm_experiment.ranges import Domain

    studies = list(read_studies(artifact, session.warn))
    space = studies[-1].space if studies else {}
    return {name: Domain.from_json(values) for name, values in space.items()}


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


def _two_experiments(request: Request, session: Session) -> tuple[Artifact, Artifact]:
    names = [name for name in (request.artifact, *request.artifacts) if name]
    if names:
        found = [require_one(replace(request, artifact=name, artifacts=()), session) for name in names]
    else:
        found = require(request, session)
    if len(found) != 2:
        raise UsageError(
            f"a comparison needs two experiments, not {len(found)}", hint="write: cm compare experiment A B"
        )
    if found[0].path == found[1].path:
        raise UsageError(f"both are the experiment '{found[0].name}'", hint="name two different ones")
    return found[0], found[1]


def _chosen(request: Request, session: Session, artifact: Artifact) -> StepTable:
    """The steps of an experiment for which ``--where`` holds.

    Raises:
        NotFoundError: when there are none.
    """
    from cm_experiment.analysis import query
    from cm_experiment.analysis.reading import read_table

    table = read_table([artifact], session.warn)
    where = request.text("where")
    if not where:
        return table
    steps = query.filtered(table, table.steps, where)
    if not steps:
        raise NotFoundError(
            f"no step of '{artifact.name}' fulfils '{where}'", hint=f"see: cm show experiment {artifact.name}"
        )
    return table.only(steps)


def listed(request: Request, name: str) -> tuple[str, ...]:
    """Columns or expressions between commas; those inside brackets and quotes separate nothing."""
    value = request.options.get(name)
    return split_expressions(value) if isinstance(value, str) else request.words(name)


def _limit(request: Request) -> int | None:
    text = request.text("limit")
    if text and not text.isdecimal():
        raise UsageError(f"--limit cannot be '{text}'", hint="write --limit=100, or --limit=0 for all steps")
    return int(text) if text else None


def _remarks(table: StepTable, axes: Sequence[Axis], count: int, shown: int) -> list[str]:
    told = f"{count:,} of {len(table.steps):,} steps"
    if axes:
        limits = dict.fromkeys(text for texts in table.constraints.values() for text in texts)
        told += f" on the Pareto front of {', '.join(axis.told for axis in axes)}"
        told += f", with {' and '.join(limits)}" if limits else ""
    if shown < count:
        told += f"; the first {shown:,} are shown"
    return [told] if axes or shown < len(table.steps) else []


def _differences(names: Sequence[str], found: Sequence[Deviation]) -> list[str]:
    if not found:
        return ["system, versions and commands are the same"]
    return [f"what differs ({names[0]} | {names[1]}):", *(f"  {one.told}" for one in found)]


def _written(files: Sequence[Path]) -> list[str]:
    return [f"wrote {file}" for file in files]
