"""``kill -9`` at any moment: the next command repairs what it finds, and gives the right answer."""

from __future__ import annotations

import functools
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from place import Clock, Ended, Place, Tally, end_group

APP = "app"


@dataclass(frozen=True, kw_only=True)
class Work:
    """Something that a process may be killed in.

    Attributes:
        words: of the command in a round.
        check: what must be right after the same command ran again.
        prepare: what there has to be before.
    """

    name: str
    words: Callable[[int], tuple[str, ...]]
    check: Callable[[Tally, int, Ended], None]
    prepare: Callable[[int], object] = lambda _: None


def soak_kills(place: Place, clock: Clock, chance: random.Random, least: int = 0) -> Tally:
    """Kill commands in the middle until the time is over, at least some times."""
    tally = Tally(part="kills")
    works, takes = Works(place).all(), dict[str, float]()
    number = 0
    while number < least or not clock.is_over:
        work = works[number % len(works)]
        number += 1
        if work.name not in takes:
            work.prepare(-number)
            begun = time.monotonic()
            tally.expect(not place.cm(*work.words(-number)).is_defect, f"{work.name}: alone")
            takes[work.name] = time.monotonic() - begun
        work.prepare(number)
        moment = chance.uniform(0, takes[work.name] * 1.1)
        _one_kill(place, tally, work, number, moment)
    found = place.cm("find", "script")
    tally.expect(found.status == 0 and not found.err, "find after all kills", found.text)
    return tally


def _one_kill(place: Place, tally: Tally, work: Work, number: int, moment: float) -> None:
    process = place.start(*work.words(number))
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        end_group(process)
        tally.count("killed")
    else:
        tally.count("ended before they were killed")
    tally.count(work.name)
    again = place.cm(*work.words(number))
    where = f"{work.name}, round {number}, killed after {moment:.3f} s"
    tally.expect(not again.is_defect, where, again.text)
    before = len(tally.faults)
    work.check(tally, number, again)
    tally.faults[before:] = [f"{where}: {fault}" for fault in tally.faults[before:]]


class Works:
    """All works, with what must be right after each."""

    def __init__(self, place: Place) -> None:
        self._place, self._remote = place, _Remote(place)
        _add_scripts(place)

    def all(self) -> list[Work]:
        """The works in the order of the rounds."""
        must, add = functools.partial(self._place.cm, must=True), ("add", "script")
        shell = ("--", "sh", "-c", 'echo "{\\"score\\": $((A * 2))}"')
        return [
            Work(name="run script", words=lambda n: ("run", "script", APP, f"--env.N={n}"), check=self.made),
            Work(name="add script", words=lambda n: (*add, f"new-{n}", f"--tags=new-{n}"), check=self.added),
            Work(
                name="mv script",
                words=lambda n: ("mv", "script", f"from-{n}", f"to-{n}"),
                check=self.moved,
                prepare=lambda n: must(*add, f"from-{n}", f"--tags=from-{n}"),
            ),
            Work(
                name="rm cache",
                words=lambda _: ("rm", "cache", "--tags=one", "-f"),
                check=self.removed,
                prepare=lambda n: must("run", "script", "one", f"--env.N={n}"),
            ),
            Work(
                name="pull repo",
                words=lambda _: ("pull", "repo", self._remote.address),
                check=self.pulled,
                prepare=self._remote.grow,
            ),
            Work(
                name="run experiment",
                words=lambda n: ("run", "experiment", f"study-{n}", "--explore.A=1,2,3", *shell),
                check=self.explored,
            ),
        ]

    def made(self, tally: Tally, number: int, again: Ended) -> None:
        """The answer is that of this round, made from the two others."""
        ended, document = self._place.answer("run", "script", APP, f"--env.N={number}")
        right = {"APP": f"{number}-one-two"}
        tally.expect(document.get("new_env") == right, "another answer", ended.text)
        tally.expect(not document.get("warnings"), "warnings", str(document.get("warnings")))
        tally.expect(again.status == 0, "not made", again.text)

    def added(self, tally: Tally, number: int, again: Ended) -> None:
        """The script is there and runs."""
        tally.expect(again.status == 0 or "already exists" in again.err, "not added", again.text)
        ended = self._place.cm("run", "script", f"new-{number}")
        tally.expect(ended.status == 0, "cannot run", ended.text)

    def moved(self, tally: Tally, number: int, again: Ended) -> None:
        """The script has its new name and no other."""
        ended, document = self._place.answer("find", "script", f"to-{number}")
        tally.expect(len(document.get("list", [])) == 1, "not at its new name", ended.text)
        left = self._place.cm("find", "script", f"from-{number}")
        tally.expect(not left.out.strip(), "still at its old name", left.text)
        tally.expect(self._place.cm("run", "script", f"to-{number}").status == 0, "cannot run", again.text)

    def removed(self, tally: Tally, number: int, again: Ended) -> None:
        """The entry is gone, and is made again."""
        tally.expect(again.status in (0, 16), "not removed", again.text)
        ended, document = self._place.answer("run", "script", "one", f"--env.N={number}")
        tally.expect(document.get("new_env") == {"ONE": "one"}, "another answer", ended.text)

    def pulled(self, tally: Tally, _: int, again: Ended) -> None:
        """The clone is what the remote is."""
        tally.expect(again.status == 0, "not pulled", again.text)
        tally.expect(self._remote.is_there(), "the clone is not that of the remote", again.text)

    def explored(self, tally: Tally, number: int, again: Ended) -> None:
        """All steps have finished, each with its result; a run that was complete when it was killed stays."""
        ended, document = self._place.answer("show", "experiment", f"study-{number}")
        rows = [(row.get("A"), row.get("score"), row.get("state")) for row in document.get("rows", [])]
        right = [(n, 2 * n, "finished") for n in (1, 2, 3)]
        tally.expect(rows in (right, right * 2), f"rows {rows}", ended.text)
        tally.expect(again.status == 0, "not finished", again.text)


def _add_scripts(place: Place) -> None:
    variables = {"cache": True, "new_env_keys": ["ONE"]}
    report = 'echo "{}" > tmp-run-env.out; sleep 0.03'
    place.script("one", report.format("ONE=one"), **variables)
    place.script("two", report.format("TWO=two"), cache=True, new_env_keys=["TWO"])
    place.script(
        APP,
        report.format("APP=$N-$ONE-$TWO"),
        cache=True,
        deps=[{"tags": "one"}, {"tags": "two"}],
        extra_cache_tags_from_env=[{"env": "N", "prefix": "n-"}],
        new_env_keys=["APP"],
    )


class _Remote:
    """A repository of git that grows between pulls."""

    def __init__(self, place: Place) -> None:
        self._place, self._folder = place, place.folder / "far"
        self.address = f"file://{self._folder}"
        self._git("init", "-q", "-b", "main", str(self._folder), here=place.folder)
        place.write(self._folder / "cmr.yaml", {"alias": "far", "uid": "6a8cf1b9b5d94d11"})
        self.grow(0)

    def grow(self, number: int) -> None:
        """Commit some files."""
        for index in range(20):
            Path(self._folder, f"file-{index}").write_text(f"{number}\n" * 50, encoding="utf-8")
        self._git("add", "-A")
        identity = ("-c", "user.name=soak", "-c", "user.email=soak@example.org")
        self._git(*identity, "commit", "-q", "-m", f"round {number}")

    def is_there(self) -> bool:
        """Whether the clone is at the last commit, and clean."""
        clone = self._place.home / "repos" / "far"
        heads = {self._git("rev-parse", "HEAD", here=where) for where in (clone, self._folder)}
        return len(heads) == 1 and not self._git("status", "--porcelain", here=clone)

    def _git(self, *words: str, here: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=here or self._folder,
            env=self._place.env,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout if done.returncode == 0 else f"failed in {here}: {done.stderr}"
