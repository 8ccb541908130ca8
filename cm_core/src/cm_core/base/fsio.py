"""Files: atomic writes, guarded removal, time stamps that can be trusted."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cm_core.errors import AlreadyExistsError, CMError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DAY_SECONDS = 86400.0
_REMOVED = ".cm-removed-"
_NEW = ".cm-new-"
# A file changed within one tick of the file system's clock could change again under the same time stamp.
_TICK_NS = 50_000_000
# Some file systems count in seconds, or even (FAT) in steps of two.
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
# A time stamp that no file ever has.
UNCERTAIN = -1


def atomic_write_text(path: Path, text: str, *, errors: str = "strict") -> None:
    """Replace a file's content in one step: readers see the old or the new text, never a part.

    Args:
        errors: what to do with characters that UTF-8 cannot hold, as :func:`open` knows it.

    Raises:
        CMError: when the folder is missing, read-only or full; the old file is untouched then.
    """
    with (
        replacing(path) as temporary,
        temporary.open("x", encoding="utf-8", errors=errors, newline="\n") as stream,
    ):
        stream.write(text)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The name under which to write a new file; at the end of the block it takes the place of ``path``.

    Raises:
        CMError: when it cannot be written; nothing of it is left, and the old file is untouched then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        yield temporary
        with contextlib.suppress(OSError):  # a new file, or a file system without permissions
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException as error:
        # On a read-only disk even the removal of what is not there fails.
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise_os_error("write", path, error)
        raise


def atomic_write_json(path: Path, data: Any, *, sort_keys: bool = True) -> None:
    """Write JSON as the original does: sorted, indented by two, non-ASCII kept, final newline.

    Bytes that are no text, as in a file name, survive: JSON has escapes for what UTF-8 cannot hold.

    Args:
        sort_keys: ``False`` where the order of keys means something.
    """
    text = json.dumps(data, indent=2, sort_keys=sort_keys, ensure_ascii=False) + "\n"
    atomic_write_text(path, text, errors="backslashreplace")


def current_folder(default: Path) -> Path:
    """The current folder of the process, or another one where somebody has removed it."""
    try:
        return Path.cwd()
    except OSError:
        return default


def user_path(text: str) -> Path:
    """A path as a user types it: ``~`` and ``~name`` mean a home folder.

    Raises:
        UsageError: when there is no such user.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f"there is no such user: '{text}'", hint="write the path in full") from error


class NotWritableError(CMError):
    """Something lies where this user may not write: a home of somebody else, a read-only disk."""


_NOT_WRITABLE = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
# A disk or a quota is used up; not every system knows quotas.
FULL_DISK = frozenset((errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)))


def full_disk_hint(ways: Iterable[str] = ()) -> str:
    """What to do when a disk is full.

    Args:
        ways: what frees space here.
    """
    known = "; ".join(ways)
    return f"free some space{f' ({known})' if known else ''} or set CM_REPOS to another disk"


def os_error_hint(error: OSError) -> str:
    """What a person can do about an error of the operating system; may be empty."""
    hints = {
        errno.EROFS: "the file system is read-only; set CM_REPOS to a folder you can write to",
        errno.EACCES: "check the permissions, or set CM_REPOS to a folder you can write to",
        errno.EPERM: "check the permissions, or set CM_REPOS to a folder you can write to",
        **dict.fromkeys(FULL_DISK, full_disk_hint()),
    }
    return hints.get(error.errno or 0, "")


def raise_os_error(verb: str, path: Path, error: OSError) -> NoReturn:
    """Turn an operating-system error on a path into one sentence with a hint.

    Raises:
        NotWritableError: when permissions or a read-only file system are in the way.
        CMError: otherwise.
    """
    message = f"cannot {verb} {path}: {error.strerror or error}"
    kind = NotWritableError if error.errno in _NOT_WRITABLE else CMError
    raise kind(message, hint=os_error_hint(error)) from error


def remove_tree(path: Path, *, inside: Path) -> None:
    """Remove a folder with everything in it, or only the link if it is one.

    Args:
        inside: the folder that must contain ``path``; a guard against wrong metadata.

    The folder vanishes in one step, so that nobody finds half of it should this process be killed; what
    is left then is removed by :func:`sweep`.

    Raises:
        CMError: when the path lies outside, or cannot be removed.
    """
    place = path.parent.resolve() / path.name
    if path.name in ("", ".", "..") or inside.resolve() not in place.parents:
        raise CMError(f"refusing to remove {path}: it is not inside {inside}")
    try:
        if path.is_symlink():
            path.unlink()
        else:
            _rmtree(_put_aside(path))
    except FileNotFoundError:
        return
    except OSError as error:
        raise_os_error("remove", path, error)


def place_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Make a folder that others see complete or not at all.

    Args:
        fill: writes the content into the folder, which has another name until it is complete.

    Raises:
        AlreadyExistsError: when there is such a folder; an empty one, as a killed process of another
            tool leaves it, does not count.
        CMError: when it cannot be made.
    """
    hidden = folder.with_name(f"{_NEW}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise AlreadyExistsError(f"the folder {folder} already exists", hint="choose another name")
        hidden.mkdir(parents=True)
        fill(hidden)
        if folder.is_dir() and not folder.is_symlink():
            folder.rmdir()  # Windows does not rename onto an empty folder.
        hidden.rename(folder)
    except OSError as error:
        if folder.exists():
            raise AlreadyExistsError(
                f"the folder {folder} already exists", hint="choose another name"
            ) from error
        raise_os_error("create", folder, error)
    finally:
        if hidden.exists():
            remove_tree(hidden, inside=hidden.parent)


def sweep(parent: Path) -> None:
    """Remove what killed processes left in a folder: half-removed and incomplete folders.

    New folders count as left after a day. Never fails.
    """
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                age = time.time() - entry.stat(follow_symlinks=False).st_ctime
                left = entry.name.startswith(_REMOVED) or (entry.name.startswith(_NEW) and age > _DAY_SECONDS)
                if left and entry.is_dir(follow_symlinks=False):
                    _rmtree(Path(entry.path))


def settled_mtime(mtime: int, seen_at: int) -> int:
    """The time stamp if it was old enough to be trusted when it was seen, else :data:`UNCERTAIN`.

    Args:
        seen_at: the time (ns) right before the time stamp was read.
    """
    tick = _COARSE_TICK_NS if mtime % _SECOND_NS == 0 else _TICK_NS
    return mtime if seen_at - mtime > tick else UNCERTAIN


def directory_is_writable(path: Path) -> bool:
    """Whether a file can really be created there (permission bits lie for root and on network drives)."""
    try:
        _try_to_write(path)
    except OSError:
        return False
    return True


def check_file_place(path: Path) -> None:
    """Refuse the name of a file that cannot be written, as writing it would; nothing is left there.

    Raises:
        CMError: when it is a folder, or no file can be created next to it.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _try_to_write(path.parent)
    except OSError as error:
        raise_os_error("write", path, error)


def _try_to_write(folder: Path) -> None:
    probe = folder / f".cm-{os.getpid()}-{os.urandom(4).hex()}.tmp"
    probe.touch(exist_ok=False)
    probe.unlink()


def _put_aside(path: Path) -> Path:
    """Give a folder that is to be removed a hidden name; the same folder when that is not possible."""
    aside = path.with_name(f"{_REMOVED}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        return path.rename(aside)
    except FileNotFoundError:
        raise
    except OSError:  # a mount point, a folder of somebody else, a file that Windows holds open
        return path


def _rmtree(path: Path) -> None:
    import shutil

    def make_writable(function: Callable[..., Any], name: str, _: object) -> None:
        # git writes read-only objects, which Windows refuses to delete; tools write read-only folders.
        place = Path(name)
        if not os.path.lexists(name):
            return
        if place.parent.is_relative_to(path):
            place.parent.chmod(stat.S_IRWXU)
        if place.is_symlink() or function in (os.unlink, os.rmdir):
            if not place.is_symlink():
                place.chmod(stat.S_IRWXU)
            function(name)
        elif place.stat().st_mode & stat.S_IRWXU != stat.S_IRWXU:
            # It could not be listed; once it can, everything in it is removed. A second failure is final.
            place.chmod(stat.S_IRWXU)
            _rmtree(place)
        else:
            place.rmdir()

    if sys.version_info >= (3, 12):
        shutil.rmtree(path, onexc=make_writable)
    else:
        shutil.rmtree(path, onerror=make_writable)
