"""The two that are compared: the toolkit of this environment and the original in its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Failure, Sample, run_measured

ORIGINAL = "cmind==4.2.0"
OURS_NAME = "ours"
ORIGINAL_NAME = "original"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A ``cm`` command and the folder below which its homes are."""

    name: str
    programs: Path  # folder of python and cm
    homes: Path

    def command(self, *arguments: str) -> list[str]:
        program, *rest = arguments
        return [str(self.programs / program), *rest]

    def env(self, home: Path) -> dict[str, str]:
        """A plain environment: nothing of the caller's settings or packages."""
        env = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
        env["PATH"] = os.pathsep.join([str(self.programs), env.get("PATH", os.defpath)])
        return {**env, "HOME": str(self.homes), "CM_REPOS": str(home)}

    def take(
        self, arguments: Sequence[str], *, home: Path, expect: Callable[[str], bool], timeout: float
    ) -> Sample | Failure:
        """Run once; a status other than 0 or another answer than expected is a failure."""
        work = self.homes / "work"
        work.mkdir(parents=True, exist_ok=True)
        log = self.homes / "last.log"
        command = self.command(*arguments)
        sample = run_measured(command, env=self.env(home), cwd=work, log=log, timeout=timeout)
        if sample.status:
            killed = sample.wall >= timeout
            return Failure(reason=f"> {timeout:.0f} s" if killed else f"fails ({sample.status})")
        if not expect(sample.output):
            return Failure(reason="wrong answer")
        return sample


def ours(work: Path) -> Contender:
    return Contender(name=OURS_NAME, programs=Path(sys.executable).parent, homes=work / OURS_NAME)


def original(work: Path) -> Contender:
    """The original in an environment of the same Python, made when it is not there yet."""
    folder = work / "original-env"
    programs = folder / "bin"
    if not (programs / "cm").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [str(programs / "python"), "-m", "pip", "install", "--quiet", ORIGINAL]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return Contender(name=ORIGINAL_NAME, programs=programs, homes=work / ORIGINAL_NAME)
