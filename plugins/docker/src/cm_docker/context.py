"""The folder that an engine builds from: the file that describes the image, and all that it copies."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import AlreadyExistsError, RepositoryKind, frozen
from cm_core.base import raise_os_error
from cm_docker.definition import definition
from cm_docker.distributions import collect_toolkit
from cm_docker.dockerfile import ImagePlan, dockerfile, requirements
from cm_docker.repositories import home_files, travelling_repositories
from cm_docker.settings import default_user

if TYPE_CHECKING:
    from cm_core import Session
    from cm_docker.job import ContainerJob

DOCKERFILE = "Dockerfile"
_WRITERS = {DOCKERFILE: dockerfile, "image.def": definition}
_PINS = "requirements.txt"


@frozen
class Context:
    """What a context holds; nothing is written before :meth:`write`.

    Attributes:
        recipe: name of the file that describes the image.
        files: path inside the context -> content, or a file or link of this machine.
        lines: what goes along, with sizes.
    """

    recipe: str
    files: Mapping[str, bytes | Path]
    lines: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Of all files with their names and whether they can be run: the same content, the same image.

        Raises:
            CMError: when a file cannot be read.
        """
        digest = hashlib.sha256()
        for name, source in sorted(self.files.items()):
            content, mode = _content(source)
            digest.update(b"%d %s %d %s " % (len(name), name.encode(), len(content), mode) + content)
        return digest.hexdigest()

    def write(self, folder: Path) -> Path:
        """Write the context into a folder that is new or empty; returns the file that describes the image.

        Raises:
            AlreadyExistsError: when the folder holds something.
            CMError: when it cannot be written.
        """
        check_empty(folder)
        made: set[Path] = set()
        for name, source in self.files.items():
            file = folder / name
            try:
                if file.parent not in made:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    made.add(file.parent)
                if isinstance(source, bytes):
                    file.write_bytes(source)
                else:
                    shutil.copy2(source, file, follow_symlinks=False)
            except OSError as error:
                raise_os_error("write", file, error)
        return folder / self.recipe


def plan_context(
    job: ContainerJob, session: Session, *, base: str, recipe: str = DOCKERFILE, complete: bool = False
) -> Context:
    """What the context of a job holds.

    Args:
        base: the base image, with its digest where that is known.
        recipe: name of the file that describes the image, which is also its kind.
        complete: whether the image repeats the run with its files, which it then must be shown. An image of
            ours is for runs with any files.

    Raises:
        CMError: when a distribution cannot be packed, or a repository not be read.
    """
    settings = job.settings
    repositories = travelling_repositories(session, job)
    shipped = [job.script.path] if job.script.repo.kind is RepositoryKind.SHIPPED else []
    toolkit = collect_toolkit(session, settings.plugins, shipped)
    plan = ImagePlan(
        title=f"Runs the script {job.script.name} of the CM toolkit.",
        base=base,
        user=default_user(),
        script=job.script.ref,
        command=job.command if complete else job.image_command,
        mounts=tuple(mount.text for mount in job.mounts) if complete else (),
        build_command=job.build_command,
        pins=toolkit.pins,
        versions=toolkit.versions,
        repositories=tuple(repository.label for repository in repositories),
        pulled=settings.pulled,
        packages=settings.packages,
        pre_run_cmds=settings.pre_run_cmds,
    )
    files: dict[str, bytes | Path] = {
        recipe: _WRITERS[recipe](plan).encode(),
        _PINS: requirements(toolkit.pins).encode(),
    }
    files |= {f"wheels/{name}": content for name, content in toolkit.wheels.items()}
    files |= {f"home/{name}": source for name, source in home_files(repositories).items()}
    lines = tuple(repository.line for repository in repositories)
    return Context(recipe=recipe, files=files, lines=lines)


def check_empty(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        AlreadyExistsError: when it does.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise AlreadyExistsError(
            f"the folder {folder} is not empty", hint="add --force to replace it, or choose another one"
        )


def remove_context(folder: Path) -> None:
    """Remove a folder that an earlier call wrote.

    Raises:
        AlreadyExistsError: as :func:`check_ours`.
    """
    check_ours(folder)
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise_os_error("remove", folder, error)


def check_ours(folder: Path) -> None:
    """Refuse a folder that no earlier call wrote.

    Raises:
        AlreadyExistsError: when it does not look like one.
    """
    if not folder.exists():
        return
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else {""}
    # A folder of somebody else may well have a requirements.txt: every name must be one of ours.
    if names and not ({_PINS, "wheels"} <= names <= {*_WRITERS, _PINS, "wheels", "home"}):
        raise AlreadyExistsError(
            f"{folder} was not written by cm, so it is not replaced", hint="choose another folder"
        )


def _content(source: bytes | Path) -> tuple[bytes, bytes]:
    """What a file holds, and a mark for what it is."""
    if isinstance(source, bytes):
        return source, b"-"
    try:
        if source.is_symlink():
            return str(source.readlink()).encode(), b"l"
        return source.read_bytes(), b"x" if os.access(source, os.X_OK) else b"-"
    except OSError as error:
        raise_os_error("read", source, error)
