"""A process, told apart from a later one with the same number: who builds an entry or holds a lock."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from cm_core.base.frozen import frozen

# In /proc: a zombie has ended, only its parent has not asked for its status yet.
_ENDED_STATES = ("Z", "X")
_ENDED = "ended"


class Life(Enum):
    """What can be said about a process from here."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


@frozen
class Owner:
    """A process.

    Attributes:
        pid: its number.
        host: the machine, with the process namespace where there is one: two containers may share a name.
        start: when it started, in whatever form the system gives; ``""`` when it gives none.
    """

    pid: int
    host: str
    start: str

    @classmethod
    def current(cls) -> Owner:
        """This process."""
        pid = os.getpid()
        return cls(pid=pid, host=_host(), start=_start_of(pid))

    @classmethod
    def from_json(cls, data: object) -> Owner | None:
        """Read what :meth:`to_json` wrote; ``None`` when it is something else."""
        if not isinstance(data, Mapping) or not isinstance(data.get("pid"), int):
            return None
        return cls(pid=data["pid"], host=str(data.get("host", "")), start=str(data.get("start", "")))

    def to_json(self) -> dict[str, Any]:
        """The form in ``_cm.json``, key ``cm_owner``."""
        return {"pid": self.pid, "host": self.host, "start": self.start}

    @property
    def machine(self) -> str:
        """The name of the machine, for people."""
        return self.host.partition(" ")[0]

    @property
    def is_here(self) -> bool:
        """Whether it belongs to this machine (and container)."""
        return self.host == _host()

    def life(self) -> Life:
        """Whether the process still runs; unknown on another machine or where the system does not say."""
        platform: str = sys.platform
        if not self.is_here or platform == "win32":
            # os.kill(pid, 0) would end the process on Windows; there the lock alone decides.
            return Life.UNKNOWN
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return Life.DEAD
        except OSError:
            pass
        start = _start_of(self.pid)
        if start == _ENDED:
            return Life.DEAD
        if not start or not self.start:
            return Life.UNKNOWN
        return Life.ALIVE if start == self.start else Life.DEAD

    def is_ancestor(self) -> bool:
        """Whether this process was started, directly or not, by the owner."""
        if not self.is_here or self.life() is not Life.ALIVE:
            return False
        pid = os.getpid()
        while pid > 1:
            if pid == self.pid:
                return True
            pid = _parent_of(pid)
        return False


def _host() -> str:
    namespace = ""
    with contextlib.suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()} {namespace}".strip()


def _start_of(pid: int) -> str:
    """Boot and clock tick of the start on Linux, the start time elsewhere, ``""`` when unknown."""
    if fields := _proc_stat(pid):
        if fields[0] in _ENDED_STATES:
            return _ENDED
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:8]}-{fields[19]}"
    return _ps("lstart=", pid)


def _parent_of(pid: int) -> int:
    fields = _proc_stat(pid)
    text = fields[1] if fields else _ps("ppid=", pid)
    return int(text) if text.isdigit() else 0


def _proc_stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The second field is the program's name in brackets and may hold anything.
    return text.rpartition(")")[2].split()


def _ps(column: str, pid: int) -> str:
    platform: str = sys.platform
    if platform in ("win32", "linux"):
        return ""
    from cm_core.base.process import ask_program
    from cm_core.errors import CMError

    try:
        return ask_program(["ps", "-o", column, "-p", str(pid)], check=False).stdout.strip()
    except CMError:
        return ""
