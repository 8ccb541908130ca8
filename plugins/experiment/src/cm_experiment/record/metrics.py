"""What a command reported: files that it left, lines of JSON that it printed, what patterns find."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import frozen
from cm_core.base import is_secret, to_number
from cm_experiment.record.layout import RESULT_FILE, STDERR_FILE, STDOUT_FILE, Scalar
from cm_experiment.record.patterns import Rule, find_all, number_or_text

if TYPE_CHECKING:
    from cm_experiment.record.provenance import Secrets

OUTPUT_FILE = "cm-output.json"

_MOST_BYTES = 16 * 1024 * 1024
_LONGEST_TEXT = 1000
_MOST_METRICS = 2000
_LARGEST = 1e300
# What a script exports, of all that its document says; the environment holds numbers as text.
_EXPORTS = ("new_env", "new_state")
_EXPORTED = "new_env."

Warn = Callable[[str], object]


@frozen
class Report:
    """What one execution reported.

    Attributes:
        metrics: flat numbers and texts.
        result: what it left in files, flat, for the list that the original writes; empty without files.
        problem: why metrics are missing, ``""`` when none are.
    """

    metrics: Mapping[str, Scalar]
    result: Mapping[str, Any]
    problem: str = ""


def collect(folder: Path, rules: tuple[Rule, ...], *, warn: Warn | None = None) -> Report:
    """All that a command reported in its folder.

    Args:
        warn: told when a file of results cannot be read.
    """
    printed = _tail(folder / STDOUT_FILE)
    found: dict[str, Any] = {}
    for data in _printed_objects(printed):
        found.update(flat(data))
    result: dict[str, Any] = {}
    for name in (OUTPUT_FILE, RESULT_FILE):
        result.update(flat(_read(folder / name, warn)))
    result = {key: value for key, value in result.items() if not _is_secret_text(key, value)}
    metrics = scalars({**found, **result})
    problem = ""
    if rules:
        values, problem = find_all(rules, f"{printed}\n{_tail(folder / STDERR_FILE)}")
        metrics.update(values)
    return Report(metrics=metrics, result=result, problem=problem)


def hide_secrets(folder: Path, secrets: Secrets) -> None:
    """Put as many stars in the place of each secret that a command printed or reported in its folder.

    The length stays, so a file is changed in place however long it is. A secret that is a number stays
    as well: the same digits may be a measurement.
    """
    found = [value.encode() for value in secrets.values if to_number(value) is None]
    for name in (STDOUT_FILE, STDERR_FILE, OUTPUT_FILE, RESULT_FILE) if found else ():
        with (
            contextlib.suppress(OSError, ValueError),  # not there, of another user, or empty
            (folder / name).open("r+b") as stream,
            mmap.mmap(stream.fileno(), 0) as data,
        ):
            for value in found:
                place = -1
                while (place := data.find(value, place + 1)) >= 0:
                    data[place : place + len(value)] = b"*" * len(value)


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, with dots between the keys; lists stay as they are."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def scalars(data: Mapping[str, Any]) -> dict[str, Scalar]:
    """The numbers and short texts of a flat dictionary; yes and no are 1 and 0."""
    found: dict[str, Scalar] = {}
    for name, value in data.items():
        key = _unicode(name)
        if _is_secret_text(key, value):
            continue
        if isinstance(value, bool):
            found[key] = int(value)
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST:
            found[key] = str(value)[:_LONGEST_TEXT]  # neither infinite nor longer than others can compute
        elif isinstance(value, int | float):
            found[key] = value
        elif isinstance(value, str) and len(value) <= _LONGEST_TEXT:
            found[key] = number_or_text(value) if key.startswith(_EXPORTED) else _unicode(value)
        if len(found) == _MOST_METRICS:
            break
    return found


def _unicode(text: str) -> str:
    r"""The text as files can hold it; JSON may say ``\ud800``, half a character."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _is_secret_text(key: str, value: Any) -> bool:
    """Whether a text may be a secret; a number such as ``time_to_first_token`` is none."""
    return isinstance(value, str) and is_secret(key.rpartition(".")[2])


def objects_in(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects."""
    for line in lines:
        word = line.strip()
        if word.startswith("{") and word.endswith("}"):
            try:
                data = json.loads(word)
            except (ValueError, RecursionError):
                continue
            if isinstance(data, dict):
                yield data


def _printed_objects(text: str) -> Iterator[dict[str, Any]]:
    if text.startswith("{"):
        try:
            data = json.loads(text)  # a single document, as of --out=json
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            exported = {key: data[key] for key in _EXPORTS if key in data}
            yield exported or data
            return
    yield from objects_in(iter(text.splitlines()))


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _MOST_BYTES))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _read(path: Path, warn: Warn | None) -> dict[str, Any]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to read a pipe takes for ever
            raise ValueError("it is not a regular file")  # noqa: TRY301
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        if warn is not None:
            warn(f"{path} cannot be read: {error}")
        return {}
    if isinstance(data, dict):
        return data
    if warn is not None:
        warn(f"{path} has no keys and values at the top level")
    return {}
