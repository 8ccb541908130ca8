"""From words to an exit status: read, decide about help, call the session, show the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core.base.frozen import replace
from cm_core.cli.console import Console
from cm_core.errors import CMError, UnknownTargetError
from cm_core.flags import Manner, Understood, read_own_flags
from cm_core.model.argline import parse_words
from cm_core.model.request import Request, is_true
from cm_core.model.result import Result

# Verbs that may stand alone: they are then about the toolkit itself.
_ABOUT_ITSELF = frozenset(("init", "uid"))
_NEW_OBJECTS_BEFORE_A_SEARCH = 20_000
_SHORT = {"y": "yes", "q": "quiet"}  # plugins read these two as inputs of theirs


def answer_words(console: Console, words: list[str]) -> int:
    """Answer ``ACTION AUTOMATION …``."""
    request = with_long_names(parse_words(words, cwd=console.cwd, flags_of=console.flags_of))
    console.adopt(_without_other_json(console, request))
    request = request.with_options(out=console.renderer.form)
    if request.action == "version" and not request.automation and not is_asking_for_help(request.options):
        from cm_core.release import __version__

        return console.show(Result(data={"version": __version__}, lines=(__version__,)))
    if request.action in _ABOUT_ITSELF and not request.automation:
        request = replace(request, automation="core")
    if not request.automation and request.artifact:
        words = [
            request.action,
            request.artifact,
            *(word for word in request.command if word != request.artifact),
        ]
        raise UnknownTargetError(
            "the automation must come right after the action, before any flags",
            hint=f"use: cm {' '.join(words)}",
        )
    if is_asking_for_help(request.options) and not _has_help_of_its_own(console, request):
        return help_words(console, [word for word in (request.action, request.automation) if word])
    return console.show(call(console, request))


def with_long_names(request: Request) -> Request:
    """The request with ``--yes`` for ``-y`` and ``--quiet`` for ``-q``, as plugins read them."""
    extra = {long: True for short, long in _SHORT.items() if is_true(request.options.get(short))}
    return request.with_options(**extra) if extra else request


def is_asking_for_help(options: Mapping[str, Any]) -> bool:
    """Whether ``--help`` or ``-h`` was typed."""
    return options.get("help") is True or options.get("h") is True


def _without_other_json(console: Console, request: Request) -> Request:
    """The request without a ``--json`` that means something else to its action than ``--out=json``."""
    if not ({"json", "j"} & request.options.keys()) or "out" in request.options:
        return request
    automation = console.catalog.automation(request.automation) if request.automation else None
    if automation is None:
        return request
    verb = console.registry.verb(request.action, automation.name)
    keys = {key for flag in console.catalog.flags(verb, automation.name) for key in flag.keys}
    own = keys & {"json", "j"}
    return replace(request, options={key: value for key, value in request.options.items() if key not in own})


def call(console: Console, request: Request) -> Result:
    """Let the session answer, with the terminal as the one who is asked and told.

    Raises:
        CMError: when the call fails.
    """
    import sys

    from cm_core.interaction import Interaction

    session = console.session
    asked, understood = read_own_flags(Manner, request), read_own_flags(Understood, request)
    reporter = console.reporter(silent=understood.silent, debug=understood.verbose or console.debug)
    session.reporter = reporter
    session.interaction = Interaction(
        quiet=asked.quiet,
        yes=asked.yes,
        # Answers may also come from a pipe; when it ends before the answer, that is an error of its own.
        interactive=not sys.stdin.closed,
        read=reporter.ask,
    )
    _collect_garbage_from_now_on()
    return session.call(request)


def _collect_garbage_from_now_on() -> None:
    """Switch on what was off while the command line started, when this process is ours to decide about.

    What is there by now lives as long as the process, so it is left out of each search. Importing the engine
    makes ten thousands of objects more and no garbage: with the usual threshold of 700 new objects the
    searches would take a tenth of a short run.
    """
    import gc

    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS_BEFORE_A_SEARCH)
        gc.enable()


def help_words(console: Console, words: list[str]) -> int:
    """Answer ``help``, ``help AUTOMATION``, ``help ACTION`` and ``help ACTION AUTOMATION``.

    Raises:
        UnknownTargetError: when there is no such action or automation.
    """
    console.renderer.text(help_text(console, [word for word in words if not word.startswith("-")]))
    return 0


def help_text(console: Console, words: list[str]) -> str:
    """The help page for up to two words.

    Raises:
        UnknownTargetError: when there is no such action or automation.
    """
    from cm_core.cli import helptext

    catalog = console.catalog
    if not words:
        return helptext.overview(catalog, console.commands)
    first, *rest = words
    verb = catalog.verb(first)
    if verb is None and (automation := catalog.automation(first)):
        return helptext.automation_help(catalog, automation)
    if not rest:
        if verb is None:
            return _help_of_foreign_kind(console, first)
        return helptext.action_help(catalog, verb)
    automation = catalog.automation(rest[0])
    if automation is None:
        return _help_of_foreign_kind(console, rest[0], first)
    if verb is None:
        raise UnknownTargetError(
            f"the automation '{automation.name}' has no action '{first}'",
            hint=f"see: cm help {automation.name}",
        )
    return helptext.action_on_automation_help(catalog, verb, automation)


def _help_of_foreign_kind(console: Console, name: str, action: str = "") -> str:
    """Help for an automation that lives in a repository or its action, as the session gives it."""
    from cm_core.base.suggest import did_you_mean

    try:
        kind = console.session.kind(name)
    except UnknownTargetError as error:
        known = [*console.catalog.verbs, *console.registry.automations]
        hint = did_you_mean(name, known) or error.hint
        raise UnknownTargetError(f"there is no action or automation '{name}'", hint=hint) from error
    if kind.automation is not None:
        from cm_core.cli.helptext import automation_help

        return automation_help(console.catalog, kind.automation)
    asked = Request(action="help", automation=str(kind.ref), artifact=action)
    return "\n".join(console.session.call(asked).lines)


def _has_help_of_its_own(console: Console, request: Request) -> bool:
    """Whether the plugin explains the very artifact that is named."""
    named = request.artifact or request.options.get("tags")
    if not named or not request.automation:
        return False
    try:
        automation = console.session.kind(request.automation).automation
    except CMError:
        return False
    if automation is None:
        return False
    verb = console.registry.verb(request.action, automation.name)
    return any(flag.name == "help" for flag in console.catalog.flags(verb, automation.name))
