"""Command lines as dictionaries: the classic grammar (``parse``) and that with control flags (``parsex``)."""

from __future__ import annotations

import shlex
import sys
from typing import Any

from cmind._types import Contract

_NAMES = ("action", "automation")


class _LineError(Exception):
    """A word that cannot be read, as a return code and a sentence."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.answer = {"return": code, "error": text}


def parse(cmd: Any) -> Contract:
    """Read a command line or its words; returns ``cm_input``.

    ``--a.b=c`` nests, ``--k`` is true, ``--k-`` false, ``--k,=x,y`` a list, ``@file`` is merged at its place,
    and what follows ``--`` is ``unparsed_cmd``. The last writer wins.
    """
    words = shlex.split(cmd) if isinstance(cmd, str) else list(cmd or ())
    request: Contract = {}
    for name in _NAMES:
        if words and words[0] and words[0][0] not in "-@":
            request[name] = words.pop(0)
    try:
        bare = _read(words, request, request, marker="unparsed_cmd", classic=True)
    except _LineError as error:
        return error.answer
    if bare:
        request.setdefault("artifact", bare[0])
    if bare[1:]:
        request["artifacts"] = bare[1:]
    request["cmd"] = cmd if isinstance(cmd, str) else words
    return {"return": 0, "cm_input": request}


def parsex(cmd: Any) -> Contract:
    """Read a command line with control flags; returns ``cmx_input``.

    ``-k[=v]`` goes to ``control``, ``--k[=v]`` and ``k=v`` to the input; names stay as written.
    """
    words = shlex.split(cmd) if isinstance(cmd, str) else list(cmd or ())
    control: Contract = {"_cmd": list(words)}
    request: Contract = {"control": control}
    try:
        bare = _read(words, request, control, marker="_unparsed_cmd", classic=False)
    except _LineError as error:
        return error.answer
    for position, name in enumerate((*_NAMES, "artifact")):
        if position < len(bare):
            request.setdefault(name, bare[position])
    if bare[3:]:
        request["artifacts"] = bare[3:]
    return {"return": 0, "cmx_input": request}


def _read(words: list[str], request: Contract, control: Contract, *, marker: str, classic: bool) -> list[str]:
    bare: list[str] = []
    for position, word in enumerate(words):
        if word == "--":
            control[marker] = words[position + 1 :]
            break
        if word.startswith("@"):
            _merge_file(word[1:], request, control, classic=classic)
        elif word.startswith("-"):
            if classic:
                split_flag(word[2:] if word.startswith("--") else word[1:], request)
            elif word.startswith("---"):
                raise _LineError(1, f"the flag '{word}' has too many dashes")
            elif word.startswith("--"):
                split_flag(word[2:], request, classic=False)
            else:
                split_flag(word[1:], control, classic=False)
        elif not classic and "=" in word:
            split_flag(word if word[0] != "=" else f"{word}=", request, classic=False)
        else:
            bare.append(word)
    return bare


def split_flag(flag: str, array: Contract, *, classic: bool = True) -> None:
    """Put ``key[=value]`` into a dictionary."""
    key, equals, text = flag.partition("=")
    if not key and text:
        key, equals, text = flag.rstrip("="), "", ""
    key = key.strip()
    value: Any = text.strip()
    if not equals:
        value = not key.endswith("-")
        key = key if value else key[:-1]
    if key.endswith(","):
        key = key[:-1]
        value = [value] if isinstance(value, bool) else value.split(",") if value else []
    first, *path = key.split(".")
    names = [first.replace("-", "_") if classic else first, *path]
    for part in names[:-1]:
        child = array.setdefault(part, {})
        if not isinstance(child, dict):
            raise _LineError(1, f"the flag '{flag}' contradicts an earlier one for '{part}'")
        array = child
    array[names[-1]] = value


def _merge_file(name: str, request: Contract, control: Contract, *, classic: bool) -> None:
    from cmind.utils import load_json_or_yaml

    answer = load_json_or_yaml(name)
    if answer["return"]:
        raise _LineError(answer["return"], answer["error"])
    content = dict(answer["meta"] or {})
    if not classic:
        control.update(content.pop("control", None) or {})
    request.update(content)


def run(argv: list[str] | None = None) -> int:
    """Answer a command line of ``cm``; returns the exit status."""
    return _answered("access", argv)


def runx(argv: list[str] | None = None) -> int:
    """Answer a command line of ``cmx``; returns the exit status."""
    return _answered("x", argv)


def run_script(argv: list[str] | None = None) -> int:
    """Answer a command line of ``cmr``; returns the exit status."""
    return run(["run", "script", *(sys.argv[1:] if argv is None else argv)])


def _answered(method: str, argv: list[str] | None) -> int:
    from cmind import _engine

    cm = _engine.current().cm
    answer = getattr(cm, method)(list(sys.argv[1:] if argv is None else argv), out="con")
    (cm.error if method == "access" else cm.errorx)(answer)
    return int(answer["return"])
