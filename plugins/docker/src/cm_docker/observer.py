"""``cm run script … --print_dockerfile``: the Dockerfile that repeats a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.actions.commonflags import Force
from cm_core.base import user_path
from cm_core.flags import read_flags, read_own_flags
from cm_docker.commands import dockerfile_in, engine_with_base
from cm_docker.context import check_empty
from cm_docker.job import plan_job
from cm_docker.runflags import DOCKERFILE_FOLDER, OfRuns

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_script import FinishedRun, RunObserver


def dockerfile_writer(request: Request, session: Session) -> RunObserver | None:
    """What writes the Dockerfile when the run has ended; ``None`` when ``--print_dockerfile=no``.

    Raises:
        AlreadyExistsError: when the folder holds something, and ``--force`` is not given.
        CMError: when the run cannot be one in a container.
    """
    asked = read_flags(OfRuns, request).print_dockerfile
    if not asked:
        return None
    job = plan_job(request, session)
    named = f"docker-{job.script.name}" if asked == DOCKERFILE_FOLDER else asked
    folder = session.cwd / user_path(named)
    force = read_own_flags(Force, request).force
    if not force:
        check_empty(folder)

    def write(run: FinishedRun) -> Iterable[Path]:
        del run
        result = dockerfile_in(folder, job, engine_with_base(job, session), session, force=force)
        return [Path(result.data["dockerfile"])]

    return write
