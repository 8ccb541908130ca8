"""Turns points into steps with a record, and endings into results."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Home, new_uid, replace
from cm_core.base import ProgramHangsError, atomic_write_json, describe_status, file_digest, raise_os_error
from cm_experiment.executors.contract import Ending, Task
from cm_experiment.executors.task import OF_EXECUTORS, RUNNING_FILE, STOP_FILE, TASK_FILE, describe_machine
from cm_experiment.executors.task import RESULT_FILE as TASK_RESULT_FILE
from cm_experiment.record import provenance
from cm_experiment.record.layout import (
    RESULT_FILE,
    STDERR_FILE,
    Execution,
    Row,
    Scalar,
    State,
    Step,
    row_of,
    write_step,
)
from cm_experiment.record.metrics import collect, flat, hide_secrets
from cm_experiment.record.rows import append_row, read_run
from cm_experiment.study.objectives import DURATION
from cm_experiment.study.plan import CURRENT_FOLDER, PATHS, STEP_NUMBER
from cm_experiment.study.template import argument_list
from cm_report import statistics

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment.search import Point
    from cm_experiment.study.plan import Plan

PRUNED = "pruned: "
_OURS = frozenset((TASK_FILE, TASK_RESULT_FILE, STOP_FILE, RUNNING_FILE, "cm-step.json"))
_MOST_FILES = 1000
_MOST_BYTES = 1024**3
# The list of results is written again as a whole, so not after each of ten thousand steps.
_LIST_PAUSE_S = 2.0
_PAUSE_FACTOR = 20


class Recorder:
    """Keeps the record of one run.

    Args:
        run: its folder.
        earlier: steps that it has already.
    """

    def __init__(self, plan: Plan, session: Session, run: Path, earlier: Sequence[Row]) -> None:
        self._plan = plan
        self._session = session
        self._run = run
        self._earlier = {row.number: row for row in earlier if row.state not in ("finished", "pruned")}
        command = plan.template.words
        self._system = describe_machine()
        self._packages = provenance.packages()
        self._mattered = provenance.environment(session.env, plan.study.record_env)
        self._repositories = provenance.repositories(session, command)
        self._recipe = provenance.recipe(session, command)
        try:
            if folder := provenance.folder_state(plan.folder):
                self._repositories = (*self._repositories, {"alias": "", **folder})
        except ProgramHangsError as error:
            session.warn(f"the commit of {plan.folder} is not recorded: {error.message}; {error.hint}")
        self._results = _ResultList(run)

    def begin(self, point: Point) -> tuple[Step, Task]:
        """The record of a step that runs, and its task; an interrupted step keeps its folder.

        Raises:
            CMError: when the folder cannot be made.
        """
        earlier = self._earlier.pop(point.number, None)
        uid = earlier.uid if earlier else new_uid()
        folder = self._run / uid
        if earlier is not None and earlier.state == "failed":
            shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise_os_error("create", folder, error)
        step, task = self.prepare(point, uid)
        write_step(folder, step)
        return step, task

    def prepare(self, point: Point, uid: str) -> tuple[Step, Task]:
        """The same without touching the disk."""
        plan, folder = self._plan, self._run / uid
        paths = {CURRENT_FOLDER: str(plan.folder), STEP_NUMBER: str(point.number)}
        paths |= dict(zip(PATHS, (str(self._run.parent), str(self._run), str(folder)), strict=True))
        words = plan.template.fill({**plan.env, **point.values}, paths)
        env = {**plan.env, **{name: str(value) for name, value in point.values.items()}, **self._home()}
        env |= {name: value for name, value in paths.items() if name != CURRENT_FOLDER}
        given = {name: value for name, value in env.items() if name not in paths}
        step = Step(
            uid=uid,
            run=self._run.name,
            number=point.number,
            state="running",
            command=plan.secrets.masked(words),
            shell=plan.template.shell,
            variables=dict(point.values),
            env={**self._mattered, **provenance.without_secret_ones(given)},
            started=time.time(),
            executor=plan.study.executor,
        )
        task = Task(
            uid=uid,
            folder=folder,
            command=argument_list(words, shell=plan.template.shell),
            env=env,
            timeout_s=plan.study.timeout_s,
            repeat=plan.study.repeat,
            warmup=plan.study.warmup,
        )
        return step, task

    def finish(self, step: Step, ending: Ending) -> tuple[Step, Row]:
        """The record of a step that has ended; it is on disk when this returns."""
        folder = self._run / step.uid
        folder.mkdir(exist_ok=True)  # somebody may have removed it
        for item in ending.executions:  # before metrics and reasons are taken from what it says
            hide_secrets(folder / item["folder"], self._plan.secrets)
        executions, result, problem = self._executions(folder, ending)
        counted = [item for item in executions if not item.warmup and item.exit_status == 0]
        if ending.exit_status is not None:  # a step that was stopped or failed reported something, too
            counted = counted or [item for item in executions if not item.warmup]
        state, reason = _outcome(ending, folder, problem)
        metrics, spread = _summary(counted)
        details = dict(ending.details)
        done = replace(
            step,
            state=state,
            exit_status=ending.exit_status,
            reason=reason,
            started=ending.started or step.started,
            duration_s=statistics.median([item.duration_s for item in counted]) if counted else 0.0,
            host=ending.host,
            repeats=tuple(executions),
            metrics=metrics,
            spread=spread,
            outputs=_outputs(folder),
            packages=self._packages,
            system=details.pop("system", self._system),
            repositories=self._repositories,
            recipe=self._recipe,
            details=details,
        )
        write_step(folder, done)
        row = row_of(done)
        append_row(self._run, row)
        self._results.add(done, result)
        for name in (TASK_FILE, TASK_RESULT_FILE):
            (folder / name).unlink(missing_ok=True)
        return done, row

    def close(self) -> None:
        """Write what is not written after each step."""
        self._results.write()

    def _executions(self, folder: Path, ending: Ending) -> tuple[list[Execution], Mapping[str, Any], str]:
        """The executions, the result of the last one, and why metrics of one are missing."""
        executions: list[Execution] = []
        result: Mapping[str, Any] = {}
        problem = ""
        for item in ending.executions:
            report = collect(folder / item["folder"], self._plan.rules, warn=self._session.warn)
            result = report.result or report.metrics
            problem = problem or report.problem
            executions.append(
                Execution(
                    exit_status=item["exit_status"],
                    duration_s=item["duration_s"],
                    metrics=report.metrics,
                    warmup=item["warmup"],
                )
            )
        return executions, result, problem

    def _home(self) -> dict[str, str]:
        """The home of this session, where a ``cm`` of the command would not find it by itself."""
        home = self._session.home.path
        return {} if Home.resolve(self._session.env).path == home else {"CM_REPOS": str(home)}


class _ResultList:
    """The list of results in the folder of the run, as the original writes it."""

    def __init__(self, run: Path) -> None:
        self._file = run / RESULT_FILE
        self._items: dict[str, dict[str, Any]] = {}
        for row in read_run(run):
            if row.state == "finished":
                self._items[row.uid] = _row_of(row.uid, row.started, {**row.variables, **row.metrics})
        self._due = time.monotonic() + _LIST_PAUSE_S
        self._written = False

    def add(self, step: Step, result: Mapping[str, Any]) -> None:
        if step.state != "finished":
            return
        self._items[step.uid] = _row_of(step.uid, step.started, {**step.variables, **flat(result)})
        self._written = False
        if time.monotonic() >= self._due:
            self.write()

    def write(self) -> None:
        if self._written:
            return
        started = time.monotonic()
        atomic_write_json(self._file, list(self._items.values()), sort_keys=False)
        self._written = True
        took = time.monotonic() - started
        self._due = time.monotonic() + max(_LIST_PAUSE_S, _PAUSE_FACTOR * took)


def _row_of(uid: str, started: float, values: Mapping[str, Any]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(started).astimezone().replace(tzinfo=None)
    return {**values, "uid": uid, "iso_datetime": moment.isoformat(timespec="microseconds")}


def _outcome(ending: Ending, folder: Path, problem: str) -> tuple[State, str]:
    if ending.exit_status is None:
        return "lost", ending.reason or "how it ended is unknown"
    if ending.reason.startswith(PRUNED):
        return "pruned", ending.reason
    if ending.exit_status == 0 and not ending.reason:
        return ("failed", problem) if problem else ("finished", "")
    return "failed", ending.reason or _why_failed(ending, folder)


def _why_failed(ending: Ending, folder: Path) -> str:
    place = folder / str(ending.executions[-1]["folder"]) if ending.executions else folder
    said = ""
    with contextlib.suppress(OSError):
        with (place / STDERR_FILE).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, 2) - 2000))
            lines = stream.read().decode("utf-8", errors="replace").strip().splitlines()
        said = f": {lines[-1].strip()[:200]}" if lines else ""
    return f"{describe_status(ending.exit_status or 0)}{said}"


def _summary(executions: Sequence[Execution]) -> tuple[dict[str, Scalar], dict[str, float]]:
    """Metrics of a step: the median of numbers, the last of texts; and how far numbers spread."""
    metrics: dict[str, Scalar] = {}
    spread: dict[str, float] = {}
    for name in dict.fromkeys(name for item in executions for name in item.metrics):
        values = [item.metrics[name] for item in executions if name in item.metrics]
        numbers = [value for value in values if isinstance(value, int | float)]
        if len(numbers) < len(values):
            metrics[name] = values[-1]
            continue
        metrics[name] = numbers[0] if len(set(numbers)) == 1 else statistics.median(numbers)
        if len(numbers) > 1:
            spread[name] = statistics.spread(numbers)
    if len(executions) > 1:
        spread[DURATION] = statistics.spread([item.duration_s for item in executions])
    return metrics, spread


def _outputs(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    room = _MOST_BYTES
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if name in _OURS or name.startswith(OF_EXECUTORS) or path.is_symlink() or not path.is_file():
            continue
        with contextlib.suppress(OSError):  # of another user, or gone again
            room -= path.stat().st_size
            found[name] = file_digest(path) if room >= 0 else ""
        if len(found) == _MOST_FILES:
            break
    return dict(sorted(found.items()))
