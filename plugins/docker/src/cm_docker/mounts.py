"""Inputs that are paths: what a container has to see, and what the paths are called inside."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, UsageError
from cm_core.base import user_path
from cm_docker.engine import Mount

if TYPE_CHECKING:
    from cm_core import Session
    from cm_docker.settings import ContainerSettings

WORK = "/workspace"
INPUTS = "/inputs"
# Inputs of every script that name files; other ones count when what they name exists.
_PATH_INPUTS = ("input", "path")
_OUTPUT_INPUTS = ("output",)
_PLACEHOLDER = re.compile(r"\${{ *(.*?) *}}")
_NEVER = frozenset({"tags", "ad", "adr", "add_deps", "add_deps_recursive", "quiet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a run inside a container.

    Attributes:
        options: with paths as they are called inside.
        paths: names of the inputs that are paths, nested ones as ``env.KEY``.
    """

    options: dict[str, Any]
    paths: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()


@dataclass(slots=True)
class _Finder:
    """Collects mounts while it goes through the inputs."""

    session: Session
    declared: frozenset[str]
    same_places: tuple[Path, ...]
    mounts: dict[str, Mount] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)

    def rewrite(self, values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for key, value in values.items():
            name = f"{prefix}{key}"
            if isinstance(value, Mapping) and name not in _NEVER:
                changed[key] = self.rewrite(value, f"{name}.")
            elif isinstance(value, list):
                changed[key] = [self.inside(name, item) for item in value]
            else:
                changed[key] = self.inside(name, value) if name not in _NEVER else value
        return changed

    def inside(self, name: str, value: Any) -> Any:
        """The value as the container knows it."""
        if not isinstance(value, str) or not value:
            return value
        if name == "path" and os.pathsep in value:
            return os.pathsep.join(self.inside(name, part) for part in value.split(os.pathsep))
        path = self.path_of(name, value)
        if path is None:
            return value
        if name not in self.paths:
            self.paths.append(name)
        return self.show(path)

    def path_of(self, name: str, value: str) -> Path | None:
        """The path that an input names, or ``None`` when it names none.

        Raises:
            NotFoundError: when it must name one that exists, and does not.
        """
        surely = name in self.declared or name in _PATH_INPUTS or name in _OUTPUT_INPUTS
        if "\n" in value or "://" in value or not (surely or value[0] in "/~."):
            return None
        path = Path(os.path.normpath(self.session.cwd / user_path(value)))
        if path.parent == path:
            return None  # A separator, perhaps; nobody means the whole machine.
        if _exists(path):
            return path
        if not surely:
            return None
        if path.is_relative_to(self.session.cwd) or (name not in _PATH_INPUTS and _exists(path.parent)):
            return path  # An output that the run makes.
        raise NotFoundError(f"--{name} names {path}, which does not exist", hint="check the path")

    def show(self, path: Path) -> str:
        """What a path is called inside; a mount is added where nothing shows it yet."""
        work = self.session.cwd
        if path.is_relative_to(work):
            return str(PurePosixPath(WORK, *path.relative_to(work).parts))
        if any(path.is_relative_to(place) for place in self.same_places):
            return str(path)
        shown = path if _exists(path) else path.parent
        if shown.parent == shown:
            raise UsageError(
                f"{path} does not exist, and the root of the file system is not mounted into a container",
                hint="create the folder first, or choose another one",
            )
        known = self.mounts.get(str(shown))
        if known is None:
            target = f"{INPUTS}/{len(self.mounts) + 1}/{shown.name or 'root'}"
            known = self.mounts[str(shown)] = Mount(source=mountable(shown), target=target)
        return str(PurePosixPath(known.target, *path.relative_to(shown).parts))


def find_inputs(options: Mapping[str, Any], settings: ContainerSettings, session: Session) -> Inputs:
    """Rewrite the inputs that are paths, and say what must be mounted for them.

    The current folder is always there, as ``/workspace``. With a shared cache the home is there by its own
    name, since results name their files.

    Raises:
        NotFoundError: when an input names a missing path.
    """
    homes = shared_homes(session) if settings.shared_cache else ()
    same = (session.home.path, *_outside_home(session), *homes) if settings.shared_cache else ()
    finder = _Finder(session=session, declared=frozenset(settings.input_paths), same_places=same)
    rewritten = finder.rewrite(options)
    shared = [Mount(source=place, target=str(place), read_only=place in homes) for place in same]
    return Inputs(options=rewritten, paths=tuple(finder.paths), mounts=(*shared, *finder.mounts.values()))


def metadata_mounts(
    settings: ContainerSettings, env: Mapping[str, Any], session: Session
) -> tuple[list[Mount], dict[str, str]]:
    """The mounts that metadata and ``--docker_mounts`` ask for.

    Args:
        env: what ``${{ KEY }}`` stands for; a mount with a key that has no value is left out.

    Returns:
        the mounts, and the keys with the paths as they are called inside.

    Raises:
        UsageError: when a mount is not ``SOURCE:TARGET``.
        NotFoundError: when its source does not exist.
    """
    mounts: list[Mount] = []
    inside: dict[str, str] = {}
    for text in settings.mounts:
        keys = _PLACEHOLDER.findall(text)
        if any(not env.get(key) for key in keys):
            continue
        source, target, read_only = _parts(text)
        path = Path(_fill_variables(source, env))
        path = Path(os.path.normpath(session.cwd / user_path(str(path))))
        if not _exists(path):
            raise NotFoundError(
                f"the mount '{text}' names {path}, which does not exist", hint="check the path before the ':'"
            )
        if _PLACEHOLDER.search(target):
            target = f"/mounts/{len(mounts) + 1}/{path.name}"
            inside.update(dict.fromkeys(_PLACEHOLDER.findall(source), target))
        if not target.startswith("/"):
            raise UsageError(f"the mount '{text}' needs an absolute path after the ':'")
        mounts.append(Mount(source=mountable(path), target=target, read_only=read_only))
    return mounts, inside


def mountable(path: Path) -> Path:
    """The path, when engines can read it as a part of ``SOURCE:TARGET``.

    Raises:
        UsageError: when they cannot.
    """
    if ":" in path.relative_to(path.anchor).as_posix():
        raise UsageError(
            f"{path} cannot be mounted into a container: its name has a colon",
            hint="use another name for it, for example a symbolic link",
        )
    return path


def _parts(text: str) -> tuple[str, str, bool]:
    body, read_only = text, False
    for mode in (":ro", ":rw"):
        if body.endswith(mode):
            body, read_only = body.removesuffix(mode), mode == ":ro"
    source, colon, target = body.rpartition(":")
    if not (colon and source and target):
        raise UsageError(
            f"'{text}' is not a valid mount", hint="write --docker_mounts=/here:/inside or /here:/inside:ro"
        )
    return source, target, read_only


def _fill_variables(text: str, env: Mapping[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(env.get(found[1], "")), text)


def shared_homes(session: Session) -> tuple[Path, ...]:
    """The shared homes in use, in search order."""
    return tuple(dict.fromkeys(repo.home for repo in session.repos.list() if repo.home is not None))


def _outside_home(session: Session) -> tuple[Path, ...]:
    home = session.home.path
    return tuple(
        path for path in session.repos.registered_paths() if not path.is_relative_to(home) and path.is_dir()
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
