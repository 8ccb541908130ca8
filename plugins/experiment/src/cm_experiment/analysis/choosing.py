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
    """

    name: str
    table: StepTable


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
    return first, second


def _side(request: Request, session: Session, text: str) -> Side:
    name, _, run = text.partition("/")
    artifact = require_one(replace(request, artifact=name, artifacts=()), session)
    folder = _run(artifact, run) if run else ""
    shown = f"{artifact.name}/{folder}" if folder else artifact.name
    return Side(name=shown, table=chosen_steps(request, session, artifact, folder))


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


def chosen_steps(request: Request, session: Session, artifact: Artifact, run: str = "") -> StepTable:
    """The steps of an experiment for which ``--where`` holds.

    Args:
        run: only those of this run.

    Raises:
        NotFoundError: when there are none.
    """
    from cm_experiment.analysis.reading import read_table
    from cm_report.query import filtered

    table = read_table([artifact], session.warn)
    steps = [step for step in table.steps if run in ("", step.row.run)]
    where = read_flags(Where, request).where
    if where:
        steps = filtered(table, steps, where)
    if not steps:
        what = f"no step of '{artifact.name}{'/' if run else ''}{run}'"
        raise NotFoundError(
            f"{what} matches '{where}'" if where else f"{what} was recorded",
            hint=f"see: cm show experiment {artifact.name}",
        )
    return table.only(steps)
