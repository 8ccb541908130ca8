"""The command language: words of a command line become one :class:`~cm_core.model.request.Request`.

Words are read from left to right and the last writer wins, files included::

    cm update notes "my note" --env.CM_X=1 --names,=a,b --quiet --old- @input.yaml -- rest of the line
       action automation artifact mapping  list         True    False  file        verbatim

A declared flag with a value may have it in the next word, ``--tags detect,os``. Of other flags nobody knows
whether they have one, so theirs stands after ``=``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import replace
from cm_core.errors import UsageError
from cm_core.model.request import Request

if TYPE_CHECKING:
    from cm_core.model.flag import Flag

# The declared flags of an action on an automation, by each of their names.
FlagsOf = Callable[[str, str], Mapping[str, "Flag"]]
_REMAINDER = "--"
_NAMES = 2
# A flag takes no word that looks like another one as its value; numbers may be negative.
_NO_VALUE = r"-(?!\.?\d)"


def parse_line(line: str, *, cwd: Path | None = None, flags_of: FlagsOf | None = None) -> Request:
    """Read a command line written as one string, with the quoting of a POSIX shell.

    Raises:
        UsageError: when a quotation mark is not closed, and as :func:`parse_words`.
    """
    import shlex

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"cannot split the command line: {str(error).lower()}") from error
    return parse_words(words, cwd=cwd, command=(line,), flags_of=flags_of)


def parse_words(
    words: Sequence[str],
    *,
    cwd: Path | None = None,
    command: Sequence[str] | None = None,
    flags_of: FlagsOf | None = None,
) -> Request:
    """Read a command line without the name of the program.

    Args:
        cwd: the folder from which ``@file`` is looked up; ``None`` means that of the process.
        command: what goes on record as typed; by default the words after action and automation.
        flags_of: says which flags are declared; it is only asked when there is a flag.

    Raises:
        UsageError: when a flag cannot be understood or contradicts an earlier one.
        NotFoundError, CMError, MetaError: when an ``@file`` is missing, of unknown type or malformed.
    """
    names, rest = split_names(words)
    reader = _Reader(dict(zip(("action", "automation"), names, strict=False)), names, flags_of)
    reader.read(deque(rest), cwd)
    mapping = reader.mapping
    for key in ("artifacts", "unparsed_cmd"):
        if key in mapping and not isinstance(mapping[key], list):
            mapping[key] = [str(mapping[key])]
    request = Request.from_mapping({**mapping, "cmd": list(rest if command is None else command)})
    return replace(request, strays=reader.strays) if reader.strays else request


class _Reader:
    """Reads the words after action and automation.

    Attributes:
        mapping: what they say.
        strays: words that stand right after a flag that nobody declares, and that flag.
    """

    def __init__(self, mapping: dict[str, Any], names: Sequence[str], flags_of: FlagsOf | None) -> None:
        self.mapping = mapping
        self.strays: dict[str, str] = {}
        self._names = names
        self._flags_of = flags_of

    def read(self, queue: deque[str], cwd: Path | None) -> None:
        bare: list[str] = []
        while queue:
            word = queue.popleft()
            if word == _REMAINDER:
                self.mapping["unparsed_cmd"] = list(queue)
                break
            if word.startswith("-"):
                self._flag(word, queue)
            elif word.startswith("@"):
                self.mapping.update(_read_file(word[1:], cwd))
            else:
                if not bare:
                    self.mapping["artifact"] = word
                bare.append(word)
        if len(bare) > 1:
            self.mapping["artifacts"] = bare[1:]

    def _flag(self, word: str, queue: deque[str]) -> None:
        typed, name, equals, value = split_flag(word)
        flag = self._declared.get(name)
        if not equals and queue and re.match(_NO_VALUE, queue[0]):
            self._refuse_lost_value(flag, typed, queue[0])
        elif not equals and queue:
            if flag is not None and flag.takes(typed):
                value = queue.popleft()
                word, equals = f"--{typed}={value}", "="
            elif (flag is None or "." in typed) and typed and not typed.endswith("-"):
                self.strays[queue[0]] = word
        if equals and flag is not None and flag.repeat and typed.replace("-", "_") == name:
            earlier = self.mapping.get(name)
            self.mapping[name] = [*(earlier if isinstance(earlier, list) else ()), value]
        else:
            _put_flag(self.mapping, word)

    def _refuse_lost_value(self, flag: Flag | None, typed: str, following: str) -> None:
        """Refuse ``--sort -name``: what begins with a dash is no value, and no flag of this name, either."""
        is_flag = following.startswith("--") or split_flag(following)[1] in self._declared
        if flag is None or is_flag or flag.kind == "anything" or not flag.takes(typed):
            return
        raise UsageError(
            f"--{typed} needs a value", hint=f"if that is '{following}', write --{typed}={following}"
        )

    @cached_property
    def _declared(self) -> Mapping[str, Flag]:
        return self._flags_of(*self._names) if self._flags_of and len(self._names) == _NAMES else {}


def split_flag(word: str) -> tuple[str, str, str, str]:
    """A word such as ``--new-tags.key=value`` in its parts; a third dash belongs to the name.

    Returns:
        the flag as it was typed, ``new-tags.key``; its name as a key of the request, ``new_tags``; ``=`` or
        nothing; and what stands after it.
    """
    typed, equals, value = (word[2:] if word.startswith("--") else word[1:]).partition("=")
    return typed, typed.partition(".")[0].strip().replace("-", "_"), equals, value


def split_names(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Action and automation (as far as they are there), and the words that follow.

    A word is one of the two only if it is not empty and starts with neither ``-`` nor ``@``.
    """
    rest = list(words)
    names: list[str] = []
    while len(names) < _NAMES and rest and rest[0] and rest[0][0] not in "-@":
        names.append(rest.pop(0))
    return names, rest


def _put_flag(mapping: dict[str, Any], word: str) -> None:
    key, value = _key_and_value(word)
    if "." not in key:
        mapping[key.replace("-", "_")] = value
        return
    first, *path, last = key.split(".")
    path.insert(0, first.replace("-", "_"))
    branch = mapping
    for depth, part in enumerate(path):
        child = branch.setdefault(part, {})
        if not isinstance(child, dict):
            name = ".".join(path[: depth + 1])
            raise UsageError(
                f"--{key} contradicts --{name}, which already has a value",
                hint=f"drop one of the two, or write --{name}.KEY=VALUE for both",
            )
        branch = child
    branch[last] = value


def _key_and_value(word: str) -> tuple[str, Any]:
    """The key of a flag, dots and hyphens kept, and its value."""
    typed, _, equals, text = split_flag(word)
    key = typed.strip()
    if equals:
        if key.endswith(","):
            return key[:-1], text.strip().split(",") if text.strip() else []
        return key, text.strip()
    if key.endswith("-") or word == "-":
        key, value = key[:-1], False
    else:
        value = True
    if key.endswith(","):
        raise UsageError(
            f"{word} needs values",
            hint=f"write {word.rstrip('-')}=one,two (nothing after = is an empty list)",
        )
    return key, value


def _read_file(name: str, cwd: Path | None) -> dict[str, Any]:
    from cm_core.base.fsio import user_path
    from cm_core.meta import load_mapping

    path = (cwd or Path()) / user_path(name)
    return {str(key): value for key, value in load_mapping(path).items()}


def flag_words(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The flags that :func:`parse_words` reads as these options, for records.

    Keys that name secrets are left out; stars stand for user names and passwords inside addresses.

    Args:
        prefix: of every key, such as ``env.``.
    """
    from cm_core.base.secrets import is_secret, without_credentials

    words: list[str] = []
    for key, value in values.items():
        if is_secret(key) or value is None:
            continue
        if isinstance(value, Mapping):
            words += flag_words(value, f"{prefix}{key}.")
        elif value is True:
            words.append(f"--{prefix}{key}")
        elif value is False:
            words.append(f"--{prefix}{key}-")
        elif isinstance(value, list | tuple):
            words.append(f"--{prefix}{key},={','.join(str(item) for item in value)}")
        else:
            words.append(f"--{prefix}{key}={value}")
    return [without_credentials(word) for word in words]
