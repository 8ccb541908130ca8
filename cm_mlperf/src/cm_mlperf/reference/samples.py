"""Samples in memory: made before the clock runs, handed out while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from cm_core import CMError
from cm_mlperf.reference.options import whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

_THREADS = 4
_T = TypeVar("_T")


def first(count: int | str) -> slice:
    """The first samples; 0 means all.

    Raises:
        UsageError: when it is not a number: options of the command line are text.
    """
    return slice(whole("count", count) or None)


def sample_of(samples: Sequence[_T], index: int, what: str) -> _T:
    """What is known of a sample in a log.

    Raises:
        CMError: when the log is of another data set, which has more of them.
    """
    if index >= len(samples):
        raise CMError(f"the log has sample {index}, but there are {len(samples)} {what}")
    return samples[index]


class SampleMemory:
    """Keeps the samples that LoadGen asked to load.

    Args:
        make: of the values of a sample, by index; called from several threads.
    """

    def __init__(self, make: Callable[[int], NDArray[Any]]) -> None:
        self._make = make
        self._loaded: dict[int, NDArray[Any]] = {}

    def load(self, indices: Sequence[int]) -> None:
        """Make the samples that are not there yet."""
        missing = [index for index in dict.fromkeys(indices) if index not in self._loaded]
        with ThreadPoolExecutor(_THREADS) as pool:
            self._loaded.update(zip(missing, pool.map(self._make, missing), strict=True))

    @property
    def bytes_each(self) -> int:
        """What a sample takes, by those that are loaded."""
        return sum(value.nbytes for value in self._loaded.values()) // max(1, len(self._loaded))

    def unload(self, indices: Sequence[int]) -> None:
        """Forget samples."""
        for index in indices:
            self._loaded.pop(index, None)

    def batch(self, indices: Sequence[int]) -> NDArray[Any]:
        """The samples one after the other; one sample alone is not copied.

        Raises:
            CMError: when one of them is not loaded.
        """
        import numpy as np

        try:
            if len(indices) == 1:
                return self._loaded[indices[0]][np.newaxis]
            return np.stack([self._loaded[index] for index in indices])
        except KeyError as error:
            raise CMError(f"sample {error.args[0]} was requested before it was loaded") from error
