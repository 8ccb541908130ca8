"""Locks between processes: one per key while its result is made, one per entry while it is renewed."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cm_cache.errors import DependencyError
from cm_core.base import file_lock, try_file_lock

# Which thread of this process holds which lock file. The locks belong to the whole process, whatever
# session or store took them, and so must the record that keeps a thread from waiting for itself.
_holders: dict[str, int] = {}
_MANY_LOCKS = 128
_ENOUGH_FILES = 16384


@contextlib.contextmanager
def exclusive(path: Path, *, purpose: str, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock, waiting until it is free; the system frees it when the process dies.

    Args:
        purpose: what is made under this lock, for the error message.
        on_wait: called once when it is not free within a second.

    Raises:
        DependencyError: when this thread holds it already.
    """
    name, thread = str(path), threading.get_ident()
    if _holders.get(name) == thread:
        raise DependencyError(
            f"{purpose} depends on itself: it is already running further up", hint="see: cm show cache"
        )
    if len(_holders) >= _MANY_LOCKS:
        _allow_more_open_files()
    with file_lock(path, on_wait=on_wait):
        _holders[name] = thread
        try:
            yield
        finally:
            _holders.pop(name, None)


def _allow_more_open_files() -> None:
    """Each lock is an open file, and a chain of a thousand dependencies holds a thousand of them."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < enough:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


@contextlib.contextmanager
def try_exclusive(path: Path) -> Iterator[bool]:
    """Hold a lock if it is free; gives whether it was. A lock that cannot be created counts as taken."""
    with contextlib.ExitStack() as held:
        try:
            free = held.enter_context(try_file_lock(path))
        except OSError:
            free = False
        yield free
