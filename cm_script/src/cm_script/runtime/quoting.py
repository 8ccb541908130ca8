r"""Env values as lines of a shell script: they keep their meaning and never run a command.

In bash a value means what it means between double quotes, reduced to what recipes need:

- ``$NAME`` and ``${NAME}`` are the variable; keys are exported in sorted order;
- ``${NAME:-word}``, and the same with ``-``, ``:+``, ``+``, is the expansion if ``word`` is plain text,
  ``$OTHER`` or ``${OTHER}``;
- ``\$``, ``\"``, ``\\`` and a back-tick after ``\`` lose the ``\``; a ``\`` at the end of a line joins it
  with the next; before anything else it is itself;
- all other text is itself: ``"``, ``!``, line breaks, ``$1``;
- so is the start of a value that is the path of something that exists, such as ``/data/a $HOME b``;
- so is everything that could run a command: ``$(…)``, back-ticks, ``$((…))``, ``${NAME@P}``, ``${!NAME}``,
  ``${NAME[…]}``, ``${NAME:…}``.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cm_core.base import credentials_in, holds_secret, is_secret

# Patterns are compiled when they are needed: of most values no character is special.
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = rf"\$(?:({_NAME})|\{{({_NAME})\}})"
# What keeps its meaning in the text between double quotes; everything else special is escaped.
_KEPT = rf"\\[$\"`\\\n]|\${_NAME}|\$\{{{_NAME}(?::?[-+](?:[^$`\"\\{{}}]|\${_NAME}|\$\{{{_NAME}\}})*)?\}}"
_SPECIAL = r'[$`"\\]'
_WINDOWS_SPECIAL = frozenset("|&<>")


def export_line(key: str, value: Any, *, platform: str = "linux") -> str:
    """One line (or several, if the value has several) that sets a variable.

    ``+KEY`` holds a list that goes before the variable's present value; ``+<c>KEY`` joins with ``c``.
    An empty present value adds no separator, since an empty element of a search path means the
    current folder.

    Args:
        key: the env key; one that is no name of a shell variable gives a comment instead.
        value: text or anything with a text form; a list for ``+KEY``.
        platform: ``windows`` gives the ``set`` form, everything else bash.
    """
    name, separator = _split_key(key, platform)
    if "\0" in name or not re.fullmatch(_NAME, name):
        return f"{'rem' if platform == 'windows' else '#'} left out, not a valid variable name: {name!r:.100}"
    if platform == "windows":
        return _windows_line(name, value, separator)
    if separator is None:
        return f'export {name}="{_quote_for_bash(_text(value))}"'
    joined = _quote_for_bash(separator).join(map(_quote_for_bash, _items(value)))
    present = f"${{{name}:+{_quoted_separator(separator)}${{{name}}}}}"
    return f'export {name}="{joined}{present}"'


def export_script(
    env: Mapping[str, Any],
    *,
    platform: str = "linux",
    script_prefix: Iterable[str] = (),
    leave_out: Collection[str] = (),
) -> str:
    """A script that sets all keys in sorted order, after the lines that recipes asked to run first.

    Args:
        script_prefix: lines of ``state.script_prefix``, such as the activation of a virtual environment.
        leave_out: keys that must not be written, such as those of :func:`secret_keys`.
    """
    start = ["@echo off", ""] if platform == "windows" else ["#!/bin/bash", ""]
    lines = [*start, *(str(line) for line in script_prefix)]
    lines += [export_line(key, env[key], platform=platform) for key in sorted(env) if key not in leave_out]
    return "\n".join(lines) + "\n"


def secret_keys(env: Mapping[str, Any]) -> frozenset[str]:
    """Keys that hold a credential: their values go to child processes, never into a file.

    There credentials arrive literally, since a password may well hold a dollar sign.
    """
    return frozenset(
        key for key, value in env.items() if holds_secret(key, value) and re.fullmatch(rf"\+?\W?{_NAME}", key)
    )


def secret_variables(
    env: Mapping[str, Any], secrets: Collection[str], inherited: Mapping[str, str], platform: str
) -> dict[str, str]:
    """What the given keys of an env become in the environment of a child process."""
    if not secrets:
        return {}
    variables = process_variables(env, inherited, platform)
    return {name: variables[name] for key in secrets if (name := _split_key(key, platform)[0]) in variables}


def process_variables(env: Mapping[str, Any], inherited: Mapping[str, str], platform: str) -> dict[str, str]:
    """The variables that a native script would see, for a program that is started without a shell.

    ``$NAME`` and ``${NAME}`` are the only expansions; credentials arrive as they are.
    """
    variables = dict(inherited)
    for key in sorted(env):
        name, separator = _split_key(key, platform)
        if not re.fullmatch(_NAME, name):
            continue
        items = [_text(env[key])] if separator is None else _items(env[key])
        if not is_secret(name):
            items = [_with_variables_around_credentials(item, variables) for item in items]
        if separator is not None and (present := variables.get(name)):
            items.append(present)
        variables[name] = (separator or "").join(items)
    return variables


def _with_variables_around_credentials(text: str, variables: Mapping[str, str]) -> str:
    if "$" not in text:
        return text
    for credentials in credentials_in(text):
        before, _, after = text.partition(credentials)
        return with_variables(before, variables) + credentials + with_variables(after, variables)
    return with_variables(text, variables)


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """The text with ``$NAME`` and ``${NAME}`` replaced; a variable that is not set is empty."""
    path = _leading_path(text) if "$" in text else ""
    return path + re.sub(_VARIABLE, lambda match: variables.get(match[1] or match[2], ""), text[len(path) :])


def named_variables(text: str) -> list[str]:
    """The variables that a text refers to."""
    return [match[1] or match[2] for match in re.finditer(_VARIABLE, text)]


def _split_key(key: str, platform: str) -> tuple[str, str | None]:
    """The variable's name, and what joins a list: ``None`` for a plain value."""
    if not key.startswith("+"):
        return key, None
    name = key[1:]
    if name and not (name[0].isalnum() or name[0] == "_"):
        return name[1:], name[0]
    return name, ";" if platform == "windows" else ":"


def _items(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, (list, tuple)) else [_text(value)]


def _text(value: Any) -> str:
    return str(value).replace("\0", "")


def _quote_for_bash(text: str) -> str:
    """The text as it stands between double quotes in bash."""
    if not re.search(_SPECIAL, text):
        return text
    path = _leading_path(text)
    text, parts = text[len(path) :], [re.sub(_SPECIAL, r"\\\g<0>", path)]
    position = 0
    for match in re.finditer(_KEPT, text):
        parts += [re.sub(_SPECIAL, r"\\\g<0>", text[position : match.start()]), match.group()]
        position = match.end()
    parts.append(re.sub(_SPECIAL, r"\\\g<0>", text[position:]))
    return "".join(parts)


def _leading_path(text: str) -> str:
    """The longest start of a text, whole names only, that is the absolute path of something that exists."""
    end = len(text) if text[:1] == "/" else 0
    # Paths are few and seldom have a special character, so no run is slower for this.
    while end and not os.path.lexists(text[:end]):
        end = text.rfind("/", 0, end)
    return text[:end]


def _quoted_separator(separator: str) -> str:
    # Inside ${NAME:+…} a closing brace would end the expansion.
    return "\\}" if separator == "}" else re.sub(_SPECIAL, r"\\\g<0>", separator)


def _windows_line(name: str, value: Any, separator: str | None) -> str:
    if separator is None:
        return f"set {name}={_windows_text(_text(value))}"
    items = separator.join(_windows_text(item) for item in _items(value))
    return f"set {name}={items}{separator}%{name}%"


def _windows_text(text: str) -> str:
    # A line break would end the command, and cmd has no way to write one into a variable.
    text = " ".join(text.splitlines())
    return f'"{text}"' if '"' not in text and _WINDOWS_SPECIAL.intersection(text) else text
