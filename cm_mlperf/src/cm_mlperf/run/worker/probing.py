"""Measures a model for a moment, without LoadGen: latencies, throughput by batch size, memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from cm_mlperf.run.worker.answering import Responder, answerer
from cm_mlperf.run.worker.meter import peak_memory_mb
from cm_mlperf.run.worker.origins import distributions, makers
from cm_mlperf.run.worker.prepare import blame_user_code, describe_parts, prepare

if TYPE_CHECKING:
    from cm_mlperf.run.worker.answering import Answer
    from cm_mlperf.run.worker.channel import Channel
    from cm_mlperf.run.worker.spec import WorkerSpec

_MULTI_STREAM = 8
_BATCHES = (1, 8, 16, 32, 64, 128, 256)
_BATCH_BYTES = 256 * 1024 * 1024
_MOST_SAMPLES = 4096
# A larger batch must be worth its latency.
_GAIN = 1.05


def run_probe(spec: WorkerSpec, channel: Channel) -> None:
    """Measure and report."""
    parts = prepare(spec)
    channel.send("phase", name="probe")
    facts = describe_parts(parts)
    answer = answerer(parts.dataset, parts.sut, parts.accuracy, thorough=False)
    samples = list(range(min(parts.dataset.size, _most_samples(facts["sample_bytes"]))))
    with blame_user_code("loading samples"):
        parts.dataset.load(samples)
    with blame_user_code("the system under test"):
        measured = _measure(answer, samples, spec, int(facts["sample_bytes"]))
    own = {
        "memory_mb": peak_memory_mb(),
        "loadgen": version("mlcommons_loadgen"),
        "distributions": distributions(),
        "makers": makers(
            {
                "back end": spec.sut.factory,
                "data set": spec.dataset.factory,
                "accuracy": spec.accuracy.factory if spec.accuracy else "",
                "measurement": __name__,
            }
        ),
    }
    channel.send("done", probe={**facts, **measured, **own})


def _measure(answer: Answer, samples: Sequence[int], spec: WorkerSpec, sample_bytes: int) -> dict[str, Any]:
    single = _latencies(answer, samples, 1, spec.seconds)
    eight = _latencies(answer, samples, _MULTI_STREAM, spec.seconds, most=spec.batch_size)
    if spec.batch_size:
        sizes: tuple[int, ...] = (spec.batch_size,)
    else:
        sizes = tuple(size for size in _BATCHES if size * sample_bytes <= _BATCH_BYTES) or (1,)
    rates: dict[int, float] = {}
    for size in sizes:
        found = _latencies(answer, samples, size, spec.seconds / 3)
        rates[size] = size / found["mean_ms"] * 1000.0
        if found["mean_ms"] > spec.seconds * 1000.0:
            break  # slower than the time we have: larger ones would take longer still
    best = max(rates.values())
    chosen = next(size for size, rate in rates.items() if rate * _GAIN >= best)
    return {
        "single": single,
        "eight": eight,
        "batches": {str(size): round(rate, 2) for size, rate in rates.items()},
        "batch_size": chosen,
        "samples_per_second": rates[chosen],
        "batch_ms": chosen / rates[chosen] * 1000.0,
    }


def _latencies(
    answer: Answer, samples: Sequence[int], size: int, seconds: float, *, most: int = 0
) -> dict[str, float]:
    """Latencies of queries of some samples that go through the model together, or ``most`` at a time."""
    clock = time.perf_counter
    respond = Responder(len)
    # More samples than there are: MultiStream repeats some of a small set, too.
    ring = [samples[place % len(samples)] for place in range(max(len(samples), size) + size)]
    step = most or size
    found: list[float] = []
    end = clock() + seconds
    place = 0
    while clock() < end or len(found) < 3:
        query = ring[place : place + size]
        start = clock()
        for part in range(0, size, step):
            indices = query[part : part + step]
            respond(indices, answer(indices))
        found.append((clock() - start) * 1000.0)
        place = (place + size) % max(1, len(ring) - size)
    # The first is often slower than all that follow.
    kept = sorted(found[1:])
    return {
        "mean_ms": statistics.fmean(kept),
        "p50_ms": kept[len(kept) // 2],
        "p90_ms": kept[int(len(kept) * 0.90)],
        "p99_ms": kept[int(len(kept) * 0.99)],
        "queries": len(kept),
    }


def _most_samples(sample_bytes: int) -> int:
    return max(1, min(_MOST_SAMPLES, _BATCH_BYTES // max(1, sample_bytes)))
