"""Metrics that stand somewhere in what a command prints, found by regular expressions in limited time."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from cm_core import CMError, UsageError, frozen
from cm_core.base import raise_os_error, to_number
from cm_experiment.record.layout import Scalar

# A pattern takes milliseconds for megabytes, or, with nested repetition, longer than anybody lives.
_MOST_SECONDS = 10.0
_CHILD = """import json, re, sys
sys.path, pattern, text = json.load(sys.stdin)
from cm_experiment.record.patterns import last_match
json.dump(last_match(re.compile(pattern, re.MULTILINE), text), sys.stdout)
"""


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
        """The value in a text; a number when it looks like one.

        Raises:
            TimeoutError: when the search takes too long.
            CMError: when the process that was to search fails.
        """
        if _can_be_interrupted():
            with _time_limit(_MOST_SECONDS):
                last = last_match(self.pattern, text)
        else:
            last = _last_match_in_child(self, text)
        return None if last is None else number_or_text(last)


def find_all(rules: Sequence[Rule], text: str) -> tuple[dict[str, Scalar], str]:
    """The values that rules find, and why there are no more: which of them took too long."""
    found: dict[str, Scalar] = {}
    for rule in rules:
        try:
            value = rule.find(text)
        except TimeoutError:
            return found, (
                f"the pattern of the metric {rule.name} did not get through the output in {_MOST_SECONDS:g} s"
            )
        except CMError as error:
            return found, error.message
        if value is not None:
            found[rule.name] = value
    return found, ""


def last_match(pattern: re.Pattern[str], text: str) -> str | None:
    """What the last match of a pattern has in its first group, else all of it."""
    last = None
    for match in pattern.finditer(text):
        last = match.group(1) if pattern.groups else match.group()
    return last


def number_or_text(text: str) -> Scalar:
    """A number when the text is one."""
    word = text.strip()
    number = to_number(word)
    if number is None:
        return word
    return int(word) if re.fullmatch(r"[+-]?[0-9]{1,18}", word) else number


def _can_be_interrupted() -> bool:
    """Whether a signal ends a search, which holds the interpreter: only in the main thread, not on Windows.

    A handler that was not set from Python could not be put back.
    """
    return (
        threading.current_thread() is threading.main_thread()
        and hasattr(signal, "setitimer")
        and signal.getsignal(signal.SIGALRM) is not None
    )


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer."""
    over = False

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        if not over:
            raise TimeoutError

    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    earlier = signal.signal(signal.SIGALRM, stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            yield
        finally:
            over = True
    finally:
        # An alarm of somebody else goes on, though a little late, once its handler is back.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
        signal.setitimer(signal.ITIMER_REAL, left, interval)


def _last_match_in_child(rule: Rule, text: str) -> str | None:
    """The same in a process that can be ended."""
    import subprocess

    asked = json.dumps([sys.path, rule.pattern.pattern, text]).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD],
            input=asked,
            capture_output=True,
            timeout=_MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    except OSError as error:
        raise_os_error(f"search for the metric {rule.name} with", Path(sys.executable), error)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CMError(f"the process that was to search for the metric {rule.name} failed: {said}")
    found: str | None = json.loads(done.stdout)
    return found
