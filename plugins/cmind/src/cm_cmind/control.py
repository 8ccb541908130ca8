"""Requests with ``control``: flags for the toolkit apart from the input, as ``cmx`` types them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_cmind.contract import Contract, request_from
from cm_core import CMError, Request, UsageError, is_true, replace

if TYPE_CHECKING:
    from cm_cmind.contract import Engine

FLAGS = {
    "h": "print help (also -help)",
    "v": "print the version (also -version)",
    "out": "con (the default) or nothing (-out=) to be silent",
    "j": "print the answer as JSON as well (also -json)",
    "save_to_json_file": "write the answer to this file as JSON",
    "save_to_yaml_file": "write the answer to this file as YAML",
    "common": "let the common action answer, not that of the automation",
    "ignore_inheritance": "take metadata as written",
    "log": "log: debug, info (the default), warning or error",
    "logfile": "log to this file instead of the console",
    "raise": "fail with a traceback",
    "repro": "record input, answer and log in the folder cmx-repro",
    "i": "print what memory and disk are used",
    "f": "do not ask (for the action)",
    "time": "print the time that it took",
    "profile": "print where the time was spent",
}
_ALSO = {"help": "h", "version": "v", "json": "j"}
_HANDED_ON = ("h", "out", "log", "logfile", "ignore_inheritance")
# Shorter words for a whole action.
_SHORTCUTS = {"ff": ("run", "flex.flow")}


def answer_x(engine: Engine, request: Any, out: str | None) -> Contract:
    """Answer a request whose flags for the toolkit are in ``control``; a failure is a code with ``error``."""
    from cm_cmind.watching import watch_request

    try:
        given = read_contract(request, out)
    except CMError as error:
        return error.to_mapping()
    control = given["control"]
    with watch_request(engine, given) as watch:
        started = time.perf_counter()
        try:
            answer = _answer_contract(engine, given)
        except CMError as error:
            answer = error.to_mapping()
        if control.get("time"):
            answer["self_time"] = time.perf_counter() - started
        watch.finished(answer)
    if answer["return"] and is_true(control.get("raise")):
        raise RuntimeError(answer.get("error", ""))
    return answer


def read_contract(request: Any, out: str | None) -> Contract:
    """The request as a dictionary of its own with ``control``; other things than names are by reference.

    Raises:
        UsageError: when it cannot be read or has an unknown control flag.
    """
    if isinstance(request, Mapping):
        given: Contract = dict(request)
    else:
        from cmind.cli import parsex

        parsed = parsex(request)
        if parsed["return"]:
            raise UsageError(parsed["error"])
        given = parsed["cmx_input"]
    control = dict(given.get("control") or {})
    for key in ("_input", "_automation", "_artifact", "_artifacts"):
        control.pop(key, None)  # what an earlier request left
    for word, meant in _ALSO.items():
        if word in control:
            control[meant] = control.pop(word)
    unknown = [key for key in control if key not in FLAGS and not key.startswith("_")]
    if unknown:
        raise UsageError(
            f"unknown control flag: -{', -'.join(unknown)}",
            hint="flags of the action are written with two dashes; see: cmx -h",
        )
    if control.get("out") is True or ("out" not in control and out is not None):
        control["out"] = "con" if control.get("out") is True else out
    if "f" in control:
        given["f"] = control.pop("f")
    if given.get("action") in _SHORTCUTS and not given.get("automation"):
        given["action"], given["automation"] = _SHORTCUTS[given["action"]]
    given["control"] = control
    return given


def help_text() -> str:
    """What can be typed."""
    flags = "\n".join(f"  -{name:<20} {text}" for name, text in FLAGS.items())
    return (
        "usage: cmx ACTION AUTOMATION [ARTIFACT ...] [-FLAG ...] [--key=value ...] [@file.yaml ...]\n\n"
        "Common actions: find, add, load, update, rm, move, copy, info, version, test.\n"
        "cmx ACTION AUTOMATION -h explains an action.\n\n"
        f"Control flags:\n{flags}\n"
    )


def _answer_contract(engine: Engine, given: Contract) -> Contract:
    control, console = given["control"], given["control"].get("out") == "con"
    action, automation = given.get("action") or "", given.get("automation") or ""
    asks = bool(control.get("h"))
    if control.get("v") or (action == "version" and not automation):
        from cm_core import __version__

        return {"return": 0, "version": __version__, **_say(f"{__version__}\n", console=console)}
    if not action or (asks and not automation):
        _say(help_text(), console=console)
        if asks or console:
            return {"return": 0}
        return {"return": 1, "warning": "", "error": "no action was given"}
    if action == "init" and not automation:
        given["automation"] = "core"
    return engine.call(_request(engine, given))


def _request(engine: Engine, given: Contract) -> Request:
    """The request for the session, where ``control`` is an option of automations in repositories only."""
    control = given["control"]
    request = request_from({key: value for key, value in given.items() if key != "control"})
    options = dict(request.options)
    if control.get("out") is not None:
        options["out"] = control["out"]
    options.update({key: True for key in ("common", "ignore_inheritance") if is_true(control.get(key))})
    kind = None
    if request.automation and not is_true(control.get("common")):
        kind = engine.session.kind(request.automation)
    if kind is not None and kind.automation is None:
        # The other flags are done with here; requests that this one leads to must not repeat them.
        options["control"] = {
            key: value for key, value in control.items() if key in _HANDED_ON or key.startswith("_")
        }
    elif control.get("h"):
        options["help"] = True
    remainder = control.get("_unparsed_cmd")
    unparsed = request.unparsed if remainder is None else tuple(remainder)
    return replace(request, options=options, unparsed=unparsed)


def _say(text: str, *, console: bool) -> Contract:
    if console:
        sys.stdout.write(text)
    return {}
