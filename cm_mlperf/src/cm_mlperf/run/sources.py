"""States of files that results depend on: what a later run compares with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from cm_core.base import file_digest

# Of larger files, size and time must do: reading them again would take longer than a test.
_READ_BYTES = 64 * 1024 * 1024


def file_part(word: str) -> str:
    """``FILE.py`` of ``FILE.py:name``."""
    head, colon, _ = word.rpartition(":")
    return head if colon and head.endswith(".py") else word


def file_state(path: str) -> str:
    """The content of a file as a digest; size and time of a large one.

    Raises:
        OSError: when it cannot be read.
    """
    facts = os.stat(path)  # noqa: PTH116 - paths of records are text
    if facts.st_size > _READ_BYTES:
        return f"{facts.st_size} bytes of {facts.st_mtime_ns}"
    return f"sha256:{file_digest(Path(path))}"


def folder_state(folder: Path) -> str:
    """A digest of names, sizes and times of the files in a folder, however deep."""
    found = hashlib.sha256()
    for name, facts in sorted(_files(str(folder))):
        found.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return found.hexdigest()


def changed_files(sources: Mapping[str, str]) -> list[str]:
    """The paths whose files are not what they were."""
    return [path for path, state in sources.items() if _state_now(path) != state]


def _state_now(path: str) -> str:
    try:
        return file_state(path)
    except OSError:
        return "gone"


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """The files below a folder, through links as well: a data set may be a folder of them."""
    seen: set[str] = set()
    for place, names, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            names.clear()
            continue
        seen.add(real)
        for name in files:
            path = os.path.join(place, name)  # noqa: PTH118 - many, and pathlib is slow
            try:
                facts = os.stat(path)  # noqa: PTH116 - the same
            except OSError:
                continue  # a link to nothing
            yield os.path.relpath(path, folder), facts
