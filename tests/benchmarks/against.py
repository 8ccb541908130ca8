"""The present tree beside another revision of it: ``nox -s bench -- --against REV``."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contenders import Contender
from experiments import COMMANDS
from measure import Effort, Failure, Outcome, Summary, summarise
from public import measure_public, prime
from report import machine_facts, seconds
from revision import former, present
from work import (
    QUICK,
    Bench,
    Row,
    Sizes,
    measure_cache,
    measure_lookups,
    measure_runs,
    measure_start,
    script_repositories,
)

NOW, THEN = "now", "then"
ALLOWED = 0.05
SAMPLES = 15
STEPS = 2_000
NOTE = (
    "Medians of user + system CPU time of whole processes with all children; both sides took turns. "
    "*Spread* is the distance between the quartiles of a side as a share of its median, the larger one of both "
    "sides. A row is *worse* when it costs more than {allowed:.0%} and more than its spread beyond "
    "before. What is worse is measured again, and then the samples of both times count together; what failed once "
    "fails."
)
# Only public names: they mean the same in both revisions.
PROGRAMS: Mapping[str, str] = {
    "import": "import cm_core",
    "names": "from cm_core import Action, Artifact, CMError, Repository, Request, Result, hookimpl",
    "find": "from cm_core import Session; assert Session().find('script', tags='bench,single-plain')",
    "call": "from cm_core import Request, Session; "
    "Session().call(Request(action='load', automation='script', artifact='bench-single-plain'))",
    "access": "from cm_core import access; r = access('find script bench-single-plain'); assert not r['return']",
    "run": "from cm_core import access; r = access({'action': 'run', 'automation': 'script', "
    "'tags': 'bench,single-plain', 'quiet': True}); assert not r['return']",
}
READINGS = dict(zip(("list", "filter", "pareto", "csv", "html"), COMMANDS.items(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of both sides; ``ratio`` and ``spread`` are None where a side has no number."""

    row: Row
    ratio: float | None
    spread: float | None
    verdict: str

    @property
    def name(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.row.section}/{self.row.key}"

    @property
    def is_worse(self) -> bool:
        return self.verdict in {"worse", "fails"}


def measure_cold(bench: Bench) -> None:
    """The first command in a home: nothing is indexed, and no list of plugins is remembered."""
    homes = bench.homes("cold", script_repositories(bench))
    find = ("cm", "find", "script", "--tags=bench,single-plain")
    bench.add("find", "`cm find script --tags=…`, first in a home", find, homes=homes, fresh=True)
    detect = ("cm", "run", "script", "detect os", "--quiet")
    bench.add("detect-os", '`cm run script "detect os"`, first in a home', detect, homes=homes, fresh=True)


def measure_programs(bench: Bench) -> None:
    """Python programs around the public interface."""
    homes = bench.homes("programs", script_repositories(bench))
    for key, program in PROGRAMS.items():
        bench.add(key, f"a program: {key}", ("python", "-c", program), homes=homes)


def measure_commands(bench: Bench) -> None:
    """Commands around scripts that run none, or in another way."""
    homes = bench.homes("commands", script_repositories(bench))
    for key, command in {
        "help-script": "help script",
        "show-cache": "show cache",
        "show-repo": "show repo",
        "doc-script": "doc script detect-os",
        "lint-script": "lint script detect-os",
        "dockerfile": "dockerfile script detect-os --force",
        "docker-help": "docker script --help",
        "uid": "uid",
        "load": "load script bench-single-plain --out=json",
    }.items():
        bench.add(key, f"`cm {command}`", ("cm", *command.split()), homes=homes)
    unknown = ("cm", "find", "script", "bench-sinle-plain")
    bench.add("unknown", "a name that is misspelt", unknown, homes=homes)


def measure_recorded(bench: Bench) -> None:
    """Steps of experiments: running them, and reading those of a large run."""
    homes = bench.homes("experiments", [])
    nothing = ("run", "experiment", "of-{sample}", "--new", "--silent", "--", "/bin/sh", "-c", ":")
    for steps in (1, 100):
        words = ("cm", *nothing, f"{{{{A{{range({steps})}}}}}}")
        bench.add(f"steps-{steps}", f"`cm run experiment`, steps: {steps}", words, homes=homes)
    if not any(bench.wants(key) for key in READINGS):
        return
    line = '{"throughput": {{threads}}0.5, "latency_ms": {{batch}}.25, "accuracy": 0.97}'
    space = (f"--explore.batch=range(1,{steps_of(bench) // 2 + 1})", "--explore.threads=1,2")
    goals = ("--maximize=throughput,accuracy", "--minimize=latency_ms")
    program = ("--silent", "--", "/bin/sh", "-c", f"echo '{line}'")
    prime(bench, ("cm", "run", "experiment", "recorded", *space, *goals, *program), homes)
    for key, (title, flags) in READINGS.items():
        command = ("cm", "show", "experiment", "recorded", *flags)
        bench.add(key, f"`cm show experiment`, {title}", command, homes=homes, expect=has_steps)


def has_steps(output: str) -> bool:
    return "uid" in output


def steps_of(bench: Bench) -> int:
    return STEPS // 10 if bench.sizes == QUICK else STEPS


def measure_mlperf(bench: Bench) -> None:
    """What surrounds the measurements: how fast those are is for the section ``loadgen``."""
    homes = bench.homes("mlperf", [])
    bench.add("help", "`cm run mlperf --help`", ("cm", "run", "mlperf", "--help"), homes=homes)
    if bench.wants("show"):
        short = ("--scenario=SingleStream", "--mode=performance", "--test_query_count=100", "--silent")
        prime(bench, ("cm", "run", "mlperf", "null", "--backend=null", *short), homes)
        bench.add("show", "`cm show mlperf`, one run", ("cm", "show", "mlperf"), homes=homes)


SECTIONS: Mapping[str, Callable[[Bench], None]] = {
    "start": measure_start,
    "cold": measure_cold,
    "programs": measure_programs,
    "lookups": measure_lookups,
    "commands": measure_commands,
    "runs": measure_runs,
    "cache": measure_cache,
    "experiments": measure_recorded,
    "mlperf": measure_mlperf,
    "public": measure_public,
}


def measure_sides(
    work: Path, revision: str, *, only: Sequence[str], peer: Path | None, quick: bool
) -> list[Comparison]:
    """All chosen rows of both sides in turn.

    Args:
        work: folder for environments and homes.
        only: as for :class:`Bench`; empty for all.
        peer: a public repository, which both sides run unmodified.

    Raises:
        RevisionError: when git does not know the revision.
    """
    print(f"installing {revision} and the present tree", flush=True)
    sides = (former(work, THEN, revision), present(work, NOW))
    sizes = QUICK if quick else Sizes()
    effort = Effort(samples=3 if quick else SAMPLES, seconds=math.inf)
    found = compare_sides(work, sides, only=only, peer=peer, sizes=sizes, effort=effort)
    doubted = [one.name for one in found if one.is_worse]
    if not doubted:
        return found
    print("once more, what is worse:", flush=True)
    again = compare_sides(work, sides, only=doubted, peer=peer, sizes=sizes, effort=effort)
    second = {one.name: one.row for one in again}
    return [compared(joined(one.row, second[one.name])) if one.name in second else one for one in found]


def compare_sides(
    work: Path,
    sides: Sequence[Contender],
    *,
    only: Sequence[str],
    peer: Path | None,
    sizes: Sizes,
    effort: Effort,
) -> list[Comparison]:
    for stale in (work / "repositories", *(side.homes for side in sides)):
        shutil.rmtree(stale, ignore_errors=True)
    bench = Bench(
        work=work, contenders=sides, peer=peer, sizes=sizes, effort=effort, only=tuple(only) or ("*",)
    )
    chosen = {word.partition("/")[0] for word in only} or set(SECTIONS)
    for bench.section in (name for name in SECTIONS if name in chosen):
        print(f"{bench.section}:", flush=True)
        SECTIONS[bench.section](bench)
    return [compared(row) for row in bench.rows]


def joined(first: Row, second: Row) -> Row:
    """A row from two measurements of it: neither a lucky second one nor a failure that went away clears it."""
    outcomes = {
        name: _together(name, outcome, second.outcomes[name]) for name, outcome in first.outcomes.items()
    }
    return replace(first, outcomes=outcomes)


def _together(name: str, *outcomes: Outcome) -> Outcome:
    """What failed once fails; but what is compared with must not get lost."""
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if failures and (name == NOW or len(failures) == len(outcomes)):
        return failures[0]
    summaries = [outcome for outcome in outcomes if isinstance(outcome, Summary)]
    return summarise([sample for summary in summaries for sample in summary.samples])


def compared(row: Row) -> Comparison:
    then, now = (row.outcomes.get(name) for name in (THEN, NOW))
    if not isinstance(now, Summary):
        return Comparison(row=row, ratio=None, spread=None, verdict="fails")
    if not isinstance(then, Summary):
        return Comparison(row=row, ratio=None, spread=None, verdict="new")
    ratio, spread = now.cpu / then.cpu, max(now.spread, then.spread)
    margin = max(ALLOWED, spread)
    verdict = "worse" if ratio > 1 + margin else "better" if ratio < 1 - margin else "same"
    return Comparison(row=row, ratio=ratio, spread=spread, verdict=verdict)


def render_comparison(found: Sequence[Comparison], revision: str) -> str:
    note = NOTE.format(allowed=ALLOWED)
    lines = [*table_lines(found, revision), "", summary_line(found)]
    return "\n".join([f"{machine_facts()}.", "", note, "", *lines]) + "\n"


def table_lines(found: Sequence[Comparison], revision: str) -> Iterator[str]:
    yield f"| Row | Work | {revision} | now | ratio | spread | |"
    yield "|---|---|--:|--:|--:|--:|---|"
    for one in found:
        ratio = "-" if one.ratio is None else f"{one.ratio:.2f}"
        spread = "-" if one.spread is None else f"{one.spread:.0%}"
        verdict = f"**{one.verdict}**" if one.is_worse else one.verdict
        before, after = (shown(one.row.outcomes.get(name)) for name in (THEN, NOW))
        yield f"| {one.name} | {one.row.title} | {before} | {after} | {ratio} | {spread} | {verdict} |"


def shown(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    return outcome.reason if isinstance(outcome, Failure) else seconds(outcome.cpu)


def summary_line(found: Sequence[Comparison]) -> str:
    worse = [one.name for one in found if one.is_worse]
    return f"{len(found)} rows, worse: {', '.join(worse) or 'none'}"
