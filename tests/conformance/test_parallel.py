"""Fifty runs at once, the same scripts and different ones, from one home and one working folder."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cm_conformance.report import Report, table

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("yardstick")]

SAME = {
    '"detect os"': 0,
    '"get python3"': 1,
    '"get gcc"': 1,
    '"get cmake"': 1,
}
TIMES = 10
OTHERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What fifty runs left.

    Attributes:
        failed: output of those with another status than 0.
        entries: finished cache entries on disk, by script and extra tag.
        unlisted: how many of them ``cm find cache`` does not list.
    """

    failed: tuple[str, ...]
    entries: Counter[tuple[str, str]]
    unlisted: int
    seconds: float

    @property
    def doubles(self) -> int:
        return sum(number - 1 for number in self.entries.values())


def test_fifty_runs_at_once(
    repositories: list[Path], request: pytest.FixtureRequest, tmp_path: Path, report: Report
):
    ours = fifty(Path(sys.executable).with_name("cm"), tmp_path / "ours", repositories)
    rows = [row("ours", ours)]
    if peer := request.config.getoption("--peer"):
        rows.append(
            row("original", fifty(peer.absolute().with_name("cm"), tmp_path / "theirs", repositories))
        )
    report.section(
        "parallel",
        "Fifty runs at once",
        f"{len(commands())} runs started at once from one home and one working folder: {TIMES} each of "
        + ", ".join(f"`{shlex.split(command)[0]}`" for command in SAME)
        + f", and {OTHERS} that each make a cache entry with a different name.",
        *table(("", "failed runs", "double entries", "lost entries", "entries not listed", "seconds"), rows),
    )
    assert ours.failed == ()
    assert ours.doubles == 0
    assert lost(ours) == 0
    assert ours.unlisted == 0


def commands() -> list[str]:
    same = [command for command in SAME for _ in range(TIMES)]
    others = [f'"create custom cache entry" --extra_cache_tags=entry-{n}' for n in range(OTHERS)]
    # All kinds side by side, not one after the other.
    return [*same[::2], *others, *same[1::2]]


def fifty(program: Path, folder: Path, repositories: Sequence[Path]) -> Outcome:
    for name in ("home", "user", "cwd"):
        (folder / name).mkdir(parents=True)
    (folder / "home" / "repos.json").write_text(json.dumps(list(map(str, repositories))), encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    env |= {"CM_REPOS": str(folder / "home"), "HOME": str(folder / "user")}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [program, *words],
            cwd=folder / "cwd",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    start("find", "script", "--tags=detect,os").communicate()  # The index is there, as for most users.
    started = time.perf_counter()
    running = [start("run", "script", *shlex.split(command), "--quiet") for command in commands()]
    said = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - started
    listed = set(start("find", "cache").communicate()[0].split())
    finished = finished_entries(folder / "home" / "repos" / "local" / "cache")
    return Outcome(
        failed=tuple(
            text[-1500:] for process, text in zip(running, said, strict=True) if process.returncode != 0
        ),
        entries=Counter(finished.values()),
        unlisted=len(finished.keys() - listed),
        seconds=seconds,
    )


def finished_entries(cache: Path) -> dict[str, tuple[str, str]]:
    """Folder -> script and extra tag of each finished entry."""
    found = {}
    for file in cache.glob("*/_cm.json"):
        meta = json.loads(file.read_text(encoding="utf-8"))
        if "tmp" not in meta["tags"]:
            extra = ",".join(sorted(tag for tag in meta["tags"] if tag.startswith("entry-")))
            found[str(file.parent)] = meta["associated_script_artifact"], extra
    return found


def lost(outcome: Outcome) -> int:
    """How many of the entries that should be there are not."""
    expected = {alias for command, number in SAME.items() if number for alias in [shlex.split(command)[0]]}
    kinds = {f"get {script.partition(',')[0].removeprefix('get-')}" for script, _ in outcome.entries}
    made = sum(bool(extra) for _, extra in outcome.entries)
    return len(expected - kinds) + OTHERS - made


def row(name: str, outcome: Outcome) -> tuple[object, ...]:
    return (
        name,
        len(outcome.failed),
        outcome.doubles,
        lost(outcome),
        outcome.unlisted,
        f"{outcome.seconds:.0f}",
    )
