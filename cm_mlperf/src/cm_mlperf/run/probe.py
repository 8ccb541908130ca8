"""What a short measurement before the first LoadGen run says."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cm_core.base import decode
from cm_mlperf.run.runner import Surroundings, WorkerFailedError, run_worker
from cm_mlperf.run.worker.spec import WorkerSpec

if TYPE_CHECKING:
    from cm_mlperf.run.configuration import RunConfiguration
    from cm_mlperf.run.target import Target

_SECONDS = {"demo": 0.6, "short": 1.5, "official": 3.0}
_SHARE = 0.25  # of the length of a test, when the user makes tests shorter
_HANG_SECONDS = 600.0
_MEGABYTE = 1024 * 1024
# Handing a query to another thread takes this much work, and adds ten times as much to its latency.
_HANDOVER_MS = 3e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Latencies of one kind of query in milliseconds."""

    mean_ms: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    queries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Facts and measurements.

    Attributes:
        size: samples of the data set.
        labels: whether it has them.
        inputs: name -> type and sizes of one sample.
        single, eight: queries of one and of eight samples.
        batches: batch size -> samples a second.
        batch_size: the one given, or the smallest that is about as fast as any.
        samples_per_second: with that batch size.
        batch_ms: how long such a batch takes.
        memory_mb: of the process.
        loadgen: version of the installed LoadGen.
        distributions: name -> version of those that the process has imported, and Python's.
        makers: distributions and versions of back end, data set and accuracy.
        loaded_bytes: that each sample takes once LoadGen has loaded it; 0 where all were in memory before.
    """

    size: int
    labels: bool
    inputs: Mapping[str, Any]
    outputs: tuple[Any, ...]
    sample_bytes: int
    version: str
    load_seconds: float
    single: Latency
    eight: Latency
    batches: Mapping[str, float]
    batch_size: int
    samples_per_second: float
    batch_ms: float
    memory_mb: float | None
    loadgen: str
    distributions: Mapping[str, str] = field(default_factory=dict)
    makers: Mapping[str, str] = field(default_factory=dict)
    loaded_bytes: int = 0

    @property
    def outruns_threads(self) -> bool:
        """Whether a query takes less time than handing it to another thread.

        The mean does not tell: other work of the machine falls on a few queries.
        """
        return self.single.p90_ms < _HANDOVER_MS


def run_probe(target: Target, configuration: RunConfiguration, around: Surroundings) -> Probe:
    """Measure for a few seconds in a process of its own.

    Raises:
        CMError: when model and data set do not fit, or the system fails; this is where most mistakes show.
            What the system printed is kept then, and the hint says where.
    """
    with _folder() as folder:
        spec = WorkerSpec(
            folder=folder,
            job="probe",
            dataset=target.dataset,
            sut=target.sut,
            accuracy=None if target.may_judge else target.accuracy,
            batch_size=configuration.tuning.batch_size,
            seconds=min(
                _SECONDS[configuration.level.name], _SHARE * (configuration.limits.duration_s or 1e9)
            ),
        )
        hang_s = configuration.limits.hang_s or _HANG_SECONDS
        final = run_worker(spec, around, hang_s=hang_s, on_event=lambda _: None)
    return read_probe(final["probe"])


def read_probe(facts: Mapping[str, Any]) -> Probe:
    """What a worker reports of a probe."""
    return decode(Probe, facts, source="what the worker of the probe said")


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """A folder that is gone afterwards, unless an error points to it."""
    folder = tempfile.mkdtemp(prefix="cm-mlperf-")
    kept = False
    try:
        yield folder
    except WorkerFailedError as error:
        kept = folder in error.hint
        raise
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def available_memory_mb() -> float | None:
    """Memory that programs can have now; ``None`` where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:  # noqa: PTH123 - not a file of ours
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) / 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MEGABYTE
    except (AttributeError, ValueError, OSError):
        return None
