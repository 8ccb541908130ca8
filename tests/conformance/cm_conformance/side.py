"""One of the two tools on the command line: in folders of its own, with a Python environment of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cm_conformance.answers import with_placeholders

# What names something of the machine or the moment: a path, a version, a time.
_OF_THE_MACHINE = re.compile(r"/|\d+\.\d+|\d\d:\d\d|^\d+[KMGT]?$")
# The values of these differ where recipes do not get the Python that they find (docs/differences.md).
INTERPRETER = frozenset({"CM_PYTHON_BIN_PATH", "CM_PYTHON_BIN_WITH_PATH"})
_ENTRY = re.compile(r"(?<=local/cache/)[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command did."""

    status: int
    data: Mapping[str, Any]
    files: frozenset[str]
    seconds: float
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)

    def story(self) -> str:
        """The end of what it said, for messages."""
        return f"exit status {self.status}\n{self.stdout[-3000:]}\n{self.stderr[-3000:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A tool.

    Attributes:
        program: its command ``cm``.
        folder: for its home, its Python environment and the folders where its commands run.
        texts: what the words between braces in a command stand for.
        variables: more of the environment.
    """

    program: Path
    folder: Path
    texts: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def prepare(self, python: Path, repositories: Sequence[Path]) -> None:
        """Make the folders and the environment, register the repositories."""
        for name in ("home", "user", "cwd"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "home" / "repos.json").write_text(
            json.dumps(list(map(str, repositories))), encoding="utf-8"
        )
        subprocess.run([python, "-m", "venv", self.folder / "venv"], check=True)

    def run(self, command: str, number: int) -> Run:
        """Run ``cm run script COMMAND --quiet --out=json`` in an empty folder, nobody answering."""
        cwd = self.folder / "cwd" / str(number)
        cwd.mkdir()
        words = shlex.split(command.format_map(self.texts))
        started = time.perf_counter()
        done = subprocess.run(
            [self.program, "run", "script", *words, "--quiet", "--out=json"],
            cwd=cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        self.seconds.append(seconds)
        return Run(
            status=done.returncode,
            data=_document(done.stdout),
            files=frozenset(path.name for path in cwd.iterdir()),
            seconds=seconds,
            stdout=done.stdout,
            stderr=done.stderr,
        )

    def comparable(self, run: Run, number: int) -> dict[str, Any]:
        """The exported values that do not name anything of the machine."""
        values = self._values(run, number)
        return {key: value for key, value in values.items() if not _OF_THE_MACHINE.search(_text(value))}

    def interpreter(self, run: Run, number: int) -> dict[str, str]:
        """The exported values that name the Python which recipes get."""
        values = self._values(run, number)
        return {key: _text(values[key]) for key in sorted(INTERPRETER & values.keys())}

    @property
    def packages(self) -> list[str]:
        """What is installed in the Python that recipes find."""
        return sorted(path.name for path in (self.folder / "venv").glob("lib/*/site-packages/*"))

    def _values(self, run: Run, number: int) -> dict[str, Any]:
        places = {
            str(self.folder / "home"): "<CMHOME>",
            str(self.folder / "user"): "<HOME>",
            str(self.folder / "venv"): "<VENV>",
            str(self.folder / "cwd" / str(number)): "<CWD>",
        }
        return dict(with_placeholders(run.data.get("new_env") or {}, places))

    def _environment(self) -> dict[str, str]:
        env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        path = os.pathsep.join((str(self.folder / "venv" / "bin"), env.get("PATH", "")))
        return {
            **env,
            "CM_REPOS": str(self.folder / "home"),
            "HOME": str(self.folder / "user"),
            "PATH": path,
            "PYTHONHASHSEED": "0",
            **self.variables,
        }


def _text(value: Any) -> str:
    return _ENTRY.sub("<ENTRY>", value if isinstance(value, str) else json.dumps(value))


def _document(stdout: str) -> dict[str, Any]:
    """The JSON document at the end of the output; native tools of the original write before it."""
    starts = [0, *(match.end() for match in re.finditer(r"\n(?=\{)", stdout))]
    for start in starts:
        try:
            found = json.loads(stdout[start:])
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}
