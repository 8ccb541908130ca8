"""Questions to a person: answered at the terminal, by ``--quiet``/``--yes``, or refused with a hint."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from cm_core.base.frozen import frozen
from cm_core.errors import InteractionError, UsageError


def read_line(prompt: str) -> str:
    """Ask for one line of text; raises EOFError when the input is closed."""
    # Questions go to stderr, so that they are seen when stdout is a pipe or a JSON document.
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise EOFError
    return line.strip()


def is_terminal(stream: TextIO) -> bool:
    """Whether a person watches the stream; a closed one nobody does."""
    try:
        return stream.isatty()
    except (ValueError, AttributeError):
        return False


@frozen
class Interaction:
    """Who answers questions.

    Attributes:
        quiet: take the default of every question without asking.
        yes: agree to every question of consent.
        interactive: whether a person sits at the terminal.
        read: asks for one line of text; raises EOFError when the input is closed.
    """

    quiet: bool = False
    yes: bool = False
    interactive: bool = False
    read: Callable[[str], str] = read_line

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask for consent. ``yes`` agrees; ``quiet`` alone takes the default.

        Raises:
            InteractionError: when nobody can answer.
        """
        if self.yes:
            return True
        if self.quiet:
            return default
        answer = self._ask(f"{question} [{'Y/n' if default else 'y/N'}] ", hint="add --yes to agree")
        return default if not answer else answer.lower() in ("y", "yes")

    def choose(self, question: str, options: Sequence[str], *, default: int = 0) -> int:
        """Ask for one of several options; returns its position.

        Raises:
            InteractionError: when nobody can answer.
            UsageError: when the answer is not one of the numbers.
        """
        if self.quiet or len(options) == 1:
            return default
        menu = "".join(f"  {number}) {option}\n" for number, option in enumerate(options))
        answer = self._ask(
            f"{question}\n{menu}number [{default}]: ",
            hint="add --quiet to take the first, or narrow the choice",
        )
        if not answer:
            return default
        from cm_core.base.numbers import to_count

        number = to_count(answer)
        if number is None or number >= len(options):
            raise UsageError(f"'{answer}' is not one of the numbers 0 to {len(options) - 1}")
        return number

    def _ask(self, prompt: str, *, hint: str) -> str:
        question = prompt.splitlines()[0].strip()
        if not self.interactive:
            raise InteractionError(f"no one can answer the question: {question}", hint=hint)
        try:
            return self.read(prompt)
        except EOFError as error:
            raise InteractionError(f"the input was closed at the question: {question}", hint=hint) from error
