"""A repository is built in a temporary folder beside its place and appears there in one step.

The folder is guarded by a lock file that its process holds. A lock that can be taken belongs to a dead
process, so the next command removes the folder: nothing depends on process numbers.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from cm_core import AlreadyExistsError, CMError, Session
from cm_core.base import file_lock, raise_os_error, remove_tree, try_file_lock
from cm_core.base import sweep as sweep_removed

_PREFIX = ".tmp-"
_ORPHAN_LOCK_SECONDS = 24 * 3600


@contextlib.contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """A new empty folder inside ``parent``; what is left of it at the end is removed.

    Raises:
        CMError: when it cannot be created.
    """
    sweep(parent)
    folder = parent / f"{_PREFIX}{secrets.token_hex(8)}"
    with file_lock(_lock_path(folder)):
        try:
            try:
                folder.mkdir()
            except OSError as error:
                raise_os_error("create", folder, error)
            yield folder
        finally:
            with contextlib.suppress(CMError):
                remove_tree(folder, inside=parent)
            _remove_lock(folder)


def sweep(parent: Path) -> None:
    """Remove what dead processes left: temporary folders, and what they were removing.

    What cannot be removed yet waits for the next time.
    """
    sweep_removed(parent)
    for folder in parent.glob(f"{_PREFIX}*"):
        if folder.suffix == ".lock":
            _remove_orphan(folder)
            continue
        # The lock is taken before the folder is made, so a free lock beside a folder means a dead owner.
        with contextlib.suppress(OSError, CMError), try_file_lock(_lock_path(folder)) as free:
            if free:
                remove_tree(folder, inside=parent)
                _remove_lock(folder)


@contextlib.contextmanager
def place_lock(session: Session, target: Path) -> Iterator[None]:
    """Only one process works on this place at a time; a second one waits and then finds the result."""
    digest = hashlib.sha256(str(target).encode()).hexdigest()[:16]

    def say() -> None:
        session.reporter.message(f"waiting for another process that is working on {target}")

    with file_lock(session.home.locks_dir / f"repo-{digest}.lock", on_wait=say):
        session.repos.forget()
        yield


def check_free(target: Path) -> None:
    """Refuse a place that is taken.

    Raises:
        AlreadyExistsError: when there is anything.
    """
    if target.exists():
        raise AlreadyExistsError(
            f"{target} already exists",
            hint=f"choose another folder with --dir=NAME, or keep this one: cm add repo --path={target}",
        )


def publish(session: Session, staged: Path, target: Path) -> None:
    """Move a finished repository to its place and register it; on failure neither happens.

    Raises:
        AlreadyExistsError: when the place is taken, or its alias or UID is registered.
        CMError: when the folder cannot be moved.
    """
    check_free(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
    except OSError as error:
        raise_os_error("create", target, error)
    try:
        register(session, target)
    except BaseException:
        remove_tree(target, inside=session.home.repos_dir)
        raise


def register(session: Session, folder: Path) -> None:
    """Put a folder on the list of repositories unless it is there.

    Raises:
        AlreadyExistsError: when its alias or UID belongs to another repository.
    """
    if folder not in session.repos.registered_paths():
        session.repos.add(folder)
    session.repos.forget()


def _lock_path(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _remove_lock(folder: Path) -> None:
    # Windows removes no file that is open; an orphaned lock is swept later.
    with contextlib.suppress(PermissionError):
        _lock_path(folder).unlink(missing_ok=True)


def _remove_orphan(lock_file: Path) -> None:
    # Without a folder beside it, a lock file is either a minute old or forgotten by a killed process.
    with contextlib.suppress(OSError):
        if time.time() - lock_file.stat().st_mtime > _ORPHAN_LOCK_SECONDS:
            lock_file.unlink()
