"""What the verbs that run steps ask in common: one experiment, and where its steps run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cm_core import UsageError
from cm_core.flags import read_flags
from cm_experiment.executors import find_executor
from cm_experiment.flags import Jobs

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core import Request, Session
    from cm_experiment.executors.contract import Pool
    from cm_experiment.study.plan import Plan


def check_one_name(request: Request) -> None:
    """Refuse words beyond the name of an experiment.

    Raises:
        UsageError: when there is one.
    """
    if request.artifacts:
        raise UsageError(
            f"an experiment has one name; '{request.artifacts[0]}' is extra",
            hint="write the command after --, and a value right after its flag",
        )


def pool_opener(request: Request, session: Session, plan: Plan) -> Callable[[Path], Pool]:
    """What opens the pool of the executor that is asked for, in the folder of a run.

    Raises:
        CMError: when there is no such executor, or ``-j`` is no number.
    """
    executor = find_executor(plan.study.executor, session)
    jobs = read_flags(Jobs, request).jobs
    return lambda folder: executor.open(request.options, jobs=jobs, folder=folder)
