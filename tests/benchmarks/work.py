"""What is measured: each piece of work with its command, its homes and how it is prepared."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path

from contenders import ORIGINAL_NAME, Contender
from generate import write_automation, write_batches, write_filler, write_home, write_lists, write_repository
from measure import Effort, Failure, Outcome, Sample, alternate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the generated things are."""

    artifacts: tuple[int, ...] = (300, 20_000)
    lengths: tuple[int, ...] = (1, 10, 50, 200)
    entries: tuple[int, ...] = (0, 1_000, 10_000)


BATCH = 10  # stores, or hits, in one process: the time of a single one would drown in noise
QUICK = Sizes(artifacts=(300, 2_000), lengths=(1, 10), entries=(0, 500))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured line: ``key`` is for the budgets, ``title`` for people."""

    key: str
    title: str
    outcomes: Mapping[str, Outcome]
    section: str = ""


def anything(_output: str) -> bool:
    return True


def no_paths(output: str) -> bool:
    return "filler-" not in output


@dataclass(slots=True, kw_only=True)
class Bench:
    """Builds homes below ``work`` and collects rows.

    Attributes:
        only: what is measured: ``SECTION`` or ``SECTION/ROW``, with ``*`` for any text.
        section: the one that is being measured.
    """

    work: Path
    contenders: Sequence[Contender]
    peer: Path | None
    sizes: Sizes
    effort: Effort
    only: Sequence[str] = ("*",)
    section: str = ""
    rows: list[Row] = field(default_factory=list)

    def wants(self, key: str) -> bool:
        name = f"{self.section}/{key}"
        return any(fnmatchcase(name, word if "/" in word else f"{word}/*") for word in self.only)

    def homes(self, name: str, repositories: Sequence[Path], cache_entries: int = 0) -> dict[str, Path]:
        """One home per contender; the original also gets a repository with its automations."""
        made = {}
        for contender in self.contenders:
            extra = [self.automation()] if contender.name == ORIGINAL_NAME else []
            home = write_home(contender.homes / name, [*extra, *repositories], cache_entries)
            # An empty index, or the original's first command would build its own twice.
            (home / "index.json").write_text("{}", encoding="utf-8")
            made[contender.name] = home
        return made

    def automation(self) -> Path:
        folder = self.work / "repositories" / "automation"
        if not folder.exists():
            write_automation(write_repository(folder, "bench-automation"), self.peer)
        return folder

    def add(
        self,
        key: str,
        title: str,
        arguments: Sequence[str],
        *,
        homes: Mapping[str, Path],
        expect: Callable[[str], bool] = anything,
        fresh: bool = False,
    ) -> None:
        """Measure one piece of work.

        Args:
            key: name of the row for the budgets.
            title: name of the row for people.
            arguments: what to run; ``{sample}`` in it becomes the number of the sample.
            homes: home by contender.
            expect: whether an output is right.
            fresh: every sample starts from the home as it is now.
        """
        if not self.wants(key):
            return
        takes: dict[str, Callable[[], Sample | Failure]] = {}
        for contender in self.contenders:
            home = homes[contender.name]
            if fresh:
                replace_folder(home, clean_copy(home))
            if contender.name == ORIGINAL_NAME and not self.original_can(arguments):
                takes[contender.name] = not_measured
            else:
                takes[contender.name] = self.take(contender, arguments, home=home, expect=expect, fresh=fresh)
        outcomes = alternate(takes, self.effort)
        self.rows.append(Row(key=key, title=title, outcomes=outcomes, section=self.section))
        print(f"  {title}", *failed(outcomes), flush=True)

    def original_can(self, arguments: Sequence[str]) -> bool:
        """Running scripts needs the script automation of a public repository; the floor is only ours."""
        return arguments[0] == "cm" and (self.peer is not None or arguments[1] != "run")

    def take(
        self,
        contender: Contender,
        arguments: Sequence[str],
        *,
        home: Path,
        expect: Callable[[str], bool],
        fresh: bool,
    ) -> Callable[[], Sample | Failure]:
        numbers = count()

        def once() -> Sample | Failure:
            if fresh:
                replace_folder(clean_copy(home), home)
            number = str(next(numbers))
            command = [part.replace("{sample}", number) for part in arguments]
            return contender.take(command, home=home, expect=expect, timeout=self.effort.timeout)

        return once


def failed(outcomes: Mapping[str, Outcome]) -> list[str]:
    return [f"[{name}: {found.reason}]" for name, found in outcomes.items() if isinstance(found, Failure)]


def not_measured() -> Failure:
    return Failure(reason="not measured")


def clean_copy(home: Path) -> Path:
    return home.with_name(home.name + ".clean")


def replace_folder(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)


def filler(bench: Bench, artifacts: int) -> Path:
    folder = bench.work / "repositories" / f"filler-{artifacts}"
    if not folder.exists():
        write_filler(write_repository(folder, f"bench-filler-{artifacts}"), artifacts)
    return folder


def script_repositories(bench: Bench) -> list[Path]:
    """The generated lists and chains, beside as many other scripts as a public repository has."""
    folder = bench.work / "repositories" / "lists"
    if not folder.exists():
        write_lists(write_repository(folder, "bench-lists"), bench.sizes.lengths)
        write_batches(folder, bench.effort.samples + 1, BATCH)
    return [folder, filler(bench, bench.sizes.artifacts[0])]


def measure_start(bench: Bench) -> None:
    """The floor, and commands that do next to nothing."""
    homes = bench.homes("start", [])
    floor = ("python", "-c", "import click, pluggy, yaml")
    bench.add("floor", '`python -c "import click, pluggy, yaml"` (floor)', floor, homes=homes)
    bench.add("help", "`cm --help`", ("cm", "--help"), homes=homes)
    bench.add("version", "`cm version`", ("cm", "version"), homes=homes)


def measure_lookups(bench: Bench) -> None:
    """Find and load in repositories of several sizes, with a warm index, and building that index."""
    for artifacts in bench.sizes.artifacts:
        homes = bench.homes(f"lookup-{artifacts}", [filler(bench, artifacts)])
        middle = f"{artifacts // 2:05}"

        def found(output: str, alias: str = f"filler-{middle}") -> bool:
            return len(re.findall(alias, output)) >= 1

        size = f"{artifacts:,} artifacts"
        find = ("cm", "find", "script")
        bench.add(
            f"reindex-{artifacts}", f"`cm reindex repo`, {size}", ("cm", "reindex", "repo"), homes=homes
        )
        hit = (*find, f"--tags=filler,number-{artifacts // 2}")
        bench.add(
            f"hit-{artifacts}", f"`cm find script --tags=…`, hit, {size}", hit, homes=homes, expect=found
        )
        miss = (*find, "--tags=filler,absent")
        bench.add(
            f"miss-{artifacts}",
            f"`cm find script --tags=…`, miss, {size}",
            miss,
            homes=homes,
            expect=no_paths,
        )
        load = ("cm", "load", "script", f"filler-{middle}")
        bench.add(f"load-{artifacts}", f"`cm load script …`, {size}", load, homes=homes)


def run_tags(tags: str, *more: str) -> tuple[str, ...]:
    return ("cm", "run", "script", f"--tags={tags}", "--quiet", *more)


def measure_runs(bench: Bench) -> None:
    """One real script, then lists and chains of dependencies that do nothing."""
    homes = bench.homes("run", script_repositories(bench))
    bench.add(
        "detect-os",
        '`cm run script "detect os"`',
        ("cm", "run", "script", "detect os", "--quiet"),
        homes=homes,
    )
    bench.add("single", "a script that does nothing", run_tags("bench,single-plain"), homes=homes)
    for length in bench.sizes.lengths:
        text = f"{length} {'dependency' if length == 1 else 'dependencies'}"
        for kind, label in (("plain", "without shell"), ("shell", "with shell")):
            tags = f"bench,list-{kind}-{length}"
            bench.add(f"{kind}-{length}", f"list, {text} {label}", run_tags(tags), homes=homes)
        bench.add(
            f"chain-{length}", f"chain, {text} without shell", run_tags(f"bench,chain-{length}"), homes=homes
        )
        tags = f"bench,list-cached-{length}"
        bench.add(
            f"store-{length}", f"list, {text}, cached first time", run_tags(tags), homes=homes, fresh=True
        )
        bench.add(f"reuse-{length}", f"list, {text}, cached hit", run_tags(tags), homes=homes)


def measure_cache(bench: Bench) -> None:
    """Hits and stores beside that many entries of other scripts."""
    repositories = script_repositories(bench)
    for entries in bench.sizes.entries:
        homes = bench.homes(f"cache-{entries}", repositories, entries)
        beside = f"{entries:,} entries"
        bench.add(
            f"none-{entries}", f"script without cache, {beside}", run_tags("bench,single-plain"), homes=homes
        )
        batch = run_tags("bench,batch-{sample}")
        bench.add(f"batch-store-{entries}", f"{BATCH} cache stores, {beside}", batch, homes=homes)
        again = run_tags("bench,batch-0")
        bench.add(f"batch-hit-{entries}", f"{BATCH} cache hits, {beside}", again, homes=homes)
