"""Arrays that become what a model takes only when a batch of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import InputSpec

# The lengths of the samples of NAME, which lie one after another in NAME.
LENGTHS = ".lengths"
_IMAGES = 4  # axes of an array of images


class Converted:
    """An array in another type or order of axes; kept as it is, because images grow fourfold as floats."""

    def __init__(self, values: NDArray[Any], dtype: np.dtype[Any]) -> None:
        self.values, self.dtype = values, dtype
        self.shape, self.ndim = values.shape, values.ndim

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: Sequence[int], axis: int = 0) -> NDArray[Any]:
        """The samples of a batch, converted."""
        import numpy as np

        del axis
        # `take` of an array whose axes were moved would first copy all of it.
        return np.ascontiguousarray(self.values[list(indices)], dtype=self.dtype)


class Ragged:
    """Samples of different length, one after another in one array; a batch is filled up to its longest.

    Args:
        name: of the array.
        lengths: of each sample.
        pad: what shorter samples are filled up with.

    Raises:
        UsageError: when the lengths are none, or not those of the array.
    """

    def __init__(self, name: str, values: NDArray[Any], lengths: NDArray[Any], pad: float = 0) -> None:
        import numpy as np

        if lengths.ndim != 1 or lengths.dtype.kind not in "ui" or (lengths.size and lengths.min() < 0):
            raise UsageError(
                f"the array '{name}{LENGTHS}' must hold one whole number for each sample",
                hint="write it with: numpy.array([len(sample) for sample in samples])",
            )
        total = int(lengths.sum())
        if not values.ndim or len(values) != total:
            raise UsageError(
                f"'{name}{LENGTHS}' adds up to {total}, but '{name}' has {len(values) if values.ndim else 1}",
                hint=f"write '{name}' with: numpy.concatenate(samples)",
            )
        self._name, self.values, self._pad = name, values, pad
        self._ends = np.cumsum(lengths, dtype=np.int64)
        self._starts = self._ends - lengths.astype(np.int64)
        self.dtype, self.width = values.dtype, 0
        self.longest = int(lengths.max()) if lengths.size else 0
        self.shape = (len(lengths), self.longest, *values.shape[1:])
        self.ndim = values.ndim + 1

    def __len__(self) -> int:
        return len(self._ends)

    def fit(self, spec: InputSpec, dtype: np.dtype[Any]) -> None:
        """Take type and, where the model has one, its length.

        Raises:
            UsageError: when a sample is longer than the model takes.
        """
        self.values = self.values.astype(dtype, copy=False)
        self.dtype = dtype
        if len(spec.shape) > 1 and spec.shape[1]:
            self.width = spec.shape[1]
        if self.width and self.longest > self.width:
            raise UsageError(
                f"a sample of '{self._name}' has {self.longest} values, but the model takes {self.width}",
                hint="cut the samples, or choose a model that takes any number",
            )

    def take(self, indices: Sequence[int], axis: int = 0) -> NDArray[Any]:
        """The samples of a batch, filled up to the longest of them."""
        import numpy as np

        del axis
        spans = [(int(self._starts[index]), int(self._ends[index])) for index in indices]
        longest = self.width or max(end - start for start, end in spans)
        batch = np.full((len(spans), longest, *self.values.shape[1:]), self._pad, self.dtype)
        for row, (start, end) in zip(batch, spans, strict=True):
            row[: end - start] = self.values[start:end]
        return batch


def join_lengths(arrays: Mapping[str, NDArray[Any]], pad: float) -> dict[str, Any]:
    """The arrays of a file, with NAME and NAME.lengths as one.

    Raises:
        UsageError: when lengths are those of no array, or do not fit it.
    """
    joined: dict[str, Any] = {}
    for name, value in arrays.items():
        if not name.endswith(LENGTHS):
            lengths = arrays.get(name + LENGTHS)
            joined[name] = value if lengths is None else Ragged(name, value, lengths, pad)
        elif name.removesuffix(LENGTHS) not in arrays:
            raise UsageError(f"there is no array '{name.removesuffix(LENGTHS)}' for '{name}'")
    return joined


def find_constants(
    arrays: Mapping[str, Any], signature: Sequence[InputSpec], labels: NDArray[Any] | None
) -> dict[str, NDArray[Any]]:
    """Arrays that are the same for all samples, with an axis of one for those where the model has one.

    These are arrays without the axis that counts samples, those of inputs that have none, and single rows
    where other arrays have more.
    """
    open_batch = any(spec.shape and spec.shape[0] is None for spec in signature)
    count = _count(arrays, signature, labels, open_batch=open_batch)
    found = {}
    for spec in signature:
        value = arrays[spec.name]
        if isinstance(value, Ragged):
            continue
        if not spec.shape and value.size == 1:
            found[spec.name] = value.reshape(())
        elif _is_whole(value, spec, open_batch=open_batch):
            found[spec.name] = value
        elif value.ndim == 0 or len(value) != count:
            one = _one_sample(value, spec)
            if one is not None:
                found[spec.name] = one
    return found


def _count(
    arrays: Mapping[str, Any],
    signature: Sequence[InputSpec],
    labels: NDArray[Any] | None,
    *,
    open_batch: bool,
) -> int:
    """The number of samples."""
    if labels is not None and labels.ndim:
        return len(labels)
    rows = [spec for spec in signature if not _is_whole(arrays[spec.name], spec, open_batch=open_batch)]
    return max((len(arrays[spec.name]) for spec in rows if spec.shape and arrays[spec.name].ndim), default=0)


def _is_whole(value: Any, spec: InputSpec, *, open_batch: bool) -> bool:
    """Whether it fills an input that has no axis for samples, as others of the model have."""
    return open_batch and bool(spec.shape) and spec.shape[0] is not None and value.shape == spec.shape


def _one_sample(value: NDArray[Any], spec: InputSpec) -> NDArray[Any] | None:
    if value.shape == spec.shape or (value.ndim == len(spec.shape) and len(value) == 1):
        return value
    if value.ndim == len(spec.shape) - 1 and _fits(value.shape, spec.shape[1:]):
        return value[None]
    return None


def _fits(sizes: Sequence[int], wanted: Sequence[int | None]) -> bool:
    return all(one is None or one == size for size, one in zip(sizes, wanted, strict=True))


def check_layout(given: str) -> str:
    """``NCHW``, ``NHWC`` or nothing.

    Raises:
        UsageError: when it is another word.
    """
    layout = str(given).upper()
    if layout not in ("", "NCHW", "NHWC"):
        raise UsageError(
            f"layout={given} is no order of axes", hint="write NCHW or NHWC: what the model gets"
        )
    return layout


def reorder(value: Any, layout: str) -> Any:
    """Images with the channels where the layout has them; others as they are."""
    import numpy as np

    if isinstance(value, Ragged) or value.ndim != _IMAGES:
        return value
    return np.moveaxis(value, 3, 1) if layout == "NCHW" else np.moveaxis(value, 1, 3)
