"""Text and JSON as people and other programs wrote them: read with errors that name the file and the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cm_core.base.fsio import os_error_hint
from cm_core.errors import MetaError, NotFoundError, kind_of

# Walks through data take up to three frames for each level, and Python allows a thousand in all.
_DEEPEST = 200


class DamagedError(MetaError):
    """A file can be read, but its content is wrong."""


def read_text(path: Path) -> str:
    """Read a UTF-8 text file; a byte order mark, as editors on Windows write it, is left out.

    Raises:
        NotFoundError: when there is no such file.
        DamagedError: when it is not UTF-8.
        MetaError: when it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").removeprefix("\ufeff")
    except FileNotFoundError as error:
        raise NotFoundError(f"file {path} does not exist") from error
    except UnicodeDecodeError as error:
        raise DamagedError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        why = error.strerror or error
        raise MetaError(f"{path} cannot be read: {why}", hint=os_error_hint(error)) from error


def load_json(text: str, *, source: str, unique: bool = False) -> Any:
    """Parse JSON.

    Args:
        source: what error messages call the text, usually its path.
        unique: refuse an object with the same key twice, of which the last would count otherwise.

    Raises:
        DamagedError: when the text is not JSON.
    """
    try:
        data = json.loads(text, object_pairs_hook=_different_keys if unique else None)
    except RecursionError as error:
        raise DamagedError(f"{source} is nested too deeply") from error
    except json.JSONDecodeError as error:
        if not text.strip():
            raise DamagedError(f"{source} is empty") from error
        why = "it ends too early" if error.pos >= len(text.rstrip()) else error.msg
        raise DamagedError(f"{source} line {error.lineno} is not valid JSON: {why}") from error
    except ValueError as error:
        raise DamagedError(f"{source} is not valid JSON: {error}") from error
    if text.count("[") + text.count("{") > _DEEPEST:
        check_depth(data, source)
    return data


def check_depth(data: Any, source: str) -> None:
    """Refuse data that are nested more deeply than whoever walks through them can follow.

    Raises:
        DamagedError: when they are.
    """
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(_DEEPEST):
        children = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for values in children for child in values if isinstance(child, dict | list)]
        if not level:
            return
    raise DamagedError(f"{source} is nested too deeply")


def read_json(path: Path, *, unique: bool = False) -> Any:
    """The content of a JSON file.

    Raises:
        NotFoundError: when there is none.
        DamagedError: when it is no JSON; see :func:`load_json`.
        MetaError: when it cannot be read.
    """
    return load_json(read_text(path), source=str(path), unique=unique)


def read_object(path: Path) -> dict[str, Any]:
    """The keys and values of a JSON file.

    Raises:
        NotFoundError, DamagedError, MetaError: as :func:`read_json`, and when it holds something else.
    """
    return check_object(read_json(path), path)


def check_object(data: Any, path: Path) -> dict[str, Any]:
    """What a file holds, which must be keys and values.

    Raises:
        DamagedError: when it is something else.
    """
    if not isinstance(data, dict):
        raise DamagedError(f"{path} must hold keys and values at the top level, not {kind_of(data)}")
    return data


def _different_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} occurs twice")
    return found
