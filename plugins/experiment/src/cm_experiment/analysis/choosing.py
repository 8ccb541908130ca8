"""Which experiments, runs and steps a request means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import AmbiguousError, NotFoundError, Request, UsageError, frozen, replace
from cm_core.actions import require, require_one
from cm_core.flags import read_flags
from cm_experiment.flags import Where
from cm_experiment.record.rows import run_folders

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_experiment.analysis.table import StepTable


@frozen
class Side:
    """One side of a comparison: an experiment, or one of its runs.

    Attributes:
        name: as shown: that of the experiment, with ``/`` and the run where one was named.
        remarks: which conditions could not be asked of it.
    """

    name: str
    table: StepTable
    remarks: tuple[str, ...] = ()


def experiments(request: Request, session: Session) -> list[Artifact]:
    """The experiments that a request names; all when it names none.

    Raises:
        NotFoundError: when a name matches nothing, or there are none.
    """
    try:
        return require(request, session)
    except NotFoundError:
        if request.artifact or read_flags(Where, request).tags:
            raise
        raise NotFoundError(
            "there are no experiments yet", hint="create one: cm run experiment NAME -- COMMAND"
        ) from None


def two_sides(request: Request, session: Session) -> tuple[Side, Side]:
    """The two experiments, or runs (``NAME/RUN``), that a request names.

    Raises:
        UsageError: when there are not two.
        NotFoundError: when there is no such experiment, run or step.
        AmbiguousError: when a name means several.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name]
    if not names:
        names = [artifact.name for artifact in require(request, session)]
    if len(names) != 2:
        raise UsageError(
            f"a comparison needs two experiments, not {len(names)}",
            hint="use: cm compare experiment A B, or for runs of one: NAME/RUN NAME/RUN",
        )
    if names[0] == names[1]:
        raise UsageError(f"both are '{names[0]}'", hint="name two different ones")
    first, second = (_side(request, session, name) for name in names)
    where = read_flags(Where, request).where
    return (_where(first, second, where), _where(second, first, where)) if where else (first, second)


def _side(request: Request, session: Session, text: str) -> Side:
    name, _, run = text.partition("/")
    artifact = require_one(replace(request, artifact=name, artifacts=()), session)
    folder = _run(artifact, run) if run else ""
    shown = f"{artifact.name}/{folder}" if folder else artifact.name
    return Side(name=shown, table=_steps(session, artifact, folder))


def _where(side: Side, other: Side, where: str) -> Side:
    """The steps of a side for which a condition holds, as far as it is about columns that the side has.

    Raises:
        ExpressionError: when neither side has a column of this name.
        NotFoundError: when there is no such step.
    """
    from cm_report.expressions import Expression

    table, steps, remarks = side.table, side.table.steps, []
    for part in Expression.parse(where, ignore_case=True).conditions():
        lacking = [name for name in part.names if not table.has(name)]
        if lacking and all(map(other.table.has, lacking)):
            remarks.append(f"{side.name} has no {' and '.join(lacking)}, so not all of --where counts there")
            continue
        part.check_names(table.cells)
        holds = part.bind(table.cell)
        steps = [step for step in steps if holds(step)]
    if not steps:
        raise _no_step(side.name, where)
    return replace(side, table=table.only(steps), remarks=tuple(remarks))


def _run(artifact: Artifact, text: str) -> str:
    """The folder of the only run whose name begins so."""
    known = [folder.name for folder in run_folders(artifact.path)]
    found = [name for name in known if name.startswith(text)]
    if text in found or len(found) == 1:
        return text if text in found else found[0]
    if found:
        raise AmbiguousError(
            f"{len(found)} runs of '{artifact.name}' start with '{text}'",
            candidates=found,
            hint=f"give more of the name, for example {artifact.name}/{found[0]}",
        )
    raise NotFoundError(
        f"'{artifact.name}' has no run '{text}'", hint=f"runs are: {', '.join(known[-5:]) or 'none'}"
    )


def chosen_steps(request: Request, session: Session, artifact: Artifact) -> StepTable:
    """The steps of an experiment for which ``--where`` holds.

    Raises:
        NotFoundError: when there are none.
    """
    from cm_report.query import filtered

    table = _steps(session, artifact)
    where = read_flags(Where, request).where
    if not where:
        return table
    if steps := filtered(table, table.steps, where):
        return table.only(steps)
    raise _no_step(artifact.name, where)


def _steps(session: Session, artifact: Artifact, run: str = "") -> StepTable:
    from cm_experiment.analysis.reading import read_table

    table = read_table([artifact], session.warn)
    if steps := [step for step in table.steps if run in ("", step.row.run)]:
        return table.only(steps)
    raise _no_step(f"{artifact.name}/{run}", "")


def _no_step(name: str, where: str) -> NotFoundError:
    what = f"matches '{where}'" if where else "was recorded"
    return NotFoundError(
        f"no step of '{name}' {what}", hint=f"see: cm show experiment {name.partition('/')[0]}"
    )
