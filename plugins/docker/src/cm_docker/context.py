"""The folder that an engine builds from: the file that describes the image, and all that it copies."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.artifact import RepositoryKind
from cm_core.errors import AlreadyExistsError
from cm_core.fsio import raise_os_error
from cm_core.slotted import frozen
from cm_docker.definition import definition
from cm_docker.distributions import collect_toolkit
from cm_docker.dockerfile import ImagePlan, dockerfile, requirements
from cm_docker.repositories import copy_repositories, travelling_repositories
from cm_docker.settings import default_user

if TYPE_CHECKING:
    from cm_core.session import Session
    from cm_docker.job import ContainerJob

DOCKERFILE = "Dockerfile"
_WRITERS = {DOCKERFILE: dockerfile, "image.def": definition}


@frozen
class Context:
    """A folder that is ready to be built.

    Attributes:
        recipe: the file that describes the image.
        digest: of all that is in the folder and decides about the image.
    """

    folder: Path
    recipe: Path
    digest: str


@contextlib.contextmanager
def temporary_context(
    job: ContainerJob, session: Session, *, base: str, recipe_name: str = DOCKERFILE
) -> Iterator[Context]:
    """A context that vanishes with the block.

    Raises:
        CMError: when it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="cm-docker-") as folder:
        yield write_context(job, session, Path(folder) / "context", base=base, recipe_name=recipe_name)


def write_context(
    job: ContainerJob, session: Session, folder: Path, *, base: str, recipe_name: str = DOCKERFILE
) -> Context:
    """Write a context into a folder that is new or empty.

    Args:
        base: the base image, with its digest where that is known.

    Raises:
        AlreadyExistsError: when the folder holds something.
        CMError: when it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyExistsError(
            f"the folder {folder} is not empty", hint="name another one, or add --force to replace it"
        )
    settings = job.settings
    repositories = travelling_repositories(session)
    shipped = [job.script.path] if job.script.repo.kind is RepositoryKind.SHIPPED else []
    toolkit = collect_toolkit(session, settings.plugins, shipped)
    plan = ImagePlan(
        title=f"Runs the script {job.script.name} of the CM toolkit.",
        base=base,
        user=default_user(),
        script=job.script.ref,
        command=job.command,
        build_command=job.build_command,
        pins=toolkit.pins,
        versions=toolkit.versions,
        repositories=tuple(repository.line for repository in repositories),
        pulled=settings.pulled,
        packages=settings.packages,
        pre_run_cmds=settings.pre_run_cmds,
    )
    recipe = folder / recipe_name
    try:
        (folder / "wheels").mkdir(parents=True)
        for name, content in toolkit.wheels.items():
            (folder / "wheels" / name).write_bytes(content)
        (folder / "requirements.txt").write_text(requirements(toolkit.pins), encoding="utf-8")
        copy_repositories(repositories, folder / "home")
        recipe.write_text(_WRITERS[recipe_name](plan), encoding="utf-8")
    except OSError as error:
        raise_os_error("write", folder, error)
    return Context(folder=folder, recipe=recipe, digest=folder_digest(folder))


def replace_context(folder: Path) -> None:
    """Empty a folder that an earlier call wrote.

    Raises:
        AlreadyExistsError: when it does not look like one.
    """
    if not folder.exists():
        return
    if any(folder.iterdir()) and not (folder / "requirements.txt").is_file():
        raise AlreadyExistsError(
            f"the folder {folder} is no build context of ours, so it is not replaced", hint="name another one"
        )
    shutil.rmtree(folder)


def folder_digest(folder: Path) -> str:
    """The digest of all files of a context, with their names and whether they can be run."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            mode = b"x" if not path.is_symlink() and path.stat().st_mode & 0o100 else b"-"
            name = path.relative_to(folder).as_posix().encode()
            digest.update(b"%d %s %d %s " % (len(name), name, len(content), mode) + content)
    return digest.hexdigest()
