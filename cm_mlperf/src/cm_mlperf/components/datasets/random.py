"""Random samples of whatever shape a model wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_core import UsageError
from cm_mlperf.components.datasets.arrays import ArrayData
from cm_mlperf.reference.options import sizes, whole

if TYPE_CHECKING:
    from cm_mlperf.interfaces import InputSpec


class RandomData(ArrayData):
    """Random numbers from 0 to 1, whole ones from 0 to 255; always the same.

    Args:
        size: number of samples.
        shape: of a sample as ``3x224x224``; needed when the model does not say it or leaves sizes open.
        seed: of the generator.
    """

    def __init__(self, *, path: str = "", size: int = 256, shape: str = "", seed: int = 1) -> None:
        del path
        self._wanted = sizes("shape", shape)
        self._seed = whole("seed", seed)
        self._samples = whole("size", size)
        super().__init__({}, None)
        self.adapt(())

    def adapt(self, signature: Sequence[InputSpec]) -> None:
        """Make the numbers.

        Raises:
            UsageError: when the model leaves sizes open and no shape was given.
        """
        import numpy as np

        generator = np.random.default_rng(self._seed)
        self.size = self._samples
        self._arrays = {}
        for spec in signature:
            shape = self._wanted or spec.shape[1:]
            sizes = [size for size in shape if size is not None]
            if len(sizes) != len(shape):
                raise UsageError(
                    f"the model leaves sizes of its input '{spec.name}' open",
                    hint="give the shape of a sample: --dataset_options.shape=3x224x224",
                )
            numbers = generator.random((self.size, *sizes), dtype=np.float32)
            dtype = np.dtype(spec.dtype)
            scale = 1 if dtype.kind in "fb" else min(255, int(np.iinfo(dtype).max))
            self._arrays[spec.name] = (numbers * scale).astype(dtype)
        if not signature:
            self._arrays = {"x": generator.random((self.size, *(self._wanted or (1,))), dtype=np.float32)}
