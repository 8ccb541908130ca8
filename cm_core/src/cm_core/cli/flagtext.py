"""What follows from the declaration of a flag, in words: for help and for the reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cm_core.flags import Flag, dashed

_TYPES = {
    "switch": "switch",
    "optional": "switch, or text",
    "text": "text",
    "path": "path",
    "size": "size: 512m, 8gb",
    "choice": "one of",
    "whole": "whole number",
    "number": "number",
    "duration": "time: 90s, 10m, 2h",
    "words": "words",
    "texts": "text",
    "mapping": "values by key",
    "anything": "value",
}


def type_of(flag: Flag) -> str:
    """What the value of a flag is, with its choices and bounds."""
    parts = ["values by key" if flag.has_keys else _TYPES[flag.kind]]
    if flag.kind == "anything" and flag.metavar.isalpha():
        parts = [flag.metavar.lower()]
    if flag.choices:
        parts[0] = f"{'words' if flag.kind == 'words' else 'one'} of {', '.join(flag.choices)}"
    if flag.unit:
        parts[0] += f" of {flag.unit}"
    parts += _bounds(flag)
    if flag.repeat:
        parts.append("repeatable")
    return ", ".join(parts)


def default_of(flag: Flag) -> str:
    """The value of a flag when it is not there, and that of one without a value."""
    if flag.kind == "optional":
        return f"alone: {flag.bare}"
    return _value_text(flag.default)


def notes_on(flag: Flag) -> str:
    """What the form and the sentence of a flag leave out, in brackets after it."""
    notes = [f"also {dashed(name)}" for name in flag.also]
    if flag.choices and not all(word in flag.form for word in flag.choices):
        notes.append(f"one of {', '.join(flag.choices)}")
    notes += ["such as 90s, 10m, 2h" if flag.kind == "duration" else "", flag.unit, *_bounds(flag)]
    if flag.repeat:
        notes.append("repeatable")
    if default := default_of(flag):
        notes.append(default if flag.kind == "optional" else f"default {default}")
    if flag.env:
        notes.append(f"environment: {flag.env}")
    said = "; ".join(note for note in notes if note)
    return f"({said})" if said else ""


def sentence_of(flag: Flag) -> str:
    """The help of a flag with its notes."""
    return f"{flag.help} {notes_on(flag)}".rstrip()


def by_group(flags: Iterable[Flag]) -> dict[str, list[Flag]]:
    """The flags under their titles, in the order of declaration."""
    groups: dict[str, list[Flag]] = {}
    for flag in flags:
        groups.setdefault(flag.group, []).append(flag)
    return groups


def _bounds(flag: Flag) -> list[str]:
    """The bounds of a number as far as they do not go without saying."""
    bounds = []
    if flag.least and flag.kind != "duration":
        bounds.append(f"at least {flag.least:g}")
    if flag.most is not None:
        bounds.append(f"at most {flag.most:,.0f}")
    return bounds


def _value_text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None or value is False or not str(value) or value == {} else f"{value}"
