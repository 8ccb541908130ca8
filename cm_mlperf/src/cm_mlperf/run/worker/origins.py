"""What a run was made from: the distributions and files that its worker has read.

Only the process itself knows: user code imports modules and opens files as it likes. Files that native code
or other processes open are not heard of.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_mlperf.run.sources import file_part, file_state

if TYPE_CHECKING:
    from cm_mlperf.interfaces import Component
    from cm_mlperf.run.worker.spec import WorkerSpec

_WRITES = os.O_WRONLY | os.O_RDWR
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/run", "/usr", "/lib", "/lib64", "/System", "/Library")
_PLUGINS = "cm"  # the group of their entry points
_COMPILED = (".pyc", ".pyo")


class Origins:
    """Hears which files the process opens, from now on.

    Args:
        spec: names what the parent looks at itself: the files of model and data.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        named = [_named_file(part) for part in (spec.dataset, spec.sut, spec.accuracy) if part is not None]
        code = [path for path in named if path.endswith(".py")]
        # Code is looked at here as well: it may change between the digest of the parent and the import.
        self._looked_at = tuple(path for path in named if path and path not in code)
        self._own = tuple(dict.fromkeys(os.path.dirname(path) for path in code))  # noqa: PTH120 - text
        self._ignored = (*_installation(), *_SYSTEM)
        private = [one for one in _hidden_folders() if not any(_is_below(own, (one,)) for own in self._own)]
        self._never = (os.path.abspath(spec.folder), *private)  # noqa: PTH100 - the same
        self._read: dict[str, None] = {}
        self._written: set[str] = set()
        self._states: dict[str, str] = {}
        # Not an audit hook of Python: with one, each `id()` in a model would take ten times as long.
        builtins.open = io.open = self._heard(io.open, "mode", "r")
        os.open = self._heard(os.open, "flags", os.O_RDONLY)

    def note(self) -> None:
        """Remember the state of everything read so far, before it can change."""
        for path in [*_module_files(), *list(self._read)]:
            if path not in self._states and path not in self._written and self._counts(path):
                with contextlib.suppress(OSError):  # a folder, or gone
                    self._states[path] = file_state(path)

    def sources(self) -> dict[str, str]:
        """Path -> state of each file of code or data that was read and is not part of the installation."""
        self.note()
        kept = {path: state for path, state in self._states.items() if path not in self._written}
        return dict(sorted(kept.items()))

    def _heard(self, function: Callable[..., Any], key: str, usual: object) -> Callable[..., Any]:
        """A function that opens files, of which this object hears.

        Args:
            key: name of its second argument, which says what for.
            usual: what that is when it is not given.
        """

        @functools.wraps(function)
        def opening(file: Any, *args: Any, **more: Any) -> Any:
            opened = function(file, *args, **more)
            if not isinstance(file, int):  # that would be open already
                self._hear(file, args[0] if args else more.get(key, usual))
            return opened

        return opening

    def _hear(self, file: Any, purpose: object) -> None:
        with contextlib.suppress(OSError):  # the current folder may be gone
            path = os.path.abspath(os.fsdecode(file))  # noqa: PTH100 - the folder may be another one later
            writes = purpose & _WRITES if isinstance(purpose, int) else set("wax+") & set(str(purpose))
            if writes:
                self._written.add(path)
            else:
                self._read[path] = None

    def _counts(self, path: str) -> bool:
        """Whether results may depend on a file, and nobody else looks at it."""
        if path.endswith(_COMPILED) or _is_below(path, (*self._looked_at, *self._never)):
            return False
        if "site-packages" in path or "dist-packages" in path:
            return False
        # The user's own folder may lie in one of those that are not looked at.
        return _is_below(path, self._own) or not _is_below(path, self._ignored)


def distributions() -> dict[str, str]:
    """Name -> version of Python and of the distributions whose modules this process has imported."""
    owners = _owners()
    names = {owner for module in _top_level_modules() for owner in owners.get(module, ())}
    return {"python": sys.version.split()[0], **{name: metadata.version(name) for name in sorted(names)}}


def makers(factories: Mapping[str, str]) -> dict[str, str]:
    """Role -> distributions and versions that ``package.module:name`` of each role comes from."""
    owners = _owners()
    found: dict[str, str] = {}
    for role, factory in factories.items():
        names = owners.get(factory.partition(":")[0].partition(".")[0], ())
        found[role] = ", ".join(f"{name} {metadata.version(name)}" for name in sorted(names))
    return {role: text for role, text in found.items() if text}


@functools.cache
def _owners() -> dict[str, set[str]]:
    """Module -> names of its distributions; an editable one does not list its modules, only its plugin."""
    owners = {module: set(names) for module, names in metadata.packages_distributions().items()}
    for entry in metadata.entry_points(group=_PLUGINS):
        if entry.dist is not None:
            owners.setdefault(entry.module.partition(".")[0], set()).add(entry.dist.name)
    return owners


def _top_level_modules() -> set[str]:
    return {name for name in list(sys.modules) if "." not in name}


def _module_files() -> list[str]:
    return [file for module in list(sys.modules.values()) if (file := _module_file(module))]


def _module_file(module: Any) -> str:
    """Where a module comes from; packages without a file of their own have a folder."""
    file = getattr(module, "__file__", None)
    if not file:
        folders = list(getattr(module, "__path__", None) or ())
        file = str(folders[0]) if folders else ""
    return file if isinstance(file, str) else ""


def _named_file(part: Component) -> str:
    """The file or folder that the options of a component name; ``""`` for none."""
    options = part.options
    word = str(options.get("function") or options.get("model") or options.get("path") or "")
    return os.path.abspath(file_part(word)) if word else ""  # noqa: PTH100 - text, as all here


def _installation() -> set[str]:
    """The folders of Python; its version is on record."""
    return {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}


def _hidden_folders() -> list[str]:
    """Settings and caches of programs; what is in them differs from time to time."""
    home = Path.home()
    with contextlib.suppress(OSError):
        return [str(path) for path in home.iterdir() if path.name.startswith(".")]
    return []


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(
        path == folder or path.startswith(folder.rstrip("/\\") + os.sep) for folder in folders if folder
    )
