"""Data sets that fit into memory: files of NumPy, tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, UsageError
from cm_core.base import did_you_mean
from cm_mlperf.components.datasets.columns import (
    Converted,
    Ragged,
    check_layout,
    find_constants,
    join_lengths,
    reorder,
)
from cm_mlperf.reference.options import decimal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs, InputSpec

LABELS = ("labels", "label", "y", "targets", "target", "y_test", "test_labels")
_SAMPLES = ("x", "images", "inputs", "input", "data", "samples", "features", "x_test", "test_images")
# Inputs of single samples that are kept: making them takes longer than a fast model does.
_MOST_ROWS = 65_536
# Converted arrays up to this size are kept: a fast model would otherwise wait for them.
_AT_ONCE = 1 << 28
_NUMBERS = "biuf"
# What files of NumPy begin with; of others it says that they are pickled.
_MARKS = (b"PK", b"\x93NUMPY")


class ArrayData:
    """Samples in memory.

    Args:
        inputs: name -> array; the first axis counts samples.
        labels: the right answers.

    Attributes:
        constants: of :meth:`adapt`: input of the model -> what is the same for all samples.

    Raises:
        UsageError: when the lengths differ, or an array has no axis for samples.
    """

    def __init__(self, inputs: Mapping[str, Any], labels: NDArray[Any] | None = None) -> None:
        self._arrays: dict[str, Any] = dict(inputs)
        self._rows: dict[int, Inputs] = {}
        self.constants: dict[str, NDArray[Any]] = {}
        self.labels = labels
        lengths = {name: _length(name, value) for name, value in self._arrays.items()}
        if labels is not None:
            lengths["labels"] = _length("labels", labels)
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name}: {number}" for name, number in lengths.items())
            raise UsageError(
                f"the arrays of the data set have different lengths ({shown})",
                hint="give each as many rows as there are samples; what is the same for all has no such axis",
            )
        self.size = next(iter(lengths.values()), 0)

    def adapt(self, signature: Sequence[InputSpec]) -> None:
        """Convert to the types of the model, and to its shape where only axes of one or flattening differ."""
        wanted = [spec for spec in signature if spec.name not in self.constants]
        if len(wanted) != len(self._arrays):
            return
        for spec in wanted:
            name = spec.name if spec.name in self._arrays or len(wanted) > 1 else next(iter(self._arrays))
            if name in self._arrays:
                value = self._arrays.pop(name)
                self._arrays[spec.name] = _convert_for(value, spec)

    def load(self, indices: Sequence[int]) -> None:
        """Everything is in memory."""

    def unload(self, indices: Sequence[int]) -> None:
        """Everything stays in memory."""

    def inputs(self, indices: Sequence[int]) -> Inputs:
        """The rows."""
        if len(indices) > 1:
            return {name: value.take(indices, axis=0) for name, value in self._arrays.items()}
        try:
            return self._rows[indices[0]]
        except KeyError:
            return self._row(indices[0])

    def _row(self, index: int) -> Inputs:
        """The inputs of one sample, which need no copy."""
        import numpy as np

        ready = all(isinstance(value, np.ndarray) for value in self._arrays.values())
        row = {
            name: value[index : index + 1] if isinstance(value, np.ndarray) else value.take([index])
            for name, value in self._arrays.items()
        }
        for value in row.values():
            # A model that changes its input in place would change the data set for all that comes after.
            value.flags.writeable = False
        if ready and len(self._rows) < _MOST_ROWS:
            self._rows[index] = row
        return row


class NpzFile(ArrayData):
    """A file of NumPy.

    Args:
        path: ``.npz`` with one array of samples or several named like the model's inputs, or ``.npy``. Arrays
            NAME and NAME.lengths are samples of different length, one after another. For inputs of the model
            that are the same for all samples, an array may lack the axis that counts them.
        x: name of the array of samples, when it cannot be guessed.
        y: name of the array of labels.
        layout: ``NCHW`` or ``NHWC``, what the model gets of images that are stored the other way.
        pad: what samples of different length are filled up with in a batch.
    """

    def __init__(self, *, path: str, x: str = "", y: str = "", layout: str = "", pad: Any = 0) -> None:
        arrays = join_lengths(_load_arrays(Path(path)), decimal("pad", pad))
        label = y or next((name for name in LABELS if name in arrays), "")
        for name in filter(None, (x, y)):
            if name not in arrays:
                hint = did_you_mean(name, arrays) or f"it has: {', '.join(sorted(arrays))}"
                raise UsageError(f"there is no array '{name}' in {path}", hint=hint)
        self._file = dict(arrays)
        self._named, self._label = bool(x), y
        self._layout = check_layout(layout)
        self._doubt: UsageError | None = None
        labels = arrays.pop(label) if label else None
        try:
            super().__init__({x: arrays[x]} if x else _samples(arrays, path), labels)
        except UsageError as error:
            # Names of inputs may make it clear.
            if x or len(self._file) == 1:
                raise
            self._doubt = error
            super().__init__({})

    def adapt(self, signature: Sequence[InputSpec]) -> None:
        """Take the arrays named like the inputs of the model, whatever they are called.

        A model that does not say its inputs gets all arrays that have a row for each sample.

        Raises:
            UsageError: when it is not clear what the samples are.
        """
        names = [spec.name for spec in signature]
        if names and not self._named and set(names) <= self._file.keys() - {self._label}:
            label = self._label or next((one for one in LABELS if one in self._file.keys() - set(names)), "")
            labels = self._file.get(label)
            constants = find_constants(self._file, signature, labels)
            super().__init__({name: self._file[name] for name in names if name not in constants}, labels)
            self.constants = constants
        elif self._doubt:
            raise self._doubt
        elif not names and not self._named:
            self._arrays = self._all_inputs()
        self._file = {}
        if self._layout:
            self._arrays = {name: reorder(value, self._layout) for name, value in self._arrays.items()}
        super().adapt(signature)

    def _all_inputs(self) -> dict[str, Any]:
        """All arrays of numbers with a row for each sample, but the labels."""
        return {
            name: value
            for name, value in self._file.items()
            if name in self._arrays
            or (
                value is not self.labels
                and value.ndim
                and len(value) == self.size
                and value.dtype.kind in _NUMBERS
            )
        }


class CsvFile(ArrayData):
    """A table of numbers with a line of column names.

    Args:
        path: the file.
        y: name of the column with the label.
        x: names of the columns with the values of a sample; by default all others.
    """

    def __init__(self, *, path: str, x: Sequence[str] = (), y: str = "") -> None:
        import numpy as np

        names, rows = _read_table(Path(path))
        label = y or next((name for name in names if name.lower() in LABELS), "")
        columns = [x] if isinstance(x, str) and x else list(x) or [name for name in names if name != label]
        for name in filter(None, (*columns, y)):
            if name not in names:
                hint = did_you_mean(name, names) or f"it has: {', '.join(names[:20])}"
                raise UsageError(f"there is no column '{name}' in {path}", hint=hint)
        places = [names.index(name) for name in columns]
        values = np.asarray([[row[place] for place in places] for row in rows], dtype=np.float32)
        labels = np.asarray([row[names.index(label)] for row in rows]) if label else None
        if labels is not None and (labels == np.floor(labels)).all():
            labels = labels.astype(np.int64)
        super().__init__({"x": values}, labels)


def _length(name: str, value: NDArray[Any]) -> int:
    if not value.ndim:
        raise UsageError(
            f"the array '{name}' of the data set is a single value", hint="its first axis must count samples"
        )
    return len(value)


def _convert_for(value: Any, spec: InputSpec) -> Any:
    """The array as the model wants it, or unchanged when it cannot be."""
    import numpy as np

    wanted = np.dtype(spec.dtype)
    ragged = isinstance(value, Ragged)
    keeps = value.dtype != wanted and _keeps_values(value.values if ragged else value, wanted)
    dtype = wanted if keeps else value.dtype
    if ragged:
        value.fit(spec, dtype)
        return value
    free = sum(size is None for size in spec.shape[1:])
    shape = spec.shape[1:]
    if free == 0 and value.shape[1:] != shape:
        squeezed = tuple(size for size in shape if size != 1)
        flat = len(shape) == 1
        have = tuple(size for size in value.shape[1:] if size != 1)
        if squeezed == have or (flat and np.prod(value.shape[1:]) == shape[0]):
            value = value.reshape(len(value), *(size or 1 for size in shape))
    if value.size * dtype.itemsize > _AT_ONCE and (value.dtype != dtype or not value.flags.c_contiguous):
        return Converted(value, dtype)
    return np.ascontiguousarray(value, dtype=dtype)


def _keeps_values(value: NDArray[Any], wanted: np.dtype[Any]) -> bool:
    import numpy as np

    if value.dtype.kind in "uib" and wanted.kind in "fui":
        # Whole numbers below 2048 are exact in every floating point type that models use.
        if wanted.kind == "f" or not value.size or value.dtype.kind == "b":
            return True
        limits = np.iinfo(wanted)
        return bool(limits.min <= int(value.min()) and int(value.max()) <= limits.max)
    return value.dtype.kind == "f" and wanted.kind == "f"


def _samples(arrays: Mapping[str, NDArray[Any]], path: str) -> dict[str, NDArray[Any]]:
    if len(arrays) <= 1:
        return dict(arrays)
    known = [name for name in arrays if name.lower() in _SAMPLES]
    if len(known) == 1:
        return {known[0]: arrays[known[0]]}
    if len({len(value) for value in arrays.values() if value.ndim}) == 1:
        return dict(arrays)  # several inputs of one model
    raise UsageError(
        f"it is not clear which array of {path} has the samples: {', '.join(sorted(arrays))}",
        hint="name it: --dataset_options.x=NAME --dataset_options.y=NAME",
    )


def _load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    import numpy as np

    if not path.is_file():
        raise NotFoundError(f"there is no data set {path}")
    known = True
    try:
        with path.open("rb") as stream:
            known = stream.read(6).startswith(_MARKS)
            stream.seek(0)
            # Pickled objects could run code.
            data = np.load(stream, allow_pickle=False)
            if isinstance(data, np.ndarray):
                return {"x": data}
            return {name: data[name] for name in data.files}
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        reason = " ".join(str(error).split()) if known else "it does not look like an .npz or .npy file"
        raise CMError(
            f"{path} is not a file of NumPy arrays: {reason}",
            hint="write it with numpy.savez, and numbers in its arrays",
        ) from error


def _read_table(path: Path) -> tuple[list[str], list[list[float]]]:
    if not path.is_file():
        raise NotFoundError(f"there is no data set {path}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return _read_rows(csv.reader(stream), path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path} is not a table: {error}", hint="write a text file in UTF-8 with comma-separated values"
        ) from error


def _read_rows(reader: Any, path: Path) -> tuple[list[str], list[list[float]]]:
    names = [name.strip() for name in next(reader, [])]
    rows: list[list[float]] = []
    for row in reader:
        if not row:
            continue
        try:
            rows.append([float(cell) for cell in row])
        except ValueError as error:
            raise UsageError(
                f"{path}, line {reader.line_num}: {error}", hint="write a number in each column"
            ) from error
        if len(row) != len(names):
            raise UsageError(f"{path}, line {reader.line_num}: {len(row)} values for {len(names)} columns")
    return names, rows
