"""The way into the command line: recognises the first word and hands the rest on."""

from __future__ import annotations

from collections.abc import Sequence

from cm_core.cli.console import Console, environment
from cm_core.cli.render import make_streams_safe
from cm_core.cli.words import COMPLETION_VARIABLE, GRAMMAR, HELP_FLAGS, VERSION_FLAGS
from cm_core.errors import UsageError
from cm_core.verbs import FIVE_ACTIONS, SYNONYMS

_LEADING_FLAGS = frozenset((*HELP_FLAGS, *VERSION_FLAGS))
# Verbs of which every installation knows: to recognise them takes neither plugins nor Click, whose import
# is a quarter of the time that `cm find` may take.
_CERTAIN = frozenset((*FIVE_ACTIONS, *SYNONYMS, "version"))


def run_command_line(words: Sequence[str], *, shortcut: Sequence[str] = ()) -> int:
    """Answer a command line; returns the exit status.

    Args:
        words: everything after the program's name, those that a shortcut stands for included.
        shortcut: those alone.
    """
    make_streams_safe()
    env = environment()
    if COMPLETION_VARIABLE in env:
        from cm_core.cli.completion import answer_shell

        return answer_shell(env, shortcut)
    return Console(words, env).run(_dispatch)


def _dispatch(console: Console) -> int:
    words = list(console.words)
    if not words:
        console.renderer.text(f"usage: {GRAMMAR}\nsee:   cm --help")
        return 0
    if words[0] == "-version":
        words[0] = "--version"
    if words[0][:1] in ("-", "@", "") and words[0] not in _LEADING_FLAGS:
        raise UsageError(
            f"the first word must be an action, not '{words[0]}'",
            hint="flags follow action and automation, as in: cm find AUTOMATION --tags=WORD",
        )
    if words[0] in _CERTAIN:
        from cm_core.cli.answer import answer_words

        return answer_words(console, words)
    if words[0] in HELP_FLAGS:
        from cm_core.cli.answer import help_words

        return help_words(console, [])
    from cm_core.cli.group import make_group

    group = make_group(console)
    with group.make_context("cm", words, obj=console) as context:
        return int(group.invoke(context) or 0)
