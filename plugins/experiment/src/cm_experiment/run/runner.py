"""Runs the steps of a plan: asks the search, hands tasks to an executor, records what comes back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError, Interrupted, NotFoundError, Terminated, frozen, replace
from cm_core.base import did_you_mean
from cm_experiment.executors.contract import Ending, Pool, read_ending
from cm_experiment.executors.task import TASK_FILE
from cm_experiment.record.layout import Row, Step, Study, read_study, write_study
from cm_experiment.record.rows import read_run
from cm_experiment.run.progress import Progress
from cm_experiment.run.pruning import Pruner
from cm_experiment.run.recorder import Recorder
from cm_experiment.search import LEARNING, Search, make_search
from cm_experiment.study.objectives import value_of
from cm_experiment.study.plan import CURRENT_FOLDER

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment.executors.contract import Task
    from cm_experiment.study.plan import Plan

DONE = ("finished", "pruned")
# A search that learns from results gains nothing from steps that begin before any has ended.
_LEARNING_AT_ONCE = 8


@frozen
class Outcome:
    """What a run has after it.

    Attributes:
        run: its folder.
        rows: all its steps by number.
        complete: whether nothing is left to do.
        budget_spent: whether time was up.
    """

    run: Path
    rows: tuple[Row, ...]
    complete: bool
    budget_spent: bool


def run_plan(
    plan: Plan, session: Session, run: Path, open_pool: Callable[[Path], Pool], *, again: bool = False
) -> Outcome:
    """Run what a plan has left to do in the folder of a run.

    Args:
        again: run all steps, those that are done already too; they get numbers after them.

    Raises:
        Interrupted: after Ctrl-C; the steps that were finished are recorded.
        CMError: when the executor cannot work, or the search does not fit.
    """
    earlier = read_run(run, warn=session.warn)
    offset = max((row.number for row in earlier), default=0) if again else 0
    search = make_search(plan.problem, () if again else earlier)
    if earlier and not again:
        _warn_of_changes(plan, session, [row for row in earlier if row.state in DONE])
    study = replace(_with_kept_keys(plan.study, run), planned=search.planned, state="running")
    write_study(run, study)
    driver = _Driver(plan, session, run, search, () if again else earlier, offset)
    try:
        with open_pool(run) as pool:
            driver.drive(pool)
    except KeyboardInterrupt as error:
        write_study(run, replace(study, state="interrupted"))
        raise _interruption(error, search, read_run(run)) from error
    except BaseException:
        write_study(run, replace(study, state="interrupted"))
        raise
    finally:
        driver.close()
    # A budget without a number of steps is all that was asked for.
    rows = tuple(read_run(run, warn=session.warn))
    complete = (driver.exhausted or search.planned is None) and all(row.state != "lost" for row in rows)
    write_study(run, replace(study, state="complete" if complete else "interrupted"))
    return Outcome(run=run, rows=rows, complete=complete, budget_spent=driver.budget_spent)


def _with_kept_keys(study: Study, run: Path) -> Study:
    """The study with what a newer version, or a person, wrote beside it when the run began."""
    try:
        earlier = read_study(run)
    except CMError:  # a new run, or one that nobody can read
        return study
    kept = {item.metric: item.unknown for item in earlier.objectives}
    objectives = (replace(item, unknown=kept.get(item.metric, {})) for item in study.objectives)
    return replace(study, unknown=earlier.unknown, objectives=tuple(objectives))


def _warn_of_changes(plan: Plan, session: Session, kept: Sequence[Row]) -> None:
    """Steps that were measured before a program was built again are not like those that come."""
    begun = min((row.started for row in kept), default=0.0)
    for file in plan.template.files({CURRENT_FOLDER: str(plan.folder)}) if kept else ():
        with contextlib.suppress(OSError):
            if file.stat().st_mtime > begun:
                session.warn(
                    f"{file} has changed since this run began, and steps that are finished are kept;"
                    " --new runs all of them again"
                )


class _Driver:
    """The loop between search and pool."""

    def __init__(
        self,
        plan: Plan,
        session: Session,
        run: Path,
        search: Search,
        earlier: Sequence[Row],
        offset: int,
    ) -> None:
        self._plan = plan
        self._session = session
        self._search = search
        self._offset = offset
        self._recorder = Recorder(plan, session, run, earlier)
        kept = [row for row in earlier if row.state in DONE]
        self._progress = Progress(session.reporter, search.planned, plan.study, done=len(kept))
        self._pruner = Pruner(plan.study, kept) if plan.prune else None
        self._learns = plan.problem.method in LEARNING
        self._out: dict[str, tuple[Step, Task]] = {}
        budget = plan.study.search.get("budget_s")
        self._deadline = None if budget is None else time.monotonic() + budget
        self._checked = not plan.study.objectives
        self.exhausted = False
        self.budget_spent = False

    def drive(self, pool: Pool) -> None:
        """Run steps until there are no more, or time is up."""
        pool.deadline = self._deadline
        while True:
            self._fill(pool)
            if not self._out:
                return
            for ending in pool.wait():
                self._end(ending)
            self._time_is_up()

    def close(self) -> None:
        """Leave the record complete and no thread behind."""
        self._progress.close()
        if self._pruner is not None:
            self._pruner.close()
        self._recorder.close()

    def _fill(self, pool: Pool) -> None:
        tasks = []
        most = min(pool.capacity, _LEARNING_AT_ONCE) if self._learns else pool.capacity
        while len(self._out) < most and not self.exhausted and not self._time_is_up():
            point = self._search.ask()
            if point is None:
                self.exhausted = True
                break
            step, task = self._recorder.begin(replace(point, number=point.number + self._offset))
            self._out[step.uid] = (step, task)
            ending = read_ending(task)
            if (
                ending is not None and ending.exit_status is not None
            ):  # it ended after the driver that had submitted it
                self._end(ending)
                continue
            tasks.append(task)
            self._progress.started(step, task)
            if self._pruner is not None:
                self._pruner.watch(step, task.folder)
        if tasks:
            self._submit(pool, tasks)

    def _submit(self, pool: Pool, tasks: Sequence[Task]) -> None:
        try:
            pool.submit(tasks)
        except CMError as error:
            # Nobody runs them, so their records must not say so.
            for task in tasks:
                if not (task.folder / TASK_FILE).exists():
                    step, _ = self._out.pop(task.uid)
                    reason = f"not submitted: {error.message}"
                    self._recorder.finish(step, Ending(uid=task.uid, exit_status=None, reason=reason))
            raise

    def _time_is_up(self) -> bool:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self.budget_spent = True
        return self.budget_spent

    def _end(self, ending: Ending) -> None:
        step, _ = self._out.pop(ending.uid)
        if self._pruner is not None:
            self._pruner.ended(ending.uid)
        done, row = self._recorder.finish(step, ending)
        self._progress.ended(done)
        self._search.tell(replace(row, number=row.number - self._offset))
        if not self._checked and row.state == "finished":
            self._checked = True
            self._check_objectives(row)

    def _check_objectives(self, row: Row) -> None:
        """Say early that a name may be wrong; whether it is, all steps together decide."""
        for objective in self._plan.study.objectives:
            if value_of(row, objective.metric) is not None:
                continue
            listed = ", ".join(sorted(row.metrics)) or "none"
            message = f"step {row.number} reported no number '{objective.metric}'"
            if self._learns:
                near = did_you_mean(objective.metric, row.metrics)
                raise NotFoundError(
                    f"{message}, so the search cannot use it", hint=near or f"it has: {listed}"
                )
            self._session.warn(f"{message}; its metrics are: {listed}")


def _interruption(error: KeyboardInterrupt, search: Search, rows: Sequence[Row]) -> Interrupted:
    done = sum(row.state in DONE for row in rows)
    terminated = isinstance(error, Terminated)
    planned = "" if search.planned is None else f" of {search.planned}"
    return Interrupted(
        f"{'terminated' if terminated else 'interrupted'}; {done}{planned} steps are finished and kept",
        hint="run the same command to resume",
        details={"finished": done, "planned": search.planned},
        exit_code=Terminated.exit_code if terminated else None,
    )
