"""The flags of a command line as programs type them: ``--minimize m``, ``-j 4``, ``--metric`` more than once.

The command language of the toolkit has ``--flag=value`` only, and the last of several flags wins. The verbs
of experiments also take a value as the next word, and collect.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cm_core.model.argline import parse_words
from cm_core.model.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core.flags import Flag
    from cm_core.hookspecs import Option
    from cm_core.model.request import Request

_COLLECTED = ("minimize", "maximize", "constraint", "metric")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)\s*([a-z]*)")


def with_values(request: Request, options: Iterable[Option | Flag], cwd: Path) -> Request:
    """The request with the values of flags that stood in words of their own.

    Requests that were not typed stay as they are.

    Raises:
        UsageError: when a flag has no value.
    """
    words = request.command
    if len(words) == 1 and words[0].startswith(f"{request.action} "):
        words = tuple(shlex.split(words[0]))[2:]  # a whole line, as `access` takes it
    if not words:
        return request
    valued = {option.name for option in options if option.kind not in ("flag", "switch", "mapping")}
    joined, collected = _join(words, valued)
    again = parse_words([request.action, request.automation, *joined], cwd=cwd, command=request.command)
    kept = {key: value for key, value in request.options.items() if key not in again.options}
    # What a flag meant before its value was known is gone.
    moved = {key for key in kept if key in valued and kept[key] is True}
    rest = {key: value for key, value in kept.items() if key not in moved}
    return replace(again, options={**rest, **again.options, **collected})


def _join(words: Sequence[str], valued: set[str]) -> tuple[list[str], dict[str, list[str]]]:
    joined: list[str] = []
    collected: dict[str, list[str]] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return [*joined, word, *queue], collected
        key, equals, value = word.partition("=")
        name = key.lstrip("-").replace("-", "_")
        if not word.startswith("-") or name not in valued:
            joined.append(word)
            continue
        if not equals:
            value = _next(queue, word)
        if name in _COLLECTED:
            collected.setdefault(name, []).append(value)
        else:
            joined.append(f"{key}={value}")
    return joined, collected


def _next(queue: list[str], flag: str) -> str:
    if not queue or queue[0] == "--" or re.match(r"-{1,2}[A-Za-z]", queue[0]):
        raise UsageError(f"{flag} needs a value", hint=f"write {flag}=VALUE")
    return queue.pop(0)


def texts(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A flag that may be there several times, or be a list; commas do not divide it."""
    value = options.get(name)
    if value is None or value is False or value == "":
        return ()
    if value is True or isinstance(value, Mapping):
        raise UsageError(f"--{name} needs a value", hint=f"write --{name}=VALUE")
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else (str(value),)


def words(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The same, with commas that divide."""
    return tuple(word.strip() for text in texts(options, name) for word in text.split(",") if word.strip())


def duration(request: Request, name: str) -> float | None:
    """Seconds of a flag such as ``90s``, ``10m`` or ``1.5h``; ``None`` when it is absent.

    Raises:
        UsageError: when it is no time above 0.
    """
    text = request.text(name)
    if not text:
        return None
    match = _DURATION.fullmatch(text.lower())
    if not match or match.group(2) not in _UNITS or not float(match.group(1)):
        raise UsageError(f"--{name}={text} is no time", hint=f"write --{name}=90s, 10m or 2h")
    return float(match.group(1)) * _UNITS[match.group(2)]


def count(request: Request, name: str, *, default: int | None = None, least: int = 1) -> int | None:
    """A whole number of a flag.

    Raises:
        UsageError: when it is none, or too small.
    """
    text = request.text(name)
    if not text:
        return default
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < least:
        flag = f"-{name}" if len(name) == 1 else f"--{name}"
        raise UsageError(f"{flag}={text} must be a whole number of at least {least}")
    return int(text)
