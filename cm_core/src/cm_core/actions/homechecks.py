"""What ``cm doctor`` says about the home, one that several users share, and shared homes."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.actions.finding import Finding, State
from cm_core.base.fsio import directory_is_writable
from cm_core.base.locks import way_of_locking
from cm_core.base.text import byte_size
from cm_core.home import Home
from cm_core.sharedhomes import VARIABLE, problem_of

if TYPE_CHECKING:
    from cm_core.session import Session

_LOW_DISK_BYTES = 5 * 10**9
_FULL_DISK_BYTES = 100 * 10**6


def check_home(session: Session) -> Iterator[Finding]:
    """Whether the home can be written, and how much room there is.

    Raises:
        CMError: when it may not even be read.
    """
    session.home.check_readable()
    home = session.home.path
    existing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    if not directory_is_writable(existing):
        yield Finding(
            check="home",
            state="warn" if session.home.repos_dir.is_dir() else "fail",
            text=f"{home} is not writable",
            fix=f"set CM_REPOS to a folder you can write to, and {VARIABLE}={home} to use what is there"
            if session.home.repos_dir.is_dir()
            else "set CM_REPOS to a folder you can write to",
        )
        return
    note = "" if existing == home else " (will be created on first use)"
    yield Finding(check="home", state="ok", text=f"{home}{note}")
    free = shutil.disk_usage(existing).free
    state: State = "ok" if free > _LOW_DISK_BYTES else "warn" if free > _FULL_DISK_BYTES else "fail"
    yield Finding(
        check="disk",
        state=state,
        text=f"{byte_size(free)} free",
        fix="" if state == "ok" else session.plugins.full_disk_hint(),
    )


def check_locks(session: Session) -> Iterator[Finding]:
    """Whether the file system of the home knows the locks that keep processes apart."""
    with contextlib.suppress(OSError):
        way = way_of_locking(session.home.path)
        if way == "fcntl":
            yield Finding(
                check="locks", state="ok", text="the file system refuses flock; locks of fcntl are used"
            )
        elif way == "lock files":
            yield Finding(
                check="locks",
                state="warn",
                text=f"the file system of {session.home.path} has no locks; files take their place",
                fix="mount it with locks (Lustre: -o flock; NFS: lockd), or set CM_REPOS to another disk",
            )


def check_group(session: Session) -> Iterator[Finding]:
    """Whether everybody of the group that shares a home may write what the others wrote."""
    home = session.home
    if sys.platform == "win32" or not home.repos_dir.is_dir():
        return
    places = list(_places_of_all(home))
    facts = [(place, place.stat()) for place in places]
    of_others = any(status.st_uid != os.geteuid() for _, status in facts)
    top = home.path.stat()
    if not top.st_mode & stat.S_IWGRP or not (of_others or top.st_mode & stat.S_ISGID):
        return
    closed = [place for place, status in facts if not status.st_mode & stat.S_IWGRP]
    foreign = [place for place, status in facts if status.st_gid != top.st_gid]
    loose = [
        place for place, status in facts if stat.S_ISDIR(status.st_mode) and not status.st_mode & stat.S_ISGID
    ]
    whole = f"chgrp -R {top.st_gid} {home.path}; chmod -R g+rwX {home.path}"
    whole += f"; find {home.path} -type d -exec chmod g+s {{}} +"
    for found, what in (
        (closed, "is not writable for the group"),
        (foreign, "belongs to another group than the home"),
        (loose, "has no setgid bit, so new files get another group"),
    ):
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            yield Finding(check="group", state="warn", text=f"{found[0]} {what}{more}", fix=whole)
    umask = _umask()
    if umask & stat.S_IWGRP:
        yield Finding(
            check="group",
            state="warn",
            text=f"the umask {umask:03o} keeps the group of {home.path} from writing what you make",
            fix="umask 002 (in the start-up file of your shell)",
        )


def check_shared(session: Session) -> Iterator[Finding]:
    """Whether the shared homes can be read, and what is there.

    Raises:
        CMError: when the setting cannot be read.
    """
    for path in session.repos.named_shared_homes():
        problem = problem_of(Home(path=path))
        if problem:
            fix = f"mount it, or take it off {VARIABLE} or shared_homes in {session.home.path}/config.yaml"
            yield Finding(check="shared home", state="warn", text=f"{path}: {problem}", fix=fix)
            continue
        names = [repo.alias for repo in session.repos.list() if repo.home == path]
        yield Finding(check="shared home", state="ok", text=f"{path}: {', '.join(names) or 'empty'}")


def _places_of_all(home: Home) -> Iterator[Path]:
    """What every user of a home writes to."""
    yield home.path
    for place in (home.repos_dir, home.local_repo, home.locks_dir, home.index_file):
        if place.exists():
            yield place
    for place in (home.local_repo, home.locks_dir):
        with contextlib.suppress(OSError):
            yield from place.iterdir()


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
