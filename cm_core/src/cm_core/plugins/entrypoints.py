"""Which plugins are installed, remembered between runs.

Looking through all installed distributions costs several milliseconds, importing the standard library's
reader for them as many again. The list is therefore kept in the home, keyed by the interpreter and by the
time stamps of the folders on ``sys.path``, which change whenever something is installed or removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import zlib
from pathlib import Path

from cm_core.base.frozen import frozen
from cm_core.errors import CMError


@frozen
class EntryPoint:
    """A plugin as its distribution announces it."""

    name: str
    module: str
    distribution: str
    version: str


def installed_entry_points(group: str, home: Path) -> tuple[EntryPoint, ...]:
    """The entry points of a group, sorted by name.

    Args:
        home: where the list may be remembered; it works, more slowly, when that cannot be written.
    """
    stamps = _path_stamps()
    # A checksum keeps interpreters and search paths apart; hashlib would load OpenSSL at each start.
    label = f"{zlib.crc32(f'{group} {sys.prefix} {sys.version} {sys.path}'.encode()):08x}"
    file = home / f"plugins-{label}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["stamps"] == stamps:
            return tuple(EntryPoint(**entry) for entry in stored["entries"])
    entries = _scan(group)
    if os.path.isdir(home):  # noqa: PTH112 - Path.is_dir raises for a home that one may not enter
        from cm_core.base.fsio import atomic_write_json
        from cm_core.base.records import encode

        with contextlib.suppress(CMError):
            atomic_write_json(file, {"stamps": stamps, "entries": encode(entries)})
    return entries


def _path_stamps() -> list[list[str | int]]:
    stamps: list[list[str | int]] = []
    for place in sys.path:
        try:
            stamps.append([place, os.stat(place or ".").st_mtime_ns])  # noqa: PTH116 - on the start-up path
        except OSError:
            continue
    return stamps


def _scan(group: str) -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points

    found = set()
    for entry in entry_points(group=group):
        distribution = entry.dist
        # Damaged metadata of a distribution may lack its name or version.
        name = (distribution.metadata["Name"] if distribution else None) or "unknown"
        found.add((entry.name, entry.value, name, (distribution.version if distribution else None) or ""))
    return tuple(
        EntryPoint(name=plugin, module=module, distribution=distribution, version=version)
        for plugin, module, distribution, version in sorted(found)
    )
