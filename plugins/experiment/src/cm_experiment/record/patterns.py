"""Metrics that stand somewhere in what a command prints, found by regular expressions in limited time."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from cm_core import UsageError, frozen
from cm_core.base import to_number
from cm_experiment.record.layout import Scalar

# A pattern takes milliseconds for megabytes, or, with nested repetition, longer than anybody lives.
_MOST_SECONDS = 10.0


@frozen
class Rule:
    """A metric that stands somewhere in what a command prints.

    Attributes:
        pattern: its first group, else all of it, is the value; the last match counts.
    """

    name: str
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, name: str, pattern: str) -> Rule:
        """Read a regular expression.

        Raises:
            UsageError: when it is none, or is too much for Python.
        """
        try:
            return cls(name=name, pattern=re.compile(pattern, re.MULTILINE))
        except (re.error, RecursionError, OverflowError) as error:
            raise UsageError(
                f"the pattern of the metric {name} is not a valid regular expression: {error}",
                hint=f"--metric {name}='([0-9.]+) samples/s' takes the number before these words",
            ) from error

    def find(self, text: str) -> Scalar | None:
        """The value in a text; a number when it looks like one."""
        last = None
        for match in self.pattern.finditer(text):
            last = match.group(1) if self.pattern.groups else match.group()
        return None if last is None else number_or_text(last)


def find_all(rules: Sequence[Rule], text: str) -> tuple[dict[str, Scalar], str]:
    """The values that rules find, and why there are no more: which of them took too long."""
    found: dict[str, Scalar] = {}
    for rule in rules:
        try:
            with _time_limit(_MOST_SECONDS):
                value = rule.find(text)
        except TimeoutError:
            return found, (
                f"the pattern of the metric {rule.name} did not get through the output in {_MOST_SECONDS:g} s"
            )
        if value is not None:
            found[rule.name] = value
    return found, ""


def number_or_text(text: str) -> Scalar:
    """A number when the text is one."""
    word = text.strip()
    number = to_number(word)
    if number is None:
        return word
    return int(word) if re.fullmatch(r"[+-]?[0-9]{1,18}", word) else number


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer.

    A search holds the interpreter, so only a signal gets through to it: there is no limit outside the main
    thread, nor on Windows.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TimeoutError

    earlier = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        # An alarm of somebody else goes on, though a little late.
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, earlier)
