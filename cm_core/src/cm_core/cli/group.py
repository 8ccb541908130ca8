"""The Click application: the verbs of all automations and the commands that plugins add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cm_core.cli.console import Console
from cm_core.cli.words import HELP_FLAGS, VERSION_FLAGS
from cm_core.errors import UnknownTargetError
from cm_core.release import __version__


def make_group(console: Console) -> ToolGroup:
    """The top of all commands."""
    version = click.Option(
        list(VERSION_FLAGS), is_flag=True, is_eager=True, expose_value=False, callback=_print_version
    )
    return ToolGroup(
        console,
        name="cm",
        params=[version],
        context_settings={"help_option_names": list(HELP_FLAGS), "obj": console},
    )


_GLOBAL_FLAGS = frozenset(("--debug", "--strict", "--yes", "-y", "--quiet", "-q"))


class WordsCommand(click.Command):
    """A command that takes the words after its name as they are."""

    def __init__(self, name: str, answer: Callable[[Console, list[str]], int], help: str = "") -> None:  # noqa: A002 - Click's name
        super().__init__(name, help=help, add_help_option=False)
        self._answer = answer

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words for :meth:`invoke`."""
        ctx.args = list(args)
        return []

    def invoke(self, ctx: click.Context) -> int:
        """Answer."""
        console = ctx.ensure_object(Console)
        return self._answer(console, [ctx.info_name or "", *ctx.args])


class ToolGroup(click.Group):
    """``cm``: its commands are the verbs of all automations and what plugins add."""

    def __init__(self, console: Console, **settings: Any) -> None:
        super().__init__(**settings)
        self.console = console

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        """All first words, synonyms left out."""
        return sorted({*self.console.catalog.verbs, *self.console.commands, "help"})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb, the help command or the registered command of this name."""
        if cmd_name == "help":
            return WordsCommand(cmd_name, _help, help="show help")
        if verb := self.console.catalog.verb(cmd_name):
            return WordsCommand(cmd_name, _answer, help=verb.help)
        return self.console.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word.

        Raises:
            UnknownTargetError: when no command can have this name.
        """
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and rest and rest[0][:1] not in ("-", "@", ""):
            # An automation that lives in a repository may have verbs of which no plugin knows.
            command = WordsCommand(name, _answer)
        if command is None and not ctx.resilient_parsing:
            raise self._unknown(name)
        if command is not None and not isinstance(command, WordsCommand):
            rest = _without_global_flags(command, rest)
        return name, command, rest

    def _unknown(self, name: str) -> UnknownTargetError:
        from cm_core.base.suggest import did_you_mean

        verbs = [word for verb in self.console.catalog.verbs.values() for word in verb.words]
        hint = did_you_mean(name, [*verbs, *self.console.commands, "help"]) or (
            f"see: cm --help; if it is an action of an automation in a repository: cm {name} AUTOMATION"
        )
        return UnknownTargetError(f"there is no action '{name}'", hint=hint)


def _without_global_flags(command: click.Command, words: list[str]) -> list[str]:
    """The words without flags that work on everything, unless the command means something by them itself.

    ``--debug`` has taken effect already, and commands of Click ask no questions of ours.
    """
    own = _flags_of(command)
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word in own or word not in _GLOBAL_FLAGS]
    return [*kept, *words[end:]]


def _flags_of(command: click.Command) -> set[str]:
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return {flag for parameter in command.params for flag in parameter.opts}.union(*map(_flags_of, below))


def _answer(console: Console, words: list[str]) -> int:
    from cm_core.cli.answer import answer_words

    return answer_words(console, words)


def _help(console: Console, words: list[str]) -> int:
    from cm_core.cli.answer import help_words

    return help_words(console, words[1:])


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(Console).renderer.text(__version__)
        ctx.exit()
