"""Who may use the fixed file names of the native protocol in a working folder, and which recipes use them.

Native scripts report through files with fixed names in the working folder. A cache entry is private to one
run; any other folder may be shared by parallel runs, so they take turns there, but only those that use
these files: a benchmark that runs for hours does not keep others from detecting a compiler.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cm_core.base import NotWritableError, file_lock, passing_file_lock

# Locks that a parent process holds for us: "digest@pid" separated by commas.
HELD_VARIABLE = "CM_LOCKED_FOLDERS"

_LOCK_FILE = ".cm-folder.lock"
# Those of the protocol, and what recipes call their own ones: tmp-run.out, tmp-lscpu.out.
_REPORT_FILES = rb"tmp-(?:run-env|run-state|ver|[\w-]+\.out)\b"
_MAX_FILES = 200
_MAX_BYTES = 1 << 18

# Which thread of this process holds which folder; the lock itself is the file.
_held: dict[str, int] = {}


@contextlib.contextmanager
def working_folder_lock(
    locks_dir: Path,
    folder: Path,
    env: Mapping[str, str],
    *,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Hold a folder.

    It is re-entrant in the same thread and, for child processes that get :func:`held_environment`, in ``cm``
    started by the native script that runs inside. The system frees it when the process dies.

    Args:
        env: the environment of this process.
        on_wait: called once when it takes longer than a second.

    In a home where this user may not write, the lock is a file in the folder itself that is gone afterwards.
    Where nothing can be written there either, no report file can be, and nobody has to wait.

    Raises:
        CMError: when the lock file cannot be created.
    """
    # Two folders with the same checksum would only take turns needlessly; hashlib would load OpenSSL.
    digest = f"{zlib.crc32(os.fsencode(folder.resolve())):08x}"
    if _held.get(digest) == threading.get_ident() or _held_by_parent(digest, env.get(HELD_VARIABLE, "")):
        yield
        return
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(file_lock(locks_dir / f"folder-{digest}.lock", on_wait=on_wait))
        except NotWritableError:
            with contextlib.suppress(OSError):
                held.enter_context(passing_file_lock(folder / _LOCK_FILE, on_wait=on_wait))
        _held[digest] = threading.get_ident()
        held.callback(_held.pop, digest)
        yield


def held_environment(env: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment of a child process, so that it knows which locks this thread holds."""
    own = [f"{digest}@{os.getpid()}" for digest, thread in _held.items() if thread == threading.get_ident()]
    return {HELD_VARIABLE: ",".join(filter(None, (env.get(HELD_VARIABLE), *own)))} if own else {}


def uses_report_files(recipe: Path) -> bool:
    """Whether any file of a recipe mentions the files of the native protocol.

    A recipe too large to look through counts as one that does.
    """
    seen = 0
    for folder, subfolders, names in os.walk(recipe):
        subfolders[:] = [name for name in subfolders if name[:1] not in ("_", ".")]
        for name in names:
            seen += 1
            if seen > _MAX_FILES or _mentions(f"{folder}/{name}"):
                return True
    return False


def _mentions(path: str) -> bool:
    if path.endswith((".md", ".pyc")):
        return False
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - many small files before each native run
            content = stream.read(_MAX_BYTES + 1)
    except OSError:
        return False
    return len(content) > _MAX_BYTES or re.search(_REPORT_FILES, content) is not None


def _held_by_parent(digest: str, inherited: str) -> bool:
    for entry in inherited.split(","):
        name, _, pid = entry.partition("@")
        if name == digest and pid.isdigit() and _alive(int(pid)):
            return True
    return False


def _alive(pid: int) -> bool:
    """Whether the holder still runs; a daemon that outlives it inherits the variable but not the lock."""
    if os.name == "nt":
        return True  # os.kill would end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
