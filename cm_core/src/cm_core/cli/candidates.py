"""What could stand at a place of a command line, from the plugins, the index and the named artifacts."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from cm_core.cli.group import ToolGroup, make_group
from cm_core.errors import CMError
from cm_core.flags import Everywhere, Flag, dashed
from cm_core.model.argline import parse_words, split_flag
from cm_core.plugins.interface import Offer

if TYPE_CHECKING:
    from cm_core.cli.catalog import Verb
    from cm_core.cli.console import Console

_NEVER_FILES = ("whole", "number", "duration", "size")


def complete(console: Console, words: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """What could stand at the place of the last, incomplete word.

    Args:
        words: the complete words before it, without the program's name.
    """
    if "--" in words or incomplete.startswith("@"):
        return [CompletionItem(incomplete, type="file")]
    group = make_group(console)
    if not words:
        return _items(_first_words(console), incomplete)
    verb = console.catalog.verb(words[0])
    if verb is None:
        return _of_click_command(group, console, words, incomplete)
    if len(words) == 1 and not incomplete.startswith("-"):
        return _items(_automations(console, verb), incomplete)
    return _Place(console, verb, words, incomplete).items()


class _Place:
    """A place after verb and kind.

    Args:
        words: all before it.
        incomplete: what stands there already.
    """

    def __init__(self, console: Console, verb: Verb, words: Sequence[str], incomplete: str) -> None:
        self._console = console
        self._verb = verb
        self._words = words
        self._kind = words[1] if len(words) > 1 else ""
        self._automation = console.catalog.automation(self._kind)
        self._incomplete = incomplete

    def items(self) -> list[CompletionItem]:
        """A flag, the value of the flag before it, or the name of an artifact."""
        before, incomplete = self._words[-1], self._incomplete
        if incomplete.startswith("-"):
            return self._flag_items()
        if before.startswith("-"):
            typed, name, equals, _ = split_flag(before)
            flag = self._flags.get(name)
            if flag is not None and not equals and flag.takes(typed):
                return self._value_items(flag, typed, "", incomplete)
        names, tags = _words_of_kind(self._console, self._kind)
        done = _done(incomplete)
        if self._is_open and (done or incomplete.startswith("_")):
            return _listed(self._offer.words or tags, done, incomplete)
        return _items(names, incomplete)

    @cached_property
    def _is_open(self) -> bool:
        """Whether what the line names may have flags of its own."""
        registry, automation = self._console.registry, self._automation
        return automation is not None and registry.passes_flags_on(self._verb.name, automation.name)

    @cached_property
    def _flags(self) -> dict[str, Flag]:
        """The declared flags, by each of their names; those of the verb first."""
        kind = self._automation.name if self._automation else self._kind
        own = self._console.catalog.flags(self._verb.name, kind)
        by_key = {key: flag for flag in (*Everywhere.__declared__, *own) for key in flag.keys}
        return {key: by_key[key] for flag in (*own, *Everywhere.__declared__) for key in flag.keys}

    @cached_property
    def _offer(self) -> Offer:
        """What the artifacts before the place take."""
        if not self._is_open or self._automation is None:
            return Offer()
        words = [self._verb.name, self._automation.name, *self._words[2:], *self._named_here()]
        try:
            request = parse_words(words, cwd=self._console.cwd, flags_of=self._console.flags_of)
            session = self._console.session
            return session.hooks.first("cm_complete", Offer, request=request, session=session) or Offer()
        except Exception:  # noqa: BLE001 - whatever it raises: no completions, never noise
            return Offer()

    def _named_here(self) -> list[str]:
        """The part of the incomplete word that says already which artifacts are meant."""
        if not self._incomplete.startswith("-"):
            done = _done(self._incomplete)
            return [done[:-1]] if done else []
        _, name, equals, value = split_flag(self._incomplete)
        tags = value.rpartition(",")[0]
        return [f"--{name}={tags}"] if equals and tags and _has_tags(self._flags.get(name)) else []

    def _flag_items(self) -> list[CompletionItem]:
        typed, name, equals, value = split_flag(self._incomplete)
        if not equals:
            flags = (*self._offer.flags, *self._flags.values())
            return _items(dict.fromkeys(map(_completable_part, flags)), self._incomplete)
        flag = self._flags.get(name)
        if flag is None or not (flag.choices or flag.values):
            flag = next((own for own in self._offer.flags if own.name == name), flag)
        return self._value_items(flag, typed, self._incomplete.removesuffix(value), value)

    def _value_items(self, flag: Flag | None, typed: str, start: str, value: str) -> list[CompletionItem]:
        """What the value of a flag can be.

        Args:
            flag: ``None`` when nobody knows it.
            typed: the flag with its keys, of which nobody knows what their values are.
            start: what stands before the value in the same word.
        """
        known = () if flag is None or "." in typed else self._known_values(flag)
        if flag is not None and (flag.kind in _NEVER_FILES or (flag.nested and not known)):
            return []
        if flag is None or not known:
            return [CompletionItem(value, type="file")]
        if flag.kind != "words":
            return _items([f"{start}{word}" for word in known], f"{start}{value}")
        done = value[: value.rfind(",") + 1]
        return _listed(known, done, value, start=start, excluded=_has_tags(flag))

    def _known_values(self, flag: Flag) -> Sequence[str]:
        if flag.values in ("tags", "artifacts"):
            aliases, tags = _words_of_kind(self._console, self._kind)
            return self._offer.words or tags if flag.values == "tags" else aliases
        if not flag.values:
            return flag.choices
        module, _, function = flag.values.partition(":")
        try:
            return list(getattr(importlib.import_module(module), function)(self._console.session))
        except Exception:  # noqa: BLE001 - whatever it raises: no completions, never noise
            return ()


def _has_tags(flag: Flag | None) -> bool:
    return flag is not None and flag.values == "tags"


def _done(word: str) -> str:
    """The part of a list of tags that is complete, with the separator."""
    return word[: max(word.rfind(" "), word.rfind(",")) + 1]


def _listed(
    known: Iterable[str], done: str, value: str, *, start: str = "", excluded: bool = True
) -> list[CompletionItem]:
    """The next word of a list.

    Args:
        done: the words before it.
        start: what stands before the list in the same word.
        excluded: whether a word may have a dash before it, which means not.
    """
    minus = "-" if excluded and value[len(done) :].startswith("-") else ""
    before = done.replace(",", " ").split()
    return _items([f"{start}{done}{minus}{word}" for word in known if word not in before], f"{start}{value}")


def _first_words(console: Console) -> list[str]:
    verbs = [word for verb in console.catalog.verbs.values() for word in verb.words]
    return [*sorted({*verbs, *console.commands, "help"}), "--help", "--version"]


def _automations(console: Console, verb: Verb | None) -> list[str]:
    names = list(console.catalog.automations_with(verb.name) if verb else console.registry.automations)
    if verb is None or "*" in verb.kinds:
        names += _words_of_kind(console, "automation")[0]
    return sorted(set(names))


def _words_of_kind(console: Console, kind: str) -> tuple[list[str], list[str]]:
    """Aliases and tags of a kind, from the index."""
    try:
        session = console.session
        return session.index.words(session.kind(kind).ref)
    except CMError:
        return [], []


def _completable_part(flag: Flag) -> str:
    """The part of a flag that can be completed: ``--tags=``, ``--env.``, ``--quiet``."""
    typed = dashed(flag.name)
    if flag.has_keys:
        return f"{typed}."
    return f"{typed}=" if flag.takes_next_word else typed


def _items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _of_click_command(
    group: ToolGroup, console: Console, words: Sequence[str], incomplete: str
) -> list[CompletionItem]:
    """Ask the commands that plugins added; ``help`` takes actions and automations."""
    if words[0] == "help":
        return _items([*console.catalog.verbs, *_automations(console, None)], incomplete)
    if words[0] not in console.commands:
        return []
    command: click.Command = group
    context = group.make_context("cm", list(words), resilient_parsing=True, obj=console)
    for word in words:
        if not isinstance(command, click.Group):
            break
        below = command.get_command(context, word)
        if below is None:
            return []
        context = below.make_context(word, [], parent=context, resilient_parsing=True)
        command = below
    if not incomplete.startswith("-") and (
        arguments := [p for p in command.params if isinstance(p, click.Argument)]
    ):
        return arguments[0].shell_complete(context, incomplete)
    return command.shell_complete(context, incomplete)
