"""Whole processes, measured from outside: wall time, user + system CPU time and peak memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One process with all its descendants that were waited for."""

    wall: float  # seconds
    cpu: float  # seconds, user + system
    peak: int  # bytes, of the largest process
    status: int  # negative: killed by that signal
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Medians over the samples of one piece of work by one contender."""

    wall: float
    cpu: float
    least: float  # CPU time of the least disturbed sample, for differences of two rows
    spread: float  # distance between the quartiles of the CPU times, as a share of their median
    peak: int
    samples: Sequence[Sample] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The work did not succeed; the reason stands in the table instead of numbers."""

    reason: str


Outcome = Summary | Failure


def run_measured(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, timeout: float
) -> Sample:
    """Run a command to its end; after ``timeout`` seconds it is killed with everything it started."""
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(log), str(int(timeout)), *command]
    reported = subprocess.run(launch, env=dict(env), cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    wall, cpu, peak, status = reported.stdout.split()
    return Sample(
        wall=float(wall),
        cpu=float(cpu),
        peak=int(peak) * MEMORY_UNIT,
        status=int(status),
        output=log.read_text(encoding="utf-8", errors="replace"),
    )


def summarise(samples: Sequence[Sample]) -> Summary:
    times = [sample.cpu for sample in samples]
    middle = statistics.median(times)
    quarters = statistics.quantiles(times, n=4, method="inclusive") if len(times) > 1 else [middle] * 3
    return Summary(
        wall=statistics.median(sample.wall for sample in samples),
        cpu=middle,
        least=min(times),
        spread=(quarters[2] - quarters[0]) / middle if middle else 0.0,
        peak=max(sample.peak for sample in samples),
        samples=tuple(samples),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How often something is measured: until one of the two limits is reached, at least once."""

    samples: int = 9
    seconds: float = 12.0
    timeout: float = 300.0


def alternate(takes: Mapping[str, Callable[[], Sample | Failure]], effort: Effort) -> dict[str, Outcome]:
    """Measure the contenders in turn, A B A B, so that a busy moment meets both.

    A contender drops out when it fails, or when its own time is used up; the first sample of a
    contender that needs less than two seconds is a warm-up and does not count.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in takes}
    failures: dict[str, Outcome] = {}
    spent = dict.fromkeys(takes, 0.0)
    active = list(takes)
    while active:
        for name in tuple(active):
            taken = takes[name]()
            if isinstance(taken, Failure):
                failures[name] = taken
                active.remove(name)
                continue
            samples[name].append(taken)
            spent[name] += taken.wall
            if len(samples[name]) > effort.samples or spent[name] > effort.seconds:
                active.remove(name)
    counted = {name: rows[1:] if len(rows) > 1 else rows for name, rows in samples.items()}
    return {name: failures.get(name) or summarise(counted[name]) for name in takes}
