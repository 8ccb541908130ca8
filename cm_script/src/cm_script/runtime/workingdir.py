"""The one place where the current directory changes, for recipes that expect to be inside a folder."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from cm_core.base import raise_os_error

# The current directory belongs to the whole process; a hook may call the engine, hence re-entrant.
_LOCK = threading.RLock()


@contextlib.contextmanager
def working_directory(path: Path) -> Iterator[None]:
    """Change to a folder for the duration of the block; other threads that want to change it wait.

    Afterwards the process is where it was before, whatever happened inside, even if one of the two folders
    has been renamed or removed meanwhile.

    Raises:
        CMError: when the folder cannot be entered.
    """
    with _LOCK:
        back = _remember()
        try:
            try:
                os.chdir(path)
            except OSError as error:
                raise_os_error("enter the working folder", path, error)
            yield
        finally:
            _return(back)


def _remember() -> int | str | None:
    """The present folder: a descriptor where that is possible, since it survives renaming and removal."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            return os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    with contextlib.suppress(OSError):
        return os.getcwd()  # noqa: PTH109 - text, as chdir wants it
    return None


def _return(back: int | str | None) -> None:
    try:
        if back is not None:
            os.chdir(back)
    except OSError:
        # The folder is gone and the system does not let us stay in it: any place that exists is better
        # than inside the cache entry of a recipe.
        os.chdir(Path.home().anchor)
    finally:
        if isinstance(back, int):
            os.close(back)
