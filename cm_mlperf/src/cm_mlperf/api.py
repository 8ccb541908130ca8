"""Public functions of the automation ``mlperf``: run, find and load."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Request, Result, Steps, UsageError
from cm_core.base import encode, file_lock
from cm_core.flags import read_flags
from cm_mlperf.flags import Load, Run
from cm_mlperf.loadgen.audits import check_tests
from cm_mlperf.packing import check_before_run, submission_result
from cm_mlperf.record.layout import RUN_FILE, RUN_FORMAT, TEST_FORMAT, RunFolder, RunRecord
from cm_mlperf.results.api import write_reports
from cm_mlperf.results.metrics import metrics_file, metrics_of, write_metrics
from cm_mlperf.results.table import run_table
from cm_mlperf.run.configuration import RunConfiguration, read_configuration
from cm_mlperf.run.earlier import put_aside_outdated
from cm_mlperf.run.official import as_the_rules_ask, check_official, check_round
from cm_mlperf.run.outline import outline
from cm_mlperf.run.plan import Planner, TestPlan, check_plan
from cm_mlperf.run.plantext import plan_lines
from cm_mlperf.run.probe import available_memory_mb, run_probe
from cm_mlperf.run.recording import load_average, make_record
from cm_mlperf.run.runner import Surroundings
from cm_mlperf.run.suite import Suite
from cm_mlperf.run.target import find_target
from cm_mlperf.run.words import check_words
from cm_mlperf.submission.api import make_submission
from cm_mlperf.submission.system import describe_system

if TYPE_CHECKING:
    from cm_core import Session

_INVALID_STATUS = 1


def run(request: Request, session: Session) -> Result:
    """Measure a model: ``cm run mlperf``.

    Returns:
        data with ``run``, ``path``, ``record``, ``tests`` and ``metrics``; ``plan`` with ``--dry_run``
        and ``--probe``.

    Raises:
        CMError: for options that cannot work here, before anything starts; when a system under test fails.
    """
    asked = read_flags(Run, request, session.env)
    check_words(asked, request, session)
    configuration = read_configuration(request, session.cwd)
    check_round(configuration, session)
    numbers = metrics_file(asked.result, session.cwd)
    if asked.dry_run:
        return outline(request, configuration, session)
    _warn_of_noise(session)
    around = Surroundings(env=session.env, cwd=session.cwd, threads=configuration.tuning.threads)
    steps = Steps(session.reporter)
    with steps.step(f"mlperf {configuration.model}"):
        planner = _prepare(configuration, session, around, steps)
        plans = list(planner.tests())
        check_plan(planner, plans, available_memory_mb())
        check_official(planner, plans, session, submission=asked.submission)
        record = make_record(request, planner, describe_system(session), session)
        if asked.submission:
            check_before_run(record, request, session)
        if asked.probe:
            data = {"plan": [_plan_document(plan) for plan in plans], "probe": encode(planner.probe)}
            return Result(data=data, lines=tuple(plan_lines(planner, plans)))
        waiting = lambda: session.reporter.message(f"waiting for another run of {record.name}")  # noqa: E731
        with file_lock(session.home.locks_dir / f"mlperf-{record.name}.lock", on_wait=waiting):
            session.look_again()
            folder = _run_folder(record, session)
            suite = Suite(
                folder=folder,
                planner=planner,
                around=around,
                steps=steps,
                digest=record.digest,
                rerun=asked.rerun,
            )
            suite.run(plans)
            reports = write_reports(folder)
    answer = _answer(record, folder, reports, {(plan.scenario, plan.mode) for plan in plans})
    if numbers:
        write_metrics(numbers, record.name, record.level, answer.data["metrics"])
    return _with_submission(answer, folder, request, session) if asked.submission else answer


def find(request: Request, session: Session) -> Result:
    """What can be measured here, and what has been: ``cm find mlperf``."""
    from cm_mlperf.run.matrix import find_runs_and_matrix

    return find_runs_and_matrix(request, session)


def load(request: Request, session: Session) -> Result:
    """The record of one run and its tests: ``cm load mlperf NAME``.

    Raises:
        NotFoundError: when there is no such run.
    """
    from cm_core.actions import load_artifacts

    loaded = load_artifacts(request, session)
    folder = RunFolder(loaded.data["path"])
    if not (folder.path / RUN_FILE).is_file():
        return loaded  # made by `cm add mlperf`
    record, tests = folder.read(), list(folder.tests())
    data = {
        **loaded.data,
        "record": RUN_FORMAT.encode(record),
        "tests": [TEST_FORMAT.encode(test) for test in tests],
        "metrics": metrics_of(tests),
    }
    table = (*run_table(folder), str(folder.path))
    return Result(data=data, lines=loaded.lines if read_flags(Load, request).yaml else table)


# -- parts ---------------------------------------------------------------------------------------------


def _prepare(
    configuration: RunConfiguration, session: Session, around: Surroundings, steps: Steps
) -> Planner:
    """Find model and data, and measure them shortly."""
    with steps.step("model and data"), steps.around(session):
        target = find_target(configuration, session)
    check_tests(configuration.modes, target.benchmark)
    configuration, target = as_the_rules_ask(configuration, target)
    with steps.step("probe") as notes:
        probe = run_probe(target, configuration, around)
        notes.append(f"{probe.single.mean_ms:.3g} ms per sample, {probe.samples_per_second:,.0f} samples/s")
    judged = target.accuracy is not None and (probe.labels or not target.may_judge)
    if not judged and configuration.modes == ("accuracy",):
        raise UsageError(
            "no accuracy function was given",
            hint="add --accuracy=FILE.py:score, or data with labels",
        )
    if not judged and "accuracy" in configuration.modes:
        session.reporter.message("  the data set has no labels: accuracy is not measured")
    return Planner(configuration=configuration, target=target, probe=probe, judged=judged)


def _run_folder(record: RunRecord, session: Session) -> RunFolder:
    """The artifact of a run in the local repository with this record, made when it is missing."""
    for artifact in session.find("mlperf", f"local:{record.name}"):
        folder = RunFolder(artifact.path)
        if reason := put_aside_outdated(folder, record):
            session.reporter.message(f"  {record.name} {reason}: its tests are in history/")
        break
    else:
        tags = [record.model.name, record.system.backend, record.system.device, record.level]
        request = Request(
            action="add", automation="mlperf", artifact=f"local:{record.name}", options={"tags": tags}
        )
        folder = RunFolder(session.call(request).data["path"])
    folder.write(record)
    return folder


def _answer(
    record: RunRecord, folder: RunFolder, reports: Sequence[Path], asked: Collection[tuple[str, str]]
) -> Result:
    """Everything that the run has, but metrics and status only of the tests that were asked for now."""
    tests = list(folder.tests())
    now = [test for test in tests if (test.scenario, test.mode) in asked]
    performance = [test.performance for test in now if test.mode == "performance" and test.performance]
    data = {
        "run": record.name,
        "path": folder.path,
        "record": RUN_FORMAT.encode(record),
        "tests": [TEST_FORMAT.encode(test) for test in tests],
        "metrics": metrics_of(now),
        "reports": list(reports),
    }
    page = next((path for path in reports if path.suffix == ".html"), folder.path)
    lines = (*run_table(folder), f"report: {page}", f"table:  cm load mlperf {record.name}")
    invalid = not all(result.valid for result in performance)
    return Result(data=data, lines=lines, exit_code=_INVALID_STATUS if invalid else 0)


def _with_submission(answer: Result, folder: RunFolder, request: Request, session: Session) -> Result:
    """The answer, after packing and checking a submission of the run."""
    packed = submission_result(make_submission([folder], request, session), request, session)
    return Result(
        data={**answer.data, "submission": packed.data},
        lines=(*answer.lines, "", *packed.lines),
        exit_code=answer.exit_code or packed.exit_code,
    )


def _plan_document(plan: TestPlan) -> dict[str, Any]:
    return {**encode(plan), "chosen": sorted(plan.chosen)}


def _warn_of_noise(session: Session) -> None:
    load, cores = load_average(), os.cpu_count() or 1
    if load is not None and load > cores:
        session.warn(
            f"this machine is busy (load {load:g} on {cores} cores): latencies will be worse than when idle"
        )
