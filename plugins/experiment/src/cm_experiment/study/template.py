"""The command of an experiment and its variables: ``{{NAME}}``; ``{{NAME{VALUES}}}`` declares one."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cm_core import UsageError, frozen
from cm_core.base import did_you_mean

# Compiled when they are needed, as whoever lists steps imports this. A dot is any character, even a newline.
_DECLARATION = r"(?s)\{\{\s*([A-Za-z_]\w*)\s*\{(.*?)\}\s*\}\}"
_OPEN_DECLARATION = r"(?s)\{\{\s*([A-Za-z_]\w*)\s*\{(?!.*\}\}\})"
_VARIABLE = r"\{\{\s*([A-Za-z_]\w*)\s*\}\}"
_NEEDS_SHELL = r"[\s|&;<>()$`*?\"'\\]"


@frozen
class Template:
    """A command with places to fill in.

    Attributes:
        words: program and arguments; a single word when a shell is to read it.
        shell: whether a shell reads it.
        declared: variable -> its values as written in the command.
    """

    words: tuple[str, ...]
    shell: bool
    declared: Mapping[str, str]

    @classmethod
    def parse(cls, given: Sequence[str]) -> Template:
        """Read the words after ``--``.

        One word that has white space or signs of a shell in it is a line for a shell. Otherwise the words are
        a program and its arguments, and no shell looks at them.

        Raises:
            UsageError: when there are none, or when a variable is declared in two ways or without an end.
        """
        words = _join_declarations(given)
        if not words or not words[0].strip():
            raise UsageError(
                "no command to run was given",
                hint="use: cm run experiment NAME -- COMMAND; cm rerun experiment NAME repeats a run",
            )
        declared: dict[str, str] = {}

        def note(match: re.Match[str]) -> str:
            name, values = match.groups()
            if declared.setdefault(name, values) != values:
                raise UsageError(f"the command declares the variable {name} twice, with different values")
            return f"{{{{{name}}}}}"

        plain = tuple(re.sub(_DECLARATION, note, word) for word in words)
        if unclosed := next(filter(None, (re.search(_OPEN_DECLARATION, word) for word in plain)), None):
            raise UsageError(
                f"the values of the variable {unclosed.group(1)} have no end",
                hint="write }}} after them, and quotes around the word: '{{A{1,2}}}'",
            )
        return cls(words=plain, shell=_is_for_shell(plain), declared=declared)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that it mentions, in their order."""
        return tuple(dict.fromkeys(name for word in self.words for name in re.findall(_VARIABLE, word)))

    def files(self, paths: Mapping[str, str]) -> Iterator[Path]:
        """The files that it names in full: its program and what this reads.

        Args:
            paths: of places that we name.
        """

        def value(match: re.Match[str]) -> str:
            return paths.get(match.group(1), match.group())

        words = self.words
        with contextlib.suppress(ValueError):  # a quotation mark that a shell reads in another way
            words = tuple(shlex.split(words[0])) if self.shell else words
        for word in words:
            path = re.sub(_VARIABLE, value, word)
            if os.path.isabs(path) and os.path.isfile(path):  # noqa: PTH113, PTH117 - any text may stand there
                yield Path(path)

    def check(self, known: Iterable[str]) -> None:
        """See that each variable has a value.

        Raises:
            UsageError: at the first one that has none.
        """
        names = set(known)
        for name in self.names:
            if name not in names:
                hint = f"declare it: {{{{{name}{{[1,2,4]}}}}}} in the command, or --explore.{name}=1,2,4"
                raise UsageError(
                    f"the command uses the undeclared variable {name}",
                    hint=did_you_mean(name, names) or hint,
                )

    def fill(self, values: Mapping[str, object], paths: Mapping[str, str]) -> tuple[str, ...]:
        """The words with values in the places of variables.

        Args:
            values: of variables; a shell reads them as they are.
            paths: of places that we name; they reach a shell as one word whatever is in them.
        """

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in values:
                return str(values[name])
            return shlex.quote(paths[name]) if self.shell else paths[name]

        return tuple(re.sub(_VARIABLE, value, word) for word in self.words)


def argument_list(words: Sequence[str], *, shell: bool) -> tuple[str, ...]:
    """Program and arguments that run a filled template."""
    if not shell:
        return tuple(words)
    return ("cmd", "/d", "/c", words[0]) if os.name == "nt" else ("/bin/sh", "-c", words[0])


def command_text(words: Sequence[str], *, shell: bool) -> str:
    """The command as a person types it."""
    return words[0] if shell else shlex.join(words)


def _is_for_shell(words: Sequence[str]) -> bool:
    return len(words) == 1 and bool(re.search(_NEEDS_SHELL, re.sub(_VARIABLE, "", words[0])))


def _join_declarations(words: Sequence[str]) -> list[str]:
    """A declaration with spaces, of which a shell made several words, is one word again."""
    joined: list[str] = []
    for word in words:
        if joined and re.search(_OPEN_DECLARATION, joined[-1]):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined
