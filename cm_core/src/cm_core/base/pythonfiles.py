"""Python files that lie in repositories: loaded by path, once per process and version of the file."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType

from cm_core.errors import CMError

_VERSION_ATTRIBUTE = "__cm_version__"
_FRESH_SECONDS = 2.0
# One for each file: what a file starts while it is imported may load others, and be waited for.
_LOCKS: dict[str, threading.RLock] = {}


def load_python_file(path: Path, prefix: str, explain: Callable[[BaseException], CMError]) -> ModuleType:
    """Import a file that is not in a package. Python keeps its compiled form as for every module.

    Args:
        path: the file.
        prefix: of the module's name, which is made from the path, since many of these files are called alike.
        explain: makes the error for whatever the file raises while it is imported.

    Raises:
        CMError: what ``explain`` made.
        OSError: when the file cannot be looked at.
    """
    stat = path.stat()
    version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    unique = f"{prefix}_{os.fsencode(path.absolute()).hex()}"
    with _LOCKS.setdefault(unique, threading.RLock()):
        module = sys.modules.get(unique)
        if module is None or getattr(module, _VERSION_ATTRIBUTE, None) != version:
            module = _import(path, unique, explain)
            setattr(module, _VERSION_ATTRIBUTE, version)
    return module


def _import(path: Path, unique: str, explain: Callable[[BaseException], CMError]) -> ModuleType:
    loader = _Loader(unique, str(path))
    spec = importlib.machinery.ModuleSpec(unique, loader, origin=str(path))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.get(unique)
    # Registered while it runs, as classes defined in it look their module up by name.
    sys.modules[unique] = module
    try:
        loader.exec_module(module)
    except BaseException as error:
        if previous is None:
            del sys.modules[unique]
        else:
            sys.modules[unique] = previous
        if isinstance(error, (Exception, SystemExit)):
            raise explain(error) from error
        raise
    return module


class _Loader(importlib.machinery.SourceFileLoader):
    """Python's own loader, except that a file edited just now is not taken from its compiled form.

    That form is recognised by whole seconds and size, which an edit may leave as they are.
    """

    def get_code(self, fullname: str) -> CodeType | None:
        if abs(time.time() - Path(self.path).stat().st_mtime) < _FRESH_SECONDS:
            return self.source_to_code(self.get_data(self.path), self.path)
        return super().get_code(fullname)


def innermost_line(error: BaseException, folder: Path) -> tuple[Path, int]:
    """The innermost line of a file in this folder that led to an exception; else the innermost of all."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == folder]
    frame = (own or [*frames])[-1] if frames else None
    return (folder, 0) if frame is None else (Path(frame.filename), frame.lineno or 0)


def exception_sentence(error: BaseException) -> str:
    """An exception as part of a sentence."""
    said = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
