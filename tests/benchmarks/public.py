"""The public repository itself, in homes with few and many cache entries."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from generate import write_home
from work import Bench, run_tags, script_repositories

# Kept for each number of cache entries; what stands before is measured once.
CACHED = (
    ("python3", '`cm run script "get python3"`, cached', "get,python3"),
    (
        "six",
        '`cm run script "get generic-python-lib _package.six"`, cached',
        "get,generic-python-lib,_package.six",
    ),
)
FILL = (1_000, 10_000)


def measure_public(bench: Bench) -> None:
    """Look-ups and runs of scripts of the public repository; nothing without one."""
    if bench.peer is None:
        return
    generated = script_repositories(bench)[0]
    for entries in (0, *FILL):
        homes = public_homes(bench, [bench.peer, generated], entries)
        beside = f", {entries:,} entries"
        for key, title, arguments in look_ups():
            expect = finds_nothing if key == "miss" else finds_it
            row = f"public-{key}-{entries}"
            bench.add(row, f"public repository: {title}{beside}", arguments, homes=homes, expect=expect)
        if not entries:
            add_recipe_alone(bench, homes)
        bench.add(
            f"public-detect-os-{entries}",
            f'public repository: `cm run script "detect os"`{beside}',
            run_tags("detect,os"),
            homes=homes,
        )
        for key, title, tags in CACHED:
            prime(bench, run_tags(tags), homes)
            row = f"public-{key}-{entries}"
            bench.add(row, f"public repository: {title}{beside}", run_tags(tags), homes=homes)
    longest = max(bench.sizes.lengths)
    homes = public_homes(bench, [bench.peer, generated], 0)
    title = f"public repository: list, {longest} dependencies without shell"
    bench.add("public-plain", title, run_tags(f"bench,list-plain-{longest}"), homes=homes)


def add_recipe_alone(bench: Bench, homes: dict[str, Path]) -> None:
    """The programs that one recipe starts, without a tool around them: no tool can cost less."""
    script = bench.peer / "script" / "detect-os" / "run.sh" if bench.peer else Path()
    commands = f"{{ . {shlex.quote(str(script))}; ld --verbose | grep SEARCH_DIR; }} > {os.devnull}"
    bench.add(
        "public-recipe",
        "public repository: the programs that `detect os` starts, alone",
        (shutil.which("bash") or "bash", "-c", commands),
        homes=homes,
    )


def finds_it(output: str) -> bool:
    return "detect-os" in output


def finds_nothing(output: str) -> bool:
    return "/script/" not in output


def look_ups() -> list[tuple[str, str, tuple[str, ...]]]:
    find = ("cm", "find", "script")
    return [
        ("hit", "`cm find script --tags=detect,os`", (*find, "--tags=detect,os")),
        ("miss", "`cm find script --tags=detect,nothing`", (*find, "--tags=detect,nothing")),
        ("load", "`cm load script detect-os`", ("cm", "load", "script", "detect-os")),
    ]


def public_homes(bench: Bench, repositories: Sequence[Path], entries: int) -> dict[str, Path]:
    """One home for each; the public repository brings the automations that the original needs."""
    made = {}
    for contender in bench.contenders:
        folder = contender.homes / f"public-{entries}"
        if not folder.exists():
            (write_home(folder, repositories, entries) / "index.json").write_text("{}", encoding="utf-8")
        made[contender.name] = folder
    return made


def prime(bench: Bench, arguments: Sequence[str], homes: dict[str, Path]) -> None:
    """Run once without measuring, so that a result is in the cache."""
    for contender in bench.contenders:
        contender.take(
            arguments, home=homes[contender.name], expect=lambda _: True, timeout=bench.effort.timeout
        )
