"""Building images, and using those that are built already."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError
from cm_core.base import redact, start_program, user_path
from cm_docker.context import DOCKERFILE, Context, plan_context, remove_context
from cm_docker.engine import ImageOrder
from cm_docker.failures import ContainerError, build_error
from cm_docker.proxies import public_proxies
from cm_docker.settings import default_user

if TYPE_CHECKING:
    from cm_core import Session
    from cm_docker.engine import ContainerEngine
    from cm_docker.job import ContainerJob

_KEPT_LINES = 400
_TAG_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image that is there.

    Attributes:
        fresh: whether it was built just now.
    """

    name: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """An image that a job needs.

    Attributes:
        name: with a digest of its content as the tag, which is another one once the base image is here.
        is_there: whether it would be used as it is.
        to_fetch: the base image when it is not here.
    """

    name: str
    is_there: bool
    to_fetch: str = ""


def planned_image(job: ContainerJob, engine: ContainerEngine, session: Session) -> PlannedImage:
    """The image that :func:`ensure_image` would use or build, found out without fetching anything.

    Raises:
        CMError: as :func:`ensure_image`, but for what only the build itself shows.
    """
    if job.settings.noregenerate:
        return PlannedImage(
            name=image_name(job, _context_as_it_is(job, engine, session).digest), is_there=False
        )
    base = job.settings.base_image
    is_here = engine.has_image(base)
    pinned = pinned_base(job, engine, session) if is_here else base
    name = image_name(job, plan_context(job, session, base=pinned, recipe=engine.recipe_name).digest)
    anew = job.settings.rebuild or bool(job.settings.image_tag)
    return PlannedImage(
        name=name, is_there=not anew and engine.has_image(name), to_fetch="" if is_here else base
    )


def ensure_image(job: ContainerJob, engine: ContainerEngine, session: Session) -> BuiltImage:
    """The image of a job: the one of the same content, or a new one.

    Raises:
        ContainerError: when it cannot be built; it says at which step, with the last lines.
        NotFoundError: when the base image cannot be had.
    """
    if job.settings.noregenerate:
        return _build_as_it_is(job, engine, session)
    context = plan_context(job, session, base=pinned_base(job, engine, session), recipe=engine.recipe_name)
    name = image_name(job, context.digest)
    settings = job.settings
    if not (settings.rebuild or settings.image_tag) and engine.has_image(name):
        session.reporter.message(f"the image {name} already exists", "debug")
        return BuiltImage(name=name, fresh=False)
    for line in context.lines:
        session.reporter.message(f"into the image goes {line}")
    if settings.path:
        folder = session.cwd / user_path(settings.path)
        remove_context(folder)
        context.write(folder)
        return _build(name, folder, job, engine, session)
    with tempfile.TemporaryDirectory(prefix="cm-docker-") as place:
        folder = Path(place) / "context"
        context.write(folder)
        try:
            return _build(name, folder, job, engine, session)
        except ContainerError:
            _keep(folder, session)
            raise


def pinned_base(job: ContainerJob, engine: ContainerEngine, session: Session) -> str:
    """The base image with its digest, where the engine knows it; it is fetched when it is not there."""
    base = job.settings.base_image
    if not engine.has_image(base):
        session.reporter.message(f"fetching the base image {base}", "debug")
    digest = engine.digest(base)
    return f"{base}@{digest}" if digest else base


def image_name(job: ContainerJob, digest: str) -> str:
    """``REPOSITORY/SCRIPT:TAG``; the tag is a digest of the content unless one was asked for."""
    settings = job.settings
    name = settings.image_name or job.script.name
    tag = settings.image_tag or digest[:_TAG_LENGTH]
    return f"{settings.image_repo}/{name}:{tag}{settings.image_tag_extra}".lower()


def _build_as_it_is(job: ContainerJob, engine: ContainerEngine, session: Session) -> BuiltImage:
    """Build what lies in ``--docker_path``, which a person may have edited."""
    context = _context_as_it_is(job, engine, session)
    folder = session.cwd / user_path(job.settings.path or ".")
    return _build(image_name(job, context.digest), folder, job, engine, session)


def _context_as_it_is(job: ContainerJob, engine: ContainerEngine, session: Session) -> Context:
    folder = session.cwd / user_path(job.settings.path or ".")
    recipe = folder / engine.recipe_name
    if not recipe.is_file():
        raise NotFoundError(f"there is no {recipe} to keep", hint="name its folder with --docker_path=FOLDER")
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    return Context(recipe=engine.recipe_name, files=files)


def _build(
    name: str, folder: Path, job: ContainerJob, engine: ContainerEngine, session: Session
) -> BuiltImage:
    session.reporter.message(f"building the image {name} with {engine.name}")
    user, group = default_user()
    # By name only: the engine takes the values from its environment, and leaves them out of the history.
    proxies = [f"--build-arg={name}" for name in public_proxies(session.env)]
    own = [f"--build-arg=CM_UID={user}", f"--build-arg=CM_GID={group}", *proxies]
    order = ImageOrder(
        name=name,
        context=folder,
        recipe=folder / engine.recipe_name,
        network=job.settings.network,
        arguments=(*(own if engine.recipe_name == DOCKERFILE else ()), *job.settings.build_args),
        environ=session.env,
    )
    _run_builder(order, engine, session)
    return BuiltImage(name=name, fresh=True)


def _run_builder(order: ImageOrder, engine: ContainerEngine, session: Session) -> None:
    words = engine.build_words(order)
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    process = start_program(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=order.environ,
        cwd=order.context,
    )
    with process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                session.reporter.message(redact(line.rstrip()), "debug")
            status = process.wait()
        except BaseException:
            process.terminate()
            raise
    if status != 0:
        raise build_error(list(lines), status, engine=engine.name, image=order.name)


def _keep(folder: Path, session: Session) -> None:
    """Keep the context of a build that failed, so that a person can look at it and try again."""
    kept = session.home.path / "docker" / "failed-build"
    shutil.rmtree(kept, ignore_errors=True)
    try:
        shutil.copytree(folder, kept, symlinks=True)
    except OSError:
        return
    session.reporter.message(f"the build context is kept in {kept}")
