"""The Python files of automations that live in repositories: found, loaded once, made ready to be asked."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
import threading
import time
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen
from cm_core.model.errors import CMError

if TYPE_CHECKING:
    from cm_core.model.artifact import Artifact

CLASSIC = "module.py"
WITH_CONTROL = "modulex.py"
CLASS = "CAutomation"

# Words that always mean these methods, whatever an automation says.
METHODS = {"find": "search", "rm": "delete", "mv": "move", "cp": "copy"}
COMMON = frozenset(
    ("search", "add", "delete", "load", "update", "move", "copy", "info", "version", "test", "help")
)

_VERSION_ATTRIBUTE = "__cm_version__"
_FRESH_SECONDS = 2.0
_LOADING = threading.RLock()


@frozen
class Method:
    """A method of an automation.

    Attributes:
        name: as in the class.
        call: the bound method.
        file: where the class is defined.
    """

    name: str
    call: Any
    file: Path


def method_name(action: str, meta: dict[str, Any]) -> str:
    """The method that an action means: global synonyms first, then those of the automation's metadata."""
    word = action.replace("-", "_")
    if meta.get("use_any_action") is True:
        return "any"
    if word in METHODS or word in COMMON:
        return METHODS.get(word, word)
    own = meta.get("action_substitutions") or {}
    return str(own.get(word) or own.get(action) or word).replace("-", "_")


def instance(automation: Artifact, file: Path, cmind: Any) -> Any:
    """A fresh object of the automation's class with the attributes of the contract.

    Raises:
        CMError: when the file cannot be loaded or has no such class.
    """
    module = load_file(file, automation.name)
    made = getattr(module, CLASS, None)
    if made is None:
        raise CMError(f"the automation '{automation.name}' has no class {CLASS}: {file}")
    try:
        ready = made(cmind, str(file))
    except Exception as error:
        raise CMError(
            f"the automation '{automation.name}' cannot be made ready: {sentence(error)}",
            hint=f"see __init__ of {CLASS} in {file}",
        ) from error
    ready.meta = automation.original_meta
    ready.full_path = str(file)
    ready.artifact = automation.ref
    ready.artfact = automation.ref
    return ready


def own_method(automation: Any, name: str, file: Path) -> Method | None:
    """The method if the automation's class has it itself, rather than by inheritance from the common base."""
    from cmind.automation import Automation

    found = getattr(type(automation), name, None)
    if name.startswith("_") or not callable(found) or found is getattr(Automation, name, None):
        return None
    return Method(name=name, call=getattr(automation, name), file=file)


def own_methods(automation: Any) -> list[str]:
    """Names of the public methods that the automation's class has itself."""
    from cmind.automation import Automation

    names = (name for name in dir(type(automation)) if not name.startswith("_"))
    return [
        name
        for name in names
        if callable(getattr(type(automation), name))
        and getattr(type(automation), name) is not getattr(Automation, name, None)
    ]


def load_file(path: Path, name: str) -> ModuleType:
    """Import a Python file, once per process and version of the file.

    Args:
        name: of the automation, for messages.

    Raises:
        CMError: when it has a syntax error or its imports fail.
    """
    stat = path.stat()
    version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    unique = f"cm_automation_{os.fsencode(path.absolute()).hex()}"
    with _LOADING:
        module = sys.modules.get(unique)
        if module is None or getattr(module, _VERSION_ATTRIBUTE, None) != version:
            module = _import(path, unique, name)
            setattr(module, _VERSION_ATTRIBUTE, version)
    return module


def _import(path: Path, unique: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(unique, path, loader=_Loader(unique, str(path)))
    if spec is None or spec.loader is None:
        raise CMError(f"the automation '{name}' cannot be loaded: {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.pop(unique, None)
    # Registered while it runs, as classes defined in it look their module up by name.
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[unique]
        if previous is not None:
            sys.modules[unique] = previous
        if isinstance(error, (Exception, SystemExit)):
            raise _unloadable(path, name, error) from error
        raise
    return module


class _Loader(importlib.machinery.SourceFileLoader):
    """Python's own loader, except that a file edited just now is not taken from its compiled form."""

    def get_code(self, fullname: str) -> CodeType | None:
        if abs(time.time() - Path(self.path).stat().st_mtime) < _FRESH_SECONDS:
            return self.source_to_code(self.get_data(self.path), self.path)
        return super().get_code(fullname)


def _unloadable(path: Path, name: str, error: BaseException) -> CMError:
    line = error.lineno if isinstance(error, SyntaxError) else line_in(error, path.parent)[1]
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = f"install the Python module {error.name} beside cm"
    place = f" (line {line})" if line else ""
    return CMError(
        f"the automation '{name}' cannot be loaded: {sentence(error)}{place}",
        hint=hint or f"look at {path}",
        details={"automation": name, "file": str(path), "line": line},
    )


def line_in(error: BaseException, folder: Path) -> tuple[Path, int]:
    """The innermost line in a folder that led to an exception; else the innermost of all."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == folder]
    frame = (own or [*frames])[-1] if frames else None
    return (folder, 0) if frame is None else (Path(frame.filename), frame.lineno or 0)


def sentence(error: BaseException) -> str:
    """An exception as part of a sentence."""
    said = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
