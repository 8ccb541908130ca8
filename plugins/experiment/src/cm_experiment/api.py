"""The verbs of experiments: run, rerun, load."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, Result, jsonable, replace
from cm_core.actions import check_changeable
from cm_core.base import atomic_write_json, did_you_mean, encode, map_texts, mask_secrets
from cm_core.flags import read_flags
from cm_experiment.executors import find_executor
from cm_experiment.flags import Jobs, Rerun, Run
from cm_experiment.record.layout import INPUT_FILE, Row, read_study
from cm_experiment.record.rows import read_run
from cm_experiment.record.store import (
    experiment_for,
    find_experiments,
    hold_run,
    new_run,
    one_experiment,
    one_run,
    unfinished_run,
)
from cm_experiment.run.asking import check_one_name, pool_opener
from cm_experiment.run.preview import planned_steps, submitted_jobs
from cm_experiment.run.runner import DONE, Outcome, run_plan
from cm_experiment.run.verdict import closing_lines
from cm_experiment.search import LEARNING, make_search
from cm_experiment.study.objectives import best, value_of
from cm_experiment.study.plan import Plan, plan_request, plan_study
from cm_experiment.study.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core import Artifact, Request, Session

_SCRIPT_FAILED = 2


def run(request: Request, session: Session) -> Result:
    """Run a command for each point of a space and record what comes out.

    A run of the same that was interrupted goes on, unless ``--new`` or ``--dir`` is given.

    Returns:
        data: ``experiment``, ``experiment_path``, ``experiment_path2`` (the folder of the run), ``rows``,
        ``best`` (a row or ``None``), ``complete``.

    Raises:
        CMError: when the plan is wrong, or no step reports an objective.
        Interrupted: after Ctrl-C.
    """
    check_one_name(request)
    asked = read_flags(Run, request)
    plan = plan_request(request, session)
    if asked.dry_run or asked.print_job:
        return _preview(request, session, plan, _going_on(request, session, plan))
    make_search(plan.problem, ())  # raises when method and space do not fit, before there is a folder
    open_pool = pool_opener(request, session, plan)
    experiment = experiment_for(session, request.artifact, plan.study.tags)
    folder = None
    if not asked.new and not asked.dir:
        folder = unfinished_run(experiment.path, plan.study.digest)
    if folder is None:
        folder = new_run(experiment.path, asked.dir)
    session.reporter.message(f"experiment: {experiment.path}")
    session.reporter.message(f"run: {folder}")
    with hold_run(folder):
        atomic_write_json(folder / INPUT_FILE, _input_of(request, plan), sort_keys=False)
        outcome = run_plan(plan, session, folder, open_pool)
    return result_of(experiment, plan, outcome)


def rerun(request: Request, session: Session) -> Result:
    """Run the steps of a recorded run again, in its folder; with ``--unfinished`` only what is left to do.

    With words after ``--`` these are run there instead of what is recorded, as the original does.

    Returns:
        data: as :func:`run`.

    Raises:
        CMError: when there is no such run, or its command held secrets.
    """
    check_one_name(request)
    asked = read_flags(Rerun, request)
    experiment = one_experiment(session, request.artifact, asked.tags)
    check_changeable(experiment.repo, f"'{experiment.name}'")
    folder = one_run(session, experiment.path, asked.dir)
    plan = plan_request(request, session) if request.unparsed else _recorded_plan(asked, session, folder)
    again = not asked.unfinished
    if again and plan.problem.method in LEARNING:
        plan = replace(plan, problem=_same_points(plan, folder))
    if asked.dry_run or asked.print_job:
        return _preview(request, session, plan, None if again else folder)
    open_pool = pool_opener(request, session, plan)
    with hold_run(folder):
        outcome = run_plan(plan, session, folder, open_pool, again=again)
    return result_of(experiment, plan, outcome)


def _recorded_plan(asked: Rerun, session: Session, run: Path) -> Plan:
    study = read_study(run)
    study = replace(
        study,
        executor=asked.executor or study.executor,
        timeout_s=asked.timeout or study.timeout_s,
    )
    return plan_study(study, session)


def _same_points(plan: Plan, run: Path) -> Problem:
    """The points of a search that learned, which would not suggest them again."""
    points = {json.dumps(row.variables): row.variables for row in read_run(run)}
    return replace(plan.problem, method="list", space={}, points=tuple(points.values()))


def result_of(experiment: Artifact, plan: Plan, outcome: Outcome) -> Result:
    """The answer after a run.

    Raises:
        NotFoundError: when an objective is in no step.
    """
    _check_objectives(plan, outcome.rows)
    top = best(outcome.rows, plan.study.objectives, plan.study.constraints)
    failed = sum(row.state not in DONE for row in outcome.rows)
    data: dict[str, Any] = {
        "experiment": experiment,
        "experiment_path": str(experiment.path),
        "experiment_path2": str(outcome.run),
        "rows": encode(outcome.rows),
        "best": encode(top),
        "complete": outcome.complete,
    }
    lines = closing_lines(plan.study, outcome, top)
    return Result(data=data, lines=tuple(lines), exit_code=_SCRIPT_FAILED if failed else 0)


def _preview(request: Request, session: Session, plan: Plan, earlier: Path | None) -> Result:
    if read_flags(Jobs, request).print_job:
        executor = find_executor(plan.study.executor, session)
        lines = submitted_jobs(plan, session, executor, request.options)
        return Result(data={"jobs": lines}, lines=tuple(lines))
    find_executor(plan.study.executor, session).check(request.options)
    return planned_steps(plan, session, earlier)


def _going_on(request: Request, session: Session, plan: Plan) -> Path | None:
    """The run that a request would continue."""
    asked = read_flags(Run, request)
    named = request.artifact or asked.tags
    found = find_experiments(session, request.artifact, asked.tags) if named else []
    if len(found) != 1 or asked.new or asked.dir:
        return None
    return unfinished_run(found[0].path, plan.study.digest)


def _check_objectives(plan: Plan, rows: Sequence[Row]) -> None:
    finished = [row for row in rows if row.state == "finished"]
    if not finished:
        return
    for objective in plan.study.objectives:
        if all(value_of(row, objective.metric) is None for row in finished):
            known = {name for row in finished for name in row.metrics}
            recorded = f"all are recorded in {finished[0].run}"
            if objective.metric in known:
                said = " and ".join(_reported(finished, objective.metric))
                raise NotFoundError(
                    f"no step reported a number '{objective.metric}', but {said}; {recorded}",
                    hint="numbers are written like 1234.5; for one inside of other text, give a pattern: "
                    f"--metric {objective.metric}='([0-9.]+)'",
                )
            near = did_you_mean(objective.metric, known)
            listed = f"available: {', '.join(sorted(known))}" if known else "no step reported any metric"
            raise NotFoundError(
                f"no step reported a number '{objective.metric}'; {recorded}", hint=near or listed
            )


def _reported(rows: Sequence[Row], metric: str) -> list[str]:
    """Up to three of the texts that steps gave for a metric, in quotes."""
    texts = dict.fromkeys(str(row.metrics[metric])[:40] for row in rows if metric in row.metrics)
    return [f"'{text}'" for text in list(texts)[:3]]


def _input_of(request: Request, plan: Plan) -> dict[str, Any]:
    """The request as the original records it, without secrets."""
    mapping = mask_secrets(request.to_mapping())
    mapping.pop("cmd", None)
    mapping["unparsed_cmd"] = list(plan.secrets.masked(request.unparsed or ()))
    shown: dict[str, Any] = map_texts(jsonable(mapping), plan.secrets.masked_text)
    return shown
