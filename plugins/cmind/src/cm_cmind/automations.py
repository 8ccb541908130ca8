"""The Python files of automations that live in repositories: found, loaded once, made ready to be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, frozen
from cm_core.base import exception_sentence, innermost_line, load_python_file

if TYPE_CHECKING:
    from cm_core import Artifact

CLASSIC = "module.py"
WITH_CONTROL = "modulex.py"
CLASS = "CAutomation"

# Words that always mean these methods, whatever an automation says.
METHODS = {"find": "search", "rm": "delete", "mv": "move", "cp": "copy"}
COMMON = frozenset(
    ("search", "add", "delete", "load", "update", "move", "copy", "info", "version", "test", "help")
)


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
    module = load_python_file(file, "cm_automation", lambda error: _unloadable(file, automation.name, error))
    made = getattr(module, CLASS, None)
    if made is None:
        raise CMError(f"the automation '{automation.name}' has no class {CLASS}: {file}")
    try:
        ready = made(cmind, str(file))
    except Exception as error:
        raise CMError(
            f"the automation '{automation.name}' cannot be set up: {exception_sentence(error)}",
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


def _unloadable(path: Path, name: str, error: BaseException) -> CMError:
    line = error.lineno if isinstance(error, SyntaxError) else innermost_line(error, path.parent)[1]
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = f"install the Python module {error.name} in cm's environment"
    place = f" (line {line})" if line else ""
    return CMError(
        f"the automation '{name}' cannot be loaded: {exception_sentence(error)}{place}",
        hint=hint or f"look at {path}",
        details={"automation": name, "file": str(path), "line": line},
    )
