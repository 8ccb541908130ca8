"""Help, written from what the plugins announce about themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cm_core.cli.catalog import ALL_KINDS, Catalog, Verb
from cm_core.cli.flagtext import by_group, sentence_of
from cm_core.cli.words import GRAMMAR
from cm_core.errors import UnknownTargetError
from cm_core.flags import Everywhere, Flag
from cm_core.plugins.interface import Automation

if TYPE_CHECKING:
    import click

    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session

_WIDTH = 100
_COLUMN = 30
_FLAG_FORMS = (
    ("--key=value", "a text; --key value means the same where the flag is declared with one"),
    ("--key / --key-", "yes / no"),
    ("--key,=a,b", "a list"),
    ("--key.sub=value", "a value inside a dictionary"),
    ("@file.yaml, @file.json", "keys from a file, at this place in the order"),
    ("-- REST", "everything that follows, untouched"),
)


def overview(catalog: Catalog, commands: Mapping[str, click.Command]) -> str:
    """``cm --help``.

    Args:
        commands: the top-level commands that are not actions.
    """
    common = [verb for verb in catalog.verbs.values() if ALL_KINDS in verb.kinds]
    own = [verb for verb in catalog.verbs.values() if verb not in common]
    blocks = [
        f"Usage: {GRAMMAR}",
        _section("Actions", [(", ".join(verb.words), verb.help) for verb in common]),
        *(
            _section(f"Actions of {kind}", [_row_on(catalog, verb, kind) for verb in verbs])
            for kind, verbs in _by_kind(own)
        ),
        _section("Automations", [(item.name, item.help) for item in catalog.registry.automations.values()]),
        _section("Commands", [(name, item.get_short_help_str(60)) for name, item in commands.items()]),
        *_flag_sections(Everywhere.__declared__),
        _section("How flags are written", _FLAG_FORMS),
        _section(
            "Next",
            (
                ("cm ACTION --help", "automations that have an action"),
                ("cm ACTION AUTOMATION --help", "its flags"),
                ("cm help AUTOMATION", "all actions of an automation"),
                ("cm find automation", "all automations, those of repositories too"),
                ("cm doctor", "check this installation"),
            ),
        ),
    ]
    return "\n\n".join(block for block in blocks if block)


def action_help(catalog: Catalog, verb: Verb) -> str:
    """``cm ACTION --help``."""
    kinds = catalog.automations_with(verb.name)
    known = catalog.registry.automations
    blocks = [
        f"Usage: cm {verb.name} AUTOMATION [ARTIFACT ...] [flags]\n\n  {verb.help}{_also(verb)}",
        _section("Automations", [(name, known[name].help) for name in kinds]),
    ]
    if ALL_KINDS in verb.kinds:
        blocks += _flag_sections(catalog.flags(verb.name, ALL_KINDS))
    blocks += [
        *_flag_sections(Everywhere.__declared__),
        _section("Next", [(f"cm {verb.name} {name} --help", "") for name in kinds[:3]]),
    ]
    return "\n\n".join(block for block in blocks if block)


def action_on_automation_help(catalog: Catalog, verb: Verb, automation: Automation) -> str:
    """``cm ACTION AUTOMATION --help``.

    Raises:
        UnknownTargetError: when the automation does not have this action.
    """
    if verb not in catalog.verbs_of(automation.name):
        raise UnknownTargetError(
            f"the automation '{automation.name}' has no action '{verb.name}'",
            hint=f"see: cm help {automation.name}",
        )
    action = catalog.registry.find_action(verb.name, automation.name)
    what = action.help if action else automation.help if verb.name == "run" else verb.help
    passed_on = "Other flags are passed on to what runs."
    more = passed_on if catalog.registry.passes_flags_on(verb.name, automation.name) else ""
    declared = catalog.flags(verb.name, automation.name)
    others = [flag for flag in Everywhere.__declared__ if flag.name not in {known.name for known in declared}]
    examples = action.examples if action and action.examples else automation.examples.get(verb.name, ())
    blocks = [
        f"Usage: cm {verb.name} {automation.name} [ARTIFACT ...] [flags]\n\n  {what}{_also(verb)}",
        *_flag_sections(declared),
        more,
        *_flag_sections(others),
        _section("Examples", [(example, "") for example in examples]),
    ]
    return "\n\n".join(block for block in blocks if block)


def automation_help(catalog: Catalog, automation: Automation) -> str:
    """``cm help AUTOMATION``."""
    verbs = catalog.verbs_of(automation.name)
    owner = catalog.registry.plugins[catalog.registry.owners[automation.name]]
    source = f"\n  from {owner.distribution} {owner.version}"
    rows: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for verb in verbs:
        rows[automation.name in verb.kinds].append(_row_on(catalog, verb, automation.name))
    blocks = [
        f"{automation.name},{automation.uid} - {automation.help}{source}",
        _section("Actions", rows[True]),
        _section("Actions common to all automations", rows[False]),
        f"Flags: cm ACTION {automation.name} --help",
    ]
    return "\n\n".join(block for block in blocks if block)


def explain_automation(request: Request, session: Session) -> Result:
    """The action ``help`` for programs: the page of an automation and the names of its actions.

    Raises:
        UnknownTargetError: when there is no such automation.
    """
    from cm_core.model.result import Result

    catalog, kind = Catalog(session.plugins), session.kind(request.automation)
    if kind.automation is None:
        text = foreign_help(catalog, str(kind.ref))
        verbs = catalog.verbs_of(kind.ref.alias)
    else:
        text = automation_help(catalog, kind.automation)
        verbs = catalog.verbs_of(kind.automation.name)
    return Result(data={"actions": [verb.name for verb in verbs]}, lines=tuple(text.splitlines()))


def foreign_help(catalog: Catalog, name: str) -> str:
    """Help for an automation that lives in a repository, of which no plugin knows more."""
    verbs = ", ".join(verb.name for verb in catalog.verbs_of(name.partition(",")[0]))
    return f"{name} - an automation that lives in a repository\n\nActions common to all: {verbs}"


def _row_on(catalog: Catalog, verb: Verb, kind: str) -> tuple[str, str]:
    """A verb with what it does on this automation; several may have a verb of one name."""
    action = catalog.registry.find_action(verb.name, kind)
    return ", ".join(verb.words), action.help if action else verb.help


def _also(verb: Verb) -> str:
    return f" (also: {', '.join(verb.synonyms)})" if verb.synonyms else ""


def _by_kind(verbs: Iterable[Verb]) -> list[tuple[str, list[Verb]]]:
    kinds: dict[str, list[Verb]] = {}
    for verb in verbs:
        for kind in verb.kinds:
            kinds.setdefault(kind, []).append(verb)
    return sorted(kinds.items())


def _flag_sections(flags: Iterable[Flag]) -> list[str]:
    """The flags by use, with what their values are."""
    return [
        _section(title or "Flags", [(flag.form, sentence_of(flag)) for flag in group])
        for title, group in by_group(flags).items()
    ]


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    import textwrap

    lines = []
    for left, right in rows:
        head = f"  {left}"
        if not right:
            lines.append(head)
            continue
        body = textwrap.wrap(right, _WIDTH - _COLUMN)
        if len(head) > _COLUMN - 2:
            lines.append(head)
            head = ""
        lines.append(f"{head:<{_COLUMN}}{body[0]}")
        lines += [" " * _COLUMN + line for line in body[1:]]
    return "\n".join([f"{title}:", *lines]) if lines else ""
