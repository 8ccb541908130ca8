"""What ``cm docker script``, ``cm dockerfile script`` and ``cm build docker`` do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Result
from cm_core.actions import is_dry_run, preview
from cm_core.actions.commonflags import Force
from cm_core.base import user_path
from cm_core.flags import read_own_flags
from cm_docker.choose import choose_engine, known_engine, working_engines
from cm_docker.context import DOCKERFILE, check_empty, check_ours, plan_context, remove_context
from cm_docker.images import ensure_image, pinned_base, planned_image
from cm_docker.job import plan_job
from cm_docker.runs import run_in_container
from cm_script.flags import Run

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_docker.engine import ContainerEngine
    from cm_docker.job import ContainerJob

_DEFINITION = "image.def"


def docker_script(request: Request, session: Session) -> Result:
    """Run a script in a container that is made for it; flags are those of ``cm run script``.

    Returns:
        data of the run, and ``container`` with image, name and engine.

    Raises:
        CMError: when no engine works, the image cannot be built, or the script fails.
    """
    if read_own_flags(Run, request).help:
        from cm_script import run_script

        return run_script(request, session)
    job = plan_job(request, session)
    engine = choose_engine(job.settings.engine, session)
    if is_dry_run(request):
        lines = (*_image_lines(job, engine, session), f"would run in it: {shlex.join(job.command)}")
        return Result(data={"dry_run": True, "command": list(job.command)}, lines=lines)
    image = ensure_image(job, engine, session)
    return run_in_container(job, image, engine, request, session)


def build_image(request: Request, session: Session) -> Result:
    """Build the image of a script, or say that it is there.

    Returns:
        data with ``image``, ``engine`` and ``fresh``.

    Raises:
        CMError: as :func:`docker_script`.
    """
    job = plan_job(request, session)
    engine = choose_engine(job.settings.engine, session)
    if is_dry_run(request):
        return Result(data={"dry_run": True}, lines=_image_lines(job, engine, session))
    image = ensure_image(job, engine, session)
    verb = "built" if image.fresh else "found"
    return Result(
        data={"image": image.name, "engine": engine.name, "fresh": image.fresh},
        lines=(f"{verb} {image.name} ({engine.name})",),
    )


def _image_lines(job: ContainerJob, engine: ContainerEngine, session: Session) -> tuple[str, ...]:
    image = planned_image(job, engine, session)
    fetched = [f"would fetch the base image {image.to_fetch}"] if image.to_fetch else []
    use = "use" if image.is_there else "build"
    return (*fetched, f"would {use} the image {image.name} with {engine.name}")


def write_dockerfile(request: Request, session: Session) -> Result:
    """Write the Dockerfile of a script with everything that it copies into a folder.

    No engine is needed; where one works, the digest of the base image is written too.

    Raises:
        AlreadyExistsError: when the folder holds something, and ``--force`` is not given.
    """
    job = plan_job(request, session)
    engine = engine_with_base(job, session)
    place = str(read_own_flags(Run, request).output or "") if request.action == "dockerfile" else ""
    folder = session.cwd / user_path(place or job.settings.path or f"docker-{job.script.name}")
    force = read_own_flags(Force, request).force
    if is_dry_run(request):
        (check_ours if force else check_empty)(folder)
        plan_context(job, session, base=job.settings.base_image, complete=True)
        return preview("write", [folder / recipe_name(job)], path=folder)
    return dockerfile_in(folder, job, engine, session, force=force)


def dockerfile_in(
    folder: Path, job: ContainerJob, engine: ContainerEngine | None, session: Session, *, force: bool
) -> Result:
    """Write a build context into a folder, and say how it is built."""
    if force:
        remove_context(folder)
    name = recipe_name(job)
    base = pinned_base(job, engine, session) if engine is not None else job.settings.base_image
    context = plan_context(job, session, base=base, recipe=name, complete=True)
    recipe = context.write(folder)
    build = [engine.name if engine is not None else "docker", "build", "-t", job.script.name, str(folder)]
    how = "see its second line" if name == _DEFINITION else shlex.join(build)
    return Result(
        data={"path": str(folder), "dockerfile": str(recipe), "digest": context.digest},
        lines=(*context.lines, f"wrote {recipe}", f"build it: {how}"),
    )


def recipe_name(job: ContainerJob) -> str:
    """The name of the file that describes the image of a job."""
    return _DEFINITION if job.settings.engine == "apptainer" else DOCKERFILE


def engine_with_base(job: ContainerJob, session: Session) -> ContainerEngine | None:
    """An engine that has the base image, so that nothing is fetched for writing a file.

    Raises:
        NotFoundError: when the engine that was asked for is unknown.
    """
    if job.settings.engine and known_engine(job.settings.engine, session).recipe_name != DOCKERFILE:
        return None
    for engine in working_engines(session):
        if engine.recipe_name == DOCKERFILE and engine.has_image(job.settings.base_image):
            return engine
    return None
