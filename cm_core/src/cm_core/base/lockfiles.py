"""Locks on file systems that have none: a file that exists as long as somebody holds the lock.

The system does not remove it when its holder dies, so it names the holder, and whoever lives renews its time
stamp. One whose holder has ended, or on another machine gave no sign of life for minutes, counts as left
behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cm_core.base.owner import Life, Owner

_BEAT_SECONDS = 30.0
_SILENT_SECONDS = 600.0
# Writing the holder's name, or removing a file that was left behind, takes a few milliseconds.
_STUCK_SECONDS = 60.0

# The lock files of this process, whose time stamps one thread renews; the locks belong to the process.
_mine: set[Path] = set()
_guard = threading.Lock()
_beating = False


def holder_file(lock: Path) -> Path:
    """The file that exists while somebody holds this lock."""
    return lock.with_name(f"{lock.name}.held")


def take(lock: Path) -> Callable[[], None] | None:
    """Take a lock; returns what gives it back, ``None`` when somebody holds it.

    Raises:
        OSError: when the file cannot be created.
    """
    place = holder_file(lock)
    if not _create(place) and not (_clear(place) and _create(place)):
        return None
    _keep_alive(place)

    def give_back() -> None:
        with _guard:
            _mine.discard(place)
        # After a night in suspension it may be somebody else's by now.
        if _holder(place) == Owner.current():
            place.unlink(missing_ok=True)

    return give_back


def _create(place: Path) -> bool:
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(Owner.current().to_json(), stream)
    return True


def _holder(place: Path) -> Owner | None:
    try:
        return Owner.from_json(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _clear(place: Path) -> bool:
    """Remove a file that was left behind; only one process at a time, or two would remove each other's."""
    if not _is_left(place):
        return False
    clearing = place.with_name(f"{place.name}.clearing")
    try:
        clearing.mkdir()
    except FileExistsError:
        if _age(clearing) > _STUCK_SECONDS:
            with contextlib.suppress(OSError):
                clearing.rmdir()
        return False
    try:
        if _is_left(place):
            place.unlink(missing_ok=True)
            return True
        return False
    finally:
        with contextlib.suppress(OSError):
            clearing.rmdir()


def _is_left(place: Path) -> bool:
    owner = _holder(place)
    if owner is None:
        return _age(place) > _STUCK_SECONDS
    life = owner.life()
    return life is Life.DEAD or (life is Life.UNKNOWN and _age(place) > _SILENT_SECONDS)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _keep_alive(place: Path) -> None:
    global _beating  # noqa: PLW0603 - one thread for all locks of the process
    with _guard:
        _mine.add(place)
        if not _beating:
            _beating = True
            threading.Thread(target=_beat, daemon=True, name="cm-locks").start()


def _beat() -> None:
    while True:
        time.sleep(_BEAT_SECONDS)
        with _guard:
            places = list(_mine)
        for place in places:
            with contextlib.suppress(OSError):
                os.utime(place)
