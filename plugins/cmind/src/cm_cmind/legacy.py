"""A request to an automation that lives in a repository: which method answers, and its answer as a Result."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cmind import automations
from cm_cmind.automations import CLASSIC, COMMON, WITH_CONTROL, Method
from cm_cmind.contract import EXPORTS, Contract
from cm_core import ArtifactRef, CMError, InteractionError, ObjectRef, Result, UnknownTargetError, is_true
from cm_core.base import exception_sentence, innermost_line
from cm_core.flags import Manner, read_own_flags

if TYPE_CHECKING:
    from cm_cmind.bridge import SessionEngine
    from cm_core import Artifact, Request, Session


_HIGHEST_STATUS = 255
# Where a method that runs scripts answers with their variables and state, as the original names them.
_TOOLKIT_FLAGS = ("yes", "debug", "strict", "save_to_json")


def answer(request: Request, session: Session) -> Result | None:
    """Answer by the automation's own method; ``None`` leaves the request to the common actions.

    Raises:
        UnknownTargetError: when neither the automation nor the toolkit has the action.
        CMError: when the automation cannot be loaded, reports a failure or raises something.
    """
    automation = find_automation(request.automation, session)
    with_control = isinstance(request.options.get("control"), dict)
    file = None if automation is None else _file(automation, with_control=with_control)
    if automation is None or file is None:
        return None
    ready = _ready_or_warned(request, automation, file, session)
    if ready is None:
        return None
    if request.action == "help":
        return _help(request, automation, ready, file)
    method = _method(request, automation, ready, file)
    return None if method is None else _answer_request(request, automation, method, session)


def _answer_request(request: Request, automation: Artifact, method: Method, session: Session) -> Result:
    if _asks_for_help(request) and request.action not in (automation.meta.get("actions_with_help") or ()):
        return explain_method(method)
    given = control_input(request) if method.file.name == WITH_CONTROL else classic_input(request)
    with _outermost_folder(session):
        said = _call_method(method, automation, given)
    return _result(said, method, request)


def _asks_for_help(request: Request) -> bool:
    control = request.options.get("control")
    return is_true(control.get("h")) if isinstance(control, dict) else read_own_flags(Manner, request).help


def find_automation(name: str, session: Session) -> Artifact | None:
    """The automation of this name that lives in a repository."""
    found = session.index.find(ObjectRef(alias="automation"), ArtifactRef.parse(name))
    return found[0] if found else None


def classic_input(request: Request) -> Contract:
    """The dictionary that a method of ``module.py`` gets."""
    given = request.to_mapping()
    control = given.pop("control", None)
    if isinstance(control, dict):
        given.update({key: value for key, value in control.items() if not key.startswith("_")})
    given["action"] = request.action.replace("-", "_")
    given.update({f"parsed_{key}": value for key, value in _parse_contract(request).items()})
    return given


def control_input(request: Request) -> Contract:
    """The dictionary that a method of ``modulex.py`` gets: what is for the toolkit is in ``control``."""
    given = request.to_mapping()
    out = given.pop("out", None)
    control = given.pop("control", None)
    if control is None:
        # Asked by the classic command line, whose own flags are no input.
        control = {} if out is None else {"out": out}
        given = {key: value for key, value in given.items() if key not in _TOOLKIT_FLAGS}
    control = dict(control)
    if (value := given.pop("unparsed_cmd", None)) is not None:
        control.setdefault("_unparsed_cmd", value)
    if request.command:
        control.setdefault("_cmd", given.pop("cmd"))
    names = ("action", "automation", "artifact", "artifacts")
    control["_input"] = {key: value for key, value in given.items() if key not in names}
    control.update({f"_parsed_{key}": value for key, value in _parse_contract(request).items()})
    given["action"] = request.action.replace("-", "_")
    given["control"] = control
    return given


def explain_method(method: Method) -> Result:
    """The definition of a method with its description."""
    from cmind.utils import find_api

    found = find_api(str(method.file), method.name)
    lines = [str(method.file), "", *found.get("api", "").split("\n")]
    return Result(data={"path": str(method.file), "api": found.get("api", "")}, lines=tuple(lines))


def _parse_contract(request: Request) -> Contract:
    from cmind.utils import parse_cm_object

    def pairs(name: str) -> Any:
        return parse_cm_object(name).get("cm_object")

    parsed: Contract = {"automation": pairs(request.automation)}
    if request.artifact and (found := pairs(request.artifact)):
        parsed["artifact"] = found
    if several := [found for name in request.artifacts if (found := pairs(name))]:
        parsed["artifacts"] = several
    return parsed


def _file(automation: Artifact, *, with_control: bool) -> Path | None:
    names = (WITH_CONTROL, CLASSIC) if with_control else (CLASSIC, WITH_CONTROL)
    return next((path for name in names if (path := automation.path / name).is_file()), None)


def _ready_or_warned(request: Request, automation: Artifact, file: Path, session: Session) -> Any:
    """The automation's object; ``None`` when it cannot be had and the common actions can do without."""
    from cm_cmind.provide import use

    try:
        return _ready(automation, file, use(session))
    except CMError as error:
        if automations.method_name(request.action, automation.meta) not in COMMON:
            raise
        session.warn(str(error))
        return None


def _ready(automation: Artifact, file: Path, engine: SessionEngine) -> Any:
    from cmind import __version__
    from cmind.utils import compare_versions

    needed = str(automation.meta.get("min_cm_version") or "")
    if needed and compare_versions(needed, __version__) > 0:
        raise CMError(
            f"the automation '{automation.name}' needs CM {needed}, but this follows CM {__version__}",
            hint="update the toolkit, or use an older version of the repository",
        )
    return automations.instance(automation, file, engine.cm)


def _method(request: Request, automation: Artifact, ready: Any, file: Path) -> Method | None:
    name = automations.method_name(request.action, automation.meta)
    method = None
    if isinstance(request.options.get("control"), dict) and file.name == CLASSIC:
        method = automations.own_method(ready, f"{name}_cmx", file)
    method = method or automations.own_method(ready, name, file)
    if method is None and name not in COMMON:
        from cm_core.base import did_you_mean

        known = automations.own_methods(ready)
        raise UnknownTargetError(
            f"the automation '{automation.name}' has no action '{request.action}'",
            hint=did_you_mean(name, [*known, *sorted(COMMON)]) or f"it has: {', '.join(known)}",
        )
    return method


def _help(request: Request, automation: Artifact, ready: Any, file: Path) -> Result | None:
    """The page of the automation, or of its action that is named; ``None`` for a common one."""
    if request.artifact:
        name = automations.method_name(request.artifact, automation.meta)
        method = automations.own_method(ready, name, file)
        if method is not None or name in COMMON:
            return None if method is None else explain_method(method)
    names = automations.own_methods(ready)
    described = (getattr(type(ready), name).__doc__ or "" for name in names)
    firsts = (next(iter(text.strip().split("\n")), "") for text in described)
    lines = [
        f"{automation.ref} - an automation that lives in a repository",
        f"  from {file}",
        "",
        "Actions:",
        *(f"  {name:<28} {text}".rstrip() for name, text in zip(names, firsts, strict=True)),
        "",
        f"Actions common to all: {', '.join(sorted(COMMON - {'help'} - set(names)))}",
        f"More: cm ACTION {automation.name} --help",
    ]
    return Result(data={"actions": names, "path": str(file)}, lines=tuple(lines))


def _call_method(method: Method, automation: Artifact, given: Contract) -> Any:
    """Call the method; whatever it raises becomes one sentence."""
    what = f"'{method.name}' of the automation '{automation.name}'"
    try:
        return method.call(given)
    except CMError:
        raise
    except EOFError as error:
        raise InteractionError(f"{what} asked a question, but the input is closed") from error
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
        if code == 0:
            return {"return": 0}
        raise CMError(f"{what} ended the program with {error.code!r}", exit_code=code) from error
    except Exception as error:
        where, line = innermost_line(error, method.file.parent)
        raise CMError(
            f"{what} failed with {exception_sentence(error)} ({where.name}, line {line})",
            hint=f"look at {where}:{line}, or add --debug for the traceback",
            details={"automation": automation.name, "file": str(where), "line": line},
        ) from error
    finally:
        # Its children write to the same place without our buffer.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()


def _result(said: Any, method: Method, request: Request) -> Result:
    if not isinstance(said, dict) or not isinstance(said.get("return"), int):
        what = "nothing" if said is None else f"{type(said).__name__} without an integer 'return'"
        raise CMError(
            f"'{method.name}' in {method.file} returned {what}",
            hint="make it return {'return': 0}",
        )
    data = {key: value for key, value in said.items() if key not in ("return", "error")}
    code = int(said["return"])
    if code:
        error = str(said.get("error") or f"'{method.name}' returned {code} without a message")
        hint = str(data.pop("hint", "") or "")
        # What an error knew that the automation only hands on.
        inner = data.pop("details", None)
        data = {**inner, **data} if isinstance(inner, dict) else data
        raise CMError(error, hint=hint, details=data, exit_code=code if 0 < code <= _HIGHEST_STATUS else 1)
    lines: tuple[str, ...] = ()
    if _asks_for_help(request) and not data.pop("skip_delayed_help", False):
        lines = explain_method(method).lines
    return Result(data=data, lines=lines, exports=EXPORTS)


@contextlib.contextmanager
def _outermost_folder(session: Session) -> Any:
    """The outermost request runs in the folder of the session, and comes back to where the process was."""
    if session.depth > 1:
        yield
        return
    from cm_script import working_directory

    with working_directory(session.cwd):
        yield
