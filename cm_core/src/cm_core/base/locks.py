"""Locks between processes and threads: a file that the system unlocks when its holder dies.

A file system may refuse the usual lock (``flock``). Then it is one of ``fcntl``, where the system has
those that belong to an opening of a file, or else :mod:`a file that exists <cm_core.base.lockfiles>`.

This is all that the toolkit needs of locks; a package for them costs as much at each start as the whole
search for an artifact.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.base.fsio import raise_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Lustre without `-o flock`, NFS without a lock service, some FUSE file systems.
_HAS_NO_LOCKS = frozenset((errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK))
_OF_THE_GROUP = stat.S_IRGRP | stat.S_IWGRP
_NOTICE_SECONDS = 1.0
_POLL_SECONDS = 0.02

# Folders on whose file system only lock files work, so that whoever runs the session can say it once.
folders_without_locks: set[Path] = set()


@contextlib.contextmanager
def file_lock(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock that other processes and threads respect; the system frees it when the process dies.

    Args:
        path: the lock file; it stays behind until :func:`remove_idle_locks`.
        on_wait: called once if the lock is not free within a second, to tell a person why nothing moves.

    Raises:
        NotWritableError: when the lock file is missing and this user may not create it.
        CMError: when it cannot be locked.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_held(path, on_wait))
        except OSError as error:
            raise_os_error("lock", path, error)
        yield


@contextlib.contextmanager
def try_file_lock(path: Path) -> Iterator[bool]:
    """Hold a lock if it is free; yields whether it was.

    Raises:
        OSError: when the lock file cannot be created.
    """
    while True:
        handle = _open(path)
        try:
            unlock = _lock(handle, path)
            try:
                if unlock is None or _is_at(handle, path):
                    yield unlock is not None
                    return
            finally:
                if unlock is not None:
                    unlock()
        finally:
            os.close(handle)


def remove_idle_locks(folder: Path) -> None:
    """Remove the lock files of a folder that nobody holds; what cannot be removed stays.

    That is safe at any time, since whoever gets a lock looks whether its file is still there.
    """
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError), try_file_lock(path) as free:
            if free:
                path.unlink()


@contextlib.contextmanager
def passing_file_lock(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock whose file is gone when nobody holds it: for folders in which people look.

    Windows removes no file that is open, so it stays there.

    Args:
        on_wait: as for :func:`file_lock`.

    Raises:
        OSError: when the lock file cannot be created.
    """
    with _held(path, on_wait) as handle:
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # on Windows, or in a folder that is read-only by now
                if _is_at(handle, path):
                    path.unlink()


@contextlib.contextmanager
def _held(path: Path, on_wait: Callable[[], None] | None) -> Iterator[int]:
    """Hold the lock of the file at a path; yields the open file."""
    while True:
        handle = _open(path)
        try:
            unlock = _wait(handle, path, on_wait)
            try:
                # Whoever held it before may have removed this file, and another may be there by now.
                if _is_at(handle, path):
                    yield handle
                    return
            finally:
                unlock()
        finally:
            os.close(handle)


def way_of_locking(folder: Path) -> str:
    """How locks work in a folder: ``flock``, ``fcntl``, ``lock files``, or on Windows ``msvcrt``.

    Raises:
        OSError: when nothing can be written there.
    """
    path = folder / f".cm-{os.getpid()}-{os.urandom(4).hex()}.tmp"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return next((name for name, lock in _WAYS.items() if _works(lock, handle)), "lock files")
    finally:
        os.close(handle)
        path.unlink()


def _works(lock: Callable[[int], object], handle: int) -> bool:
    try:
        lock(handle)
    except OSError as error:
        if error.errno in _HAS_NO_LOCKS:
            return False
        raise
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            return os.open(path, os.O_RDWR)
        except FileNotFoundError:
            # Somebody else may create it, or remove it again, in between.
            with contextlib.suppress(FileExistsError):
                return _create(path)
        except OSError as refused:
            with contextlib.suppress(OSError):
                return os.open(path, os.O_RDONLY)  # of somebody else; enough to lock it
            raise refused from None


def _create(path: Path) -> int:
    """Create a lock file that all may open who may write in its folder, whatever this user's umask says.

    It has no content, and one that only its owner can open locks the others of a group out for ever.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    if os.name == "posix":
        group = os.stat(path.parent).st_mode & _OF_THE_GROUP  # noqa: PTH116 - on the way of each command
        with contextlib.suppress(OSError):
            if group & stat.S_IWGRP:
                os.fchmod(handle, os.fstat(handle).st_mode & 0o777 | group)
    return handle


def _wait(handle: int, path: Path, on_wait: Callable[[], None] | None) -> Callable[[], None]:
    started = time.monotonic()
    while (unlock := _lock(handle, path)) is None:
        if on_wait is not None and time.monotonic() - started >= _NOTICE_SECONDS:
            on_wait()
            on_wait = None
        time.sleep(_POLL_SECONDS)
    return unlock


def _lock(handle: int, path: Path) -> Callable[[], None] | None:
    """Take a lock by the first way that works here; returns what frees it, ``None`` if somebody holds it."""
    for lock in _WAYS.values():
        try:
            return lock(handle)
        except OSError as error:
            if error.errno == errno.EBADF:  # NFS locks only what may be written
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from error
            if error.errno not in _HAS_NO_LOCKS:
                raise
    from cm_core.base.lockfiles import take

    folders_without_locks.add(path.parent)
    return take(path)


if sys.platform == "win32":
    import msvcrt

    def _msvcrt(handle: int) -> Callable[[], None] | None:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return None
        return lambda: msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    _WAYS = {"msvcrt": _msvcrt}

else:
    import fcntl

    def _flock(handle: int) -> Callable[[], None] | None:
        try:
            # Belongs to this opening of the file, so that it also keeps other threads out.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        # Closing is not enough where a child process has inherited the file.
        return lambda: fcntl.flock(handle, fcntl.LOCK_UN)

    def _fcntl(handle: int) -> Callable[[], None] | None:
        # Like flock it belongs to the opening of the file; a plain lock of fcntl would let other threads in.
        command = getattr(fcntl, "F_OFD_SETLK", None)
        if command is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        try:
            fcntl.fcntl(handle, command, _whole_file(fcntl.F_WRLCK))
        except BlockingIOError:
            return None

        def unlock() -> None:
            fcntl.fcntl(handle, command, _whole_file(fcntl.F_UNLCK))

        return unlock

    def _whole_file(kind: int) -> bytes:
        import struct

        return struct.pack("hhqqi", kind, os.SEEK_SET, 0, 0, 0)

    _WAYS = {"flock": _flock, "fcntl": _fcntl}
