"""Random samples of whatever shape a model wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from cm_core import UsageError
from cm_core.base import did_you_mean
from cm_mlperf.components.datasets.arrays import ArrayData
from cm_mlperf.reference.options import decimal, sizes, whole

if TYPE_CHECKING:
    from cm_mlperf.interfaces import InputSpec

_T = TypeVar("_T")
# One value for all inputs, or name of an input -> value.
_ByInput = str | int | float | Mapping[str, object]


class RandomData(ArrayData):
    """Random numbers from 0 to 1, whole ones from 0 to 255; always the same.

    Args:
        size: number of samples.
        shape: of a sample as ``3x224x224``; needed when the model does not say it or leaves sizes open. A
            mapping has one for each input that is named.
        high: that numbers stay below: 30522 for the words of a vocabulary; or by the name of an input.
        seed: of the generator.
    """

    def __init__(
        self, *, path: str = "", size: int = 256, shape: _ByInput = "", high: _ByInput = "", seed: int = 1
    ) -> None:
        del path
        self._shapes = _read("shape", shape, sizes)
        self._highs = _read("high", high, decimal)
        self._wanted = self._shapes.get("", ())
        self._seed = whole("seed", seed)
        self._samples = whole("size", size)
        super().__init__({}, None)
        self.adapt(())

    def adapt(self, signature: Sequence[InputSpec]) -> None:
        """Make the numbers.

        Raises:
            UsageError: when the model leaves sizes open and no shape was given, or has no such input.
        """
        import numpy as np

        self._check_names([spec.name for spec in signature])

        generator = np.random.default_rng(self._seed)
        self.size = self._samples
        self._arrays = {}
        for spec in signature:
            shape = self._shapes.get(spec.name) or self._wanted or spec.shape[1:]
            sizes = [size for size in shape if size is not None]
            if len(sizes) != len(shape):
                raise UsageError(
                    f"the model leaves sizes of its input '{spec.name}' open",
                    hint=f"give the shape of a sample: --dataset_options.shape.{spec.name}=3x224x224",
                )
            numbers = generator.random((self.size, *sizes), dtype=np.float32)
            dtype = np.dtype(spec.dtype)
            scale = 1.0 if dtype.kind in "fb" else min(255.0, float(np.iinfo(dtype).max))
            scale = self._highs.get(spec.name, self._highs.get("", scale))
            self._arrays[spec.name] = (numbers * scale).astype(dtype)
        if not signature:
            self._arrays = {"x": generator.random((self.size, *(self._wanted or (1,))), dtype=np.float32)}

    def _check_names(self, names: Sequence[str]) -> None:
        """Refuse shapes and limits of inputs that the model has not."""
        for option, given in (("shape", self._shapes), ("high", self._highs)):
            for name in given.keys() - {"", *names}:
                if names:
                    hint = did_you_mean(name, names) or f"its inputs: {', '.join(names)}"
                    raise UsageError(f"{option}.{name}: the model has no input '{name}'", hint=hint)


def _read(option: str, given: _ByInput, parse: Callable[[str, object], _T]) -> dict[str, _T]:
    """The values by input; that of all others under ``""``."""
    if isinstance(given, Mapping):
        return {str(name): parse(f"{option}.{name}", value) for name, value in given.items()}
    return {"": parse(option, given)} if given else {}
