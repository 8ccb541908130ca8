"""Locks between processes and threads: a file that the system unlocks when its holder dies.

This is all that the toolkit needs of locks; a package for them costs as much at each start as the whole
search for an artifact.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.base.fsio import raise_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOTICE_SECONDS = 1.0
_POLL_SECONDS = 0.02


@contextlib.contextmanager
def file_lock(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock that other processes and threads respect; the system frees it when the process dies.

    Args:
        path: the lock file; it stays behind, since removing it would race.
        on_wait: called once if the lock is not free within a second, to tell a person why nothing moves.

    Raises:
        CMError: when the lock file cannot be created.
    """
    try:
        handle = _open(path)
    except OSError as error:
        raise_os_error("lock", path, error)
    try:
        try:
            _wait(handle, on_wait)
        except OSError as error:  # a file system without locks
            raise_os_error("lock", path, error)
        try:
            yield
        finally:
            _unlock(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def try_file_lock(path: Path) -> Iterator[bool]:
    """Hold a lock if it is free; yields whether it was.

    Raises:
        OSError: when the lock file cannot be created.
    """
    handle = _open(path)
    try:
        free = _lock(handle)
        try:
            yield free
        finally:
            if free:
                _unlock(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def passing_file_lock(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock whose file is gone when nobody holds it: for folders in which people look.

    Windows removes no file that is open, so it stays there.

    Args:
        on_wait: as for :func:`file_lock`.

    Raises:
        OSError: when the lock file cannot be created, or its file system has no locks.
    """
    while True:
        handle = _open(path)
        try:
            _wait(handle, on_wait)
            try:
                # Whoever held it before may have removed this file, and another may be there by now.
                if _is_at(handle, path):
                    yield
                    return
            finally:
                with contextlib.suppress(OSError):  # on Windows, or in a folder that is read-only by now
                    if _is_at(handle, path):
                        path.unlink()
                _unlock(handle)
        finally:
            os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def _wait(handle: int, on_wait: Callable[[], None] | None) -> None:
    started = time.monotonic()
    while not _lock(handle):
        if on_wait is not None and time.monotonic() - started >= _NOTICE_SECONDS:
            on_wait()
            on_wait = None
        time.sleep(_POLL_SECONDS)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            # Belongs to this opening of the file, so that it also keeps other threads out.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        # Closing is not enough where a child process has inherited the file.
        fcntl.flock(handle, fcntl.LOCK_UN)
