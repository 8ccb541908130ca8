"""A home with scripts whose right answers are known, and ``cm`` as processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KIND = {"automation_alias": "script", "automation_uid": "5b4e0237da074764"}
LIMIT_S = 120
# What no input and no accident may lead to.
NEVER = ("Traceback (most recent call last)", "internal error", "a defect worth reporting")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended; a negative status is the signal that killed it."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """The command and what it said, for a person."""
        return f"cm {' '.join(self.words)}\n  status {self.status}\n  {self.err.strip()[-800:]}"

    @property
    def is_defect(self) -> bool:
        """Whether it showed a person what only a programmer understands, or hung."""
        return self.status == -signal.SIGALRM or any(words in self.err for words in NEVER)


@dataclass(kw_only=True)
class Tally:
    """What a part of the soak did and found."""

    part: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, what: str, number: int = 1) -> None:
        """Count an event."""
        self.counts[what] = self.counts.get(what, 0) + number

    def expect(self, right: bool, where: str, said: str = "") -> None:
        """Note a fault unless something is as it should be."""
        if not right:
            self.faults.append(f"{where}\n  {said}" if said else where)


class Place:
    """A folder with a home, a repository ``mine`` of scripts, and a working folder."""

    def __init__(self, folder: Path, cm: Path) -> None:
        self.folder, self.binary = folder, cm
        shutil.rmtree(folder, ignore_errors=True)
        self.home, self.work, self.mine = folder / "CM", folder / "work", folder / "mine"
        self.work.mkdir(parents=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.env = {
            **kept,
            "HOME": str(folder),
            "CM_REPOS": str(self.home),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        (self.mine / "script").mkdir(parents=True)
        self.write(self.mine / "cmr.yaml", {"alias": "mine", "uid": "59a1e0f5b1d84f02", "git": False})
        self.cm("add", "repo", f"--path={self.mine}", must=True)

    @staticmethod
    def write(path: Path, content: Mapping[str, Any]) -> None:
        """Write a mapping as JSON, which is YAML, too."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def script(self, name: str, run: str, **meta: Any) -> Path:
        """Add a script whose tags are its name, with a native part."""
        folder = self.mine / "script" / name
        uid = f"{abs(hash_of(name)):016x}"[:16]
        self.write(folder / "_cm.yaml", {"alias": name, "uid": uid, **KIND, "tags": [name], **meta})
        (folder / "run.sh").write_text(run, encoding="utf-8")
        return folder

    def start(self, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Start ``cm`` in a process group of its own."""
        return subprocess.Popen(
            [*before, str(self.binary), *words],
            cwd=self.work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def cm(self, *words: str, before: Sequence[str] = (), must: bool = False) -> Ended:
        """Run ``cm`` and wait; a command that hangs ends like one of signal ALRM."""
        return self.wait(self.start(*words, before=before), words, must=must)

    def wait(self, process: subprocess.Popen[str], words: Sequence[str], *, must: bool = False) -> Ended:
        """Wait for a started command."""
        try:
            out, err = process.communicate(timeout=LIMIT_S)
            status = process.returncode
        except subprocess.TimeoutExpired:
            end_group(process)
            out, err, status = "", f"no answer in {LIMIT_S} s", -signal.SIGALRM
        ended = Ended(words=tuple(words), status=status, out=out, err=err)
        if must and status != 0:
            raise RuntimeError(ended.text)
        return ended

    def answer(self, *words: str) -> tuple[Ended, dict[str, Any]]:
        """Run ``cm`` with JSON; the document is empty where there is none."""
        ended = self.cm(*words, "--out=json")
        try:
            return ended, json.loads(ended.out)
        except ValueError:
            return ended, {}


def end_group(process: subprocess.Popen[str]) -> None:
    """``kill -9`` of a command and of all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def hash_of(text: str) -> int:
    """A number for a text that is the same in every process."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class Clock:
    """The time that a part may take."""

    def __init__(self, seconds: float) -> None:
        self._began, self._seconds = time.monotonic(), seconds

    @property
    def is_over(self) -> bool:
        """Whether no further round should begin."""
        return self.spent >= self._seconds

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began
