"""The plugin ``mlperf`` with its null system beside the simplest loops around LoadGen, in fresh processes."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import MEMORY_UNIT

from cm_mlperf import Component
from cm_mlperf.loadgen.log import LoadGenLog, read_detail_log
from cm_mlperf.loadgen.settings import conf_text
from cm_mlperf.run.probe import Probe, read_probe
from cm_mlperf.run.runner import Surroundings, run_worker
from cm_mlperf.run.worker.spec import USER_CONF, WorkerSpec

BY_HAND = Path(__file__).with_name("loadgen_by_hand.py")
OURS = "ours"
LOOPS = {
    OURS: "`cm run mlperf --backend=null`",
    "bare": "by hand, no data, no model",
    "batched": "by hand, no data, no model, 256 at a time",
    "model": "by hand, data and a model",
}
DATA = Component(
    name="random",
    factory="cm_mlperf.components.datasets.random:RandomData",
    options={"size": 256, "shape": "64"},
)
NULL = Component(name="null", factory="cm_mlperf.components.backends.null:NullModel")
HANG_SECONDS = 300.0
NOTE = (
    "The same LoadGen settings for all, a fresh process for each run, all in turn; medians of {runs} runs, with "
    "the least and the largest in brackets. *Times* is how much better the first line of a group is than this "
    "line, run by run. CPU time and memory are those of the whole process, with its start and with the "
    "preparation of queries by LoadGen. The plugin also takes samples from a data set, calls a system under "
    "test, checks its answers, and reports progress."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison: lines of ``user.conf``, and what is read from the log of a run."""

    title: str
    scenario: str
    conf: Mapping[str, float]
    read: Callable[[LoadGenLog], float]
    larger_is_better: bool = True
    loops: Sequence[str] = (OURS, "bare", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one loop; ``value`` in the unit of the case, ``cpu`` in seconds, ``peak`` in bytes."""

    value: float
    queries: int
    cpu: float
    peak: float


def cases(share: float) -> tuple[Case, ...]:
    """All comparisons; a share of 1 makes runs of at least three seconds."""
    seconds = 3.0 * share
    queries = int(2_000_000 * share)
    return (
        Case(
            title="Offline, samples/s",
            scenario="Offline",
            conf={"target_qps": 3_000_000, "min_duration": seconds * 1000},
            read=lambda log: log.result or 0.0,
            loops=(OURS, "bare", "batched", "model"),
        ),
        Case(
            title="Server as fast as it can, queries/s",
            scenario="Server",
            conf={
                "target_qps": 2_000_000,
                "target_latency": 10,
                "min_duration": 1,
                "min_query_count": queries,
                "max_query_count": queries,
            },
            read=lambda log: log.result or 0.0,
        ),
        Case(
            title="Server at 5,000 queries/s, median µs",
            scenario="Server",
            conf={"target_qps": 5_000, "target_latency": 10, "min_duration": seconds * 1000},
            read=lambda log: log.latencies_ms["p50"] * 1000,
            larger_is_better=False,
        ),
        Case(
            title="SingleStream, mean µs",
            scenario="SingleStream",
            conf={"target_latency": 0.002, "min_duration": seconds * 1000},
            read=lambda log: log.latencies_ms["mean"] * 1000,
            larger_is_better=False,
        ),
        Case(
            title="SingleStream, µs from query to query",
            scenario="SingleStream",
            conf={"target_latency": 0.002, "min_duration": seconds * 1000},
            read=lambda log: 1e6 / float(log.values["result_qps_with_loadgen_overhead"]),
            larger_is_better=False,
        ),
    )


def measure_loadgen(work: Path, *, runs: int, share: float = 1.0) -> str:
    """All comparisons as a Markdown table.

    Args:
        work: folder for logs.
        share: of the length of a real measurement.
    """
    probe = probed(work / "probe")
    lines = ["| Work | Loop | measured | times | CPU µs each | peak MB |", "|---|---|--:|--:|--:|--:|"]
    for case in cases(share):
        found: dict[str, list[Run]] = {loop: [] for loop in case.loops}
        for _ in range(runs):
            for loop in case.loops:
                found[loop].append(take(case, loop, work / "run", probe))
        print(f"  {case.title}: {[round(run.value, 2) for run in found[OURS]]}", flush=True)
        lines.extend(case_lines(case, found))
    return "\n".join([facts(), "", NOTE.format(runs=runs), "", *lines]) + "\n"


def probed(folder: Path) -> Probe:
    """What `cm run mlperf` would measure of the null system beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = WorkerSpec(folder=str(folder), job="probe", dataset=DATA, sut=NULL, batch_size=0)
    final = run_worker(spec, surroundings(folder), hang_s=HANG_SECONDS, on_event=lambda event: None)
    return read_probe(final["probe"])


def take(case: Case, loop: str, folder: Path, probe: Probe) -> Run:
    """Run one loop once, in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / USER_CONF).write_text(conf_text(case.scenario, case.conf), encoding="utf-8")
    before = children_cpu()
    peak = run_ours(case, folder, probe) if loop == OURS else run_by_hand(case, loop, folder)
    cpu = children_cpu() - before
    log = read_detail_log(folder)
    # Offline is one query with all samples.
    count = "effective_samples_per_query" if case.scenario == "Offline" else "result_query_count"
    return Run(value=case.read(log), queries=int(log.values[count]), cpu=cpu, peak=peak)


def run_ours(case: Case, folder: Path, probe: Probe) -> float:
    streams = case.scenario == "SingleStream"
    spec = WorkerSpec(
        folder=str(folder),
        job="test",
        dataset=DATA,
        sut=NULL,
        scenario=case.scenario,
        mode="performance",
        batch_size=8 if streams else probe.batch_size,
        workers=0 if probe.outruns_threads else 1,
    )
    final = run_worker(spec, surroundings(folder), hang_s=HANG_SECONDS, on_event=lambda event: None)
    return float(final["peak_memory_mb"]) * 1024**2


def run_by_hand(case: Case, loop: str, folder: Path) -> float:
    command = [sys.executable, str(BY_HAND), str(folder), case.scenario, loop]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    return float(done.stdout.split()[-1]) * MEMORY_UNIT


def surroundings(folder: Path) -> Surroundings:
    return Surroundings(env=dict(os.environ), cwd=folder)


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def case_lines(case: Case, found: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """A line of the table for each loop."""
    for number, loop in enumerate(case.loops):
        values = sorted(run.value for run in found[loop])
        spread = f"{shown(statistics.median(values))} ({shown(values[0])} to {shown(values[-1])})"
        ratios = [
            advantage(case, ours.value, other.value)
            for ours, other in zip(found[OURS], found[loop], strict=True)
        ]
        times = "" if loop == OURS else f"{statistics.median(ratios):.2f}"
        each = statistics.median(run.cpu / run.queries for run in found[loop]) * 1e6
        peak = max(run.peak for run in found[loop]) / 1e6
        title = "" if number else case.title
        yield f"| {title} | {LOOPS[loop]} | {spread} | {times} | {each:.2f} | {peak:,.0f} |"


def advantage(case: Case, ours: float, other: float) -> float:
    return ours / other if case.larger_is_better else other / ours


def shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"


def facts() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"load average at the end {os.getloadavg()[0]:.1f}."
    )
