"""``cm replay experiment``: run a recorded step again and judge what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, Result, frozen, replace
from cm_core.base import aligned, encode
from cm_core.flags import read_flags
from cm_experiment.flags import Replay
from cm_experiment.record.layout import INPUT_FILE, Row, Step, Study, read_step
from cm_experiment.record.original import step_in
from cm_experiment.record.rows import read_run, run_folders
from cm_experiment.record.store import (
    experiment_for,
    hold_run,
    new_run,
    one_experiment,
    one_run,
    row_of_uid,
    study_or_none,
)
from cm_experiment.record.wording import number_text, values_text
from cm_experiment.replay.drift import Change, changes
from cm_experiment.replay.judging import Judgement, Tolerances, judge
from cm_experiment.run.asking import check_one_name, pool_opener
from cm_experiment.run.runner import run_plan
from cm_experiment.run.verdict import values_in
from cm_experiment.study.objectives import DURATION, best
from cm_experiment.study.plan import Plan, plan_study
from cm_experiment.study.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core import Artifact, Request, Session

REPLAY_TAG = "replay"
_NOT_REPRODUCED = 1
_MOST_SHOWN = 30


@frozen
class Chosen:
    """A recorded step that is to be repeated."""

    run: Path
    step: Step
    study: Study | None


def replay(request: Request, session: Session) -> Result:
    """Run a recorded step again and judge whether its metrics are reproduced.

    Returns:
        data: ``reproduced``, ``metrics`` (judgements), ``changes`` (of system, packages, ...), ``step`` and
        ``replay`` (folders). The exit status is 0 only if all metrics are reproduced.

    Raises:
        CMError: when there is no such step, or its command held secrets.
    """
    check_one_name(request)
    asked = read_flags(Replay, request)
    tolerances = Tolerances.parse(asked.tolerance)
    experiment = one_experiment(session, request.artifact, asked.tags)
    chosen = _choose(asked, session, experiment)
    plan = _plan(asked, session, chosen)
    open_pool = pool_opener(request, session, plan)
    place = _place_for(session, experiment)
    run = new_run(place.path)
    session.reporter.message(f"replays: {chosen.run / chosen.step.uid}")
    session.reporter.message(f"run: {run}")
    with hold_run(run):
        outcome = run_plan(plan, session, run, open_pool)
    repeated = read_step(run / outcome.rows[0].uid)
    judgements = _judge(chosen, run, repeated, tolerances, asked.metrics)
    return _answer(chosen, run, repeated, judgements)


def _choose(asked: Replay, session: Session, experiment: Artifact) -> Chosen:
    uid, name = asked.uid.lower(), asked.dir
    if uid and not name:
        for run in run_folders(experiment.path):
            if (run / uid).is_dir():
                return _chosen(run, row_of_uid(read_run(run), uid))
        raise NotFoundError(f"there is no step '{uid}' in {experiment.path}", hint="see: cm show experiment")
    run = one_run(session, experiment.path, name)
    rows = read_run(run, warn=session.warn)
    if uid:
        return _chosen(run, row_of_uid(rows, uid))
    finished = [row for row in rows if row.state == "finished"]
    if not finished:
        raise NotFoundError(
            f"no step of the run {run} has finished", hint="resume it with: cm rerun experiment"
        )
    study = study_or_none(run)
    top = best(finished, study.objectives, study.constraints) if study else None
    if top is None or len(finished) == 1:
        top = finished[
            session.interaction.choose("several steps; which one? (--uid=UID)", _choices(finished))
        ]
    return _chosen(run, top)


def _choices(rows: Sequence[Row]) -> list[str]:
    return [f"{row.uid} {values_text(row.variables)}".rstrip() for row in rows]


def _chosen(run: Path, row: Row) -> Chosen:
    return Chosen(run=run, step=_recorded_step(run, row), study=study_or_none(run))


def _recorded_step(run: Path, row: Row) -> Step:
    """The record of a step; the original keeps the command in a file of another name."""
    folder = run / row.uid
    try:
        return read_step(folder)
    except NotFoundError:
        if (folder / INPUT_FILE).is_file():
            return step_in(folder, row)
        raise


def _plan(asked: Replay, session: Session, chosen: Chosen) -> Plan:
    study, step = chosen.study, chosen.step
    if study is None:
        study = Study(command=step.command, shell=step.shell, env=step.env, folder=str(session.cwd))
    plan = plan_study(study, session)
    point = dict(step.variables)
    problem = Problem(space={}, method="list", points=(point,)) if point else Problem(space={})
    study = replace(
        study,
        space={},
        search={"method": problem.method, **({"points": [point]} if point else {})},
        repeat=asked.repeat or study.repeat or 1,
        warmup=study.warmup if asked.warmup is None else asked.warmup,
        timeout_s=asked.timeout or study.timeout_s,
        executor=asked.executor or study.executor,
        objectives=(),
        constraints=(),
        tags=(*study.tags, REPLAY_TAG),
        digest="",
    )
    return replace(plan, study=study, problem=problem)


def _place_for(session: Session, experiment: Artifact) -> Artifact:
    """The experiment of the replays; a repository that was pulled is left as it is."""
    name = f"{experiment.alias or experiment.uid}-{REPLAY_TAG}"
    tags = tuple(dict.fromkeys((*experiment.tags, REPLAY_TAG)))
    return experiment_for(session, f"local:{name}", tags)


def _judge(
    chosen: Chosen, run: Path, repeated: Step, tolerances: Tolerances, wanted: Sequence[str]
) -> list[Judgement]:
    numbers = [name for name, value in chosen.step.metrics.items() if isinstance(value, int | float)]
    goals = [objective.metric for objective in chosen.study.objectives] if chosen.study else []
    names = tuple(wanted) or tuple(dict.fromkeys([*numbers, *(name for name in goals if name == DURATION)]))
    judgements = []
    for name in names:
        recorded = _sample(chosen.run / chosen.step.uid, chosen.step, name)
        if not recorded:
            raise NotFoundError(
                f"the recorded step has no number '{name}'",
                hint=f"available: {', '.join(numbers)}, {DURATION}",
            )
        found = _sample(run / repeated.uid, repeated, name) if repeated.state == "finished" else []
        judgements.append(judge(name, recorded, found, tolerances.of(name)))
    return judgements


def _sample(folder: Path, step: Step, metric: str) -> list[float]:
    """The values of all measured executions, or the one that stands in the record."""
    if values := values_in(folder, metric):
        return values
    value = step.metrics.get(metric)
    return [float(value)] if isinstance(value, int | float) else []


def _answer(chosen: Chosen, run: Path, repeated: Step, judgements: Sequence[Judgement]) -> Result:
    differing = changes(chosen.step, repeated)
    reproduced = repeated.state == "finished" and all(item.holds for item in judgements)
    lines = _table(judgements)
    if repeated.state != "finished":
        lines.append(f"the repetition {repeated.state}: {repeated.reason}")
    elif not judgements:
        lines.append("the step reported no numbers, so only its exit status is compared")
    shown = [change for change in differing if change.area != "files"]
    lines += [f"changed {change.line}" for change in shown[:_MOST_SHOWN]]
    lines += [f"and {len(shown) - _MOST_SHOWN} more changes"] if len(shown) > _MOST_SHOWN else []
    lines += _files_line(differing)
    lines.append("reproduced" if reproduced else "not reproduced")
    data: dict[str, Any] = {
        "reproduced": reproduced,
        "metrics": encode(judgements),
        "changes": encode(differing),
        "step": str(chosen.run / chosen.step.uid),
        "replay": str(run / repeated.uid),
    }
    return Result(data=data, lines=tuple(lines), exit_code=0 if reproduced else _NOT_REPRODUCED)


def _table(judgements: Sequence[Judgement]) -> list[str]:
    rows = [("metric", "recorded", "repeated", "difference", "accepted", "noise", "verdict")]
    for item in judgements:
        repeated, difference = "", ""
        if item.repeated is not None:
            repeated = number_text(item.repeated)
            difference = number_text(item.repeated - item.recorded)
            if item.recorded:
                difference += f" ({(item.repeated - item.recorded) / abs(item.recorded):+.1%})"
        noise = "unknown" if item.noise is None else f"±{number_text(item.noise)}"
        rows.append(
            (
                item.metric,
                number_text(item.recorded),
                repeated,
                difference,
                f"±{number_text(item.accepted)}",
                noise,
                item.verdict,
            )
        )
    return aligned(rows) if judgements else []


def _files_line(differing: Sequence[Change]) -> list[str]:
    names = [change.name for change in differing if change.area == "files"]
    return [f"files that differ: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}"] if names else []
