"""Counts and latencies of a run, as seen inside the system under test."""

from __future__ import annotations

import math
import sys
from array import array
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Buckets a tenth of a power of two wide, from 256 ns to 19 minutes: percentiles are right within 7 %.
_PER_DOUBLING = 10
_FIRST = 8 * _PER_DOUBLING
_BUCKETS = 32 * _PER_DOUBLING
_NS_PER_MS, _NS_PER_S = 1e6, 1e9
_KILO = 1024

_Number = TypeVar("_Number", int, float)


class Meter:
    """Collects latencies cheaply, and sums them up when asked.

    Attributes:
        latencies: seconds of finished queries; dispatchers append, from several threads.
        more_samples: numbers of samples that were finished beside one for each latency; the same.
    """

    def __init__(self) -> None:
        import numpy as np

        self.latencies = array("d")
        self.more_samples = array("q")
        self.queries_done = 0
        self.samples_done = 0
        self._counts: NDArray[np.int64] = np.zeros(_BUCKETS, dtype=np.int64)

    def update(self) -> None:
        """Take in what was collected since the last time; for one thread."""
        import numpy as np

        fresh = np.frombuffer(_take_all(self.latencies), dtype=np.float64)
        if fresh.size:
            nanoseconds = np.maximum(fresh * _NS_PER_S, 1.0)
            places = (np.log2(nanoseconds) * _PER_DOUBLING).astype(np.int64) - _FIRST
            self._counts += np.bincount(np.clip(places, 0, _BUCKETS - 1), minlength=_BUCKETS)
            self.queries_done += fresh.size
        more = np.frombuffer(_take_all(self.more_samples), dtype=np.int64)
        self.samples_done += fresh.size + int(more.sum())

    def percentile_ms(self, share: float) -> float | None:
        """About the latency that this share of the queries did not exceed; ``None`` before the first."""
        import numpy as np

        total = int(self._counts.sum())
        if not total:
            return None
        place = int(np.searchsorted(np.cumsum(self._counts), math.ceil(share * total)))
        return _edge_ms(place + 1)

    def histogram(self) -> dict[str, list[float]] | None:
        """Edges in milliseconds and counts, without empty buckets at the ends; ``None`` without queries."""
        filled = self._counts.nonzero()[0]
        if not filled.size:
            return None
        first, last = int(filled[0]), int(filled[-1])
        return {
            "edges_ms": [round(_edge_ms(place), 9) for place in range(first, last + 2)],
            "counts": [int(count) for count in self._counts[first : last + 1]],
        }


def peak_memory_mb() -> float | None:
    """The most memory that this process has used; ``None`` where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / _KILO**2 if sys.platform == "darwin" else peak / _KILO)


def _take_all(numbers: array[_Number]) -> array[_Number]:
    """What was appended so far, taken out; other threads may append meanwhile, at the end."""
    taken = numbers[:]
    del numbers[: len(taken)]
    return taken


def _edge_ms(place: int) -> float:
    return float(2.0 ** ((place + _FIRST) / _PER_DOUBLING) / _NS_PER_MS)
