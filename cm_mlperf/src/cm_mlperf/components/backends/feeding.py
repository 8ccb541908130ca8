"""Inputs of ONNX models that are no rows of samples: constants, and those with the batch on another axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import UsageError
from cm_core.base import did_you_mean, to_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import InputSpec

    Feed = dict[str, NDArray[Any]]
    Run = Callable[[list[str], Feed], list[NDArray[Any]]]


def batch_axis(sizes: Sequence[object], *, guess: bool = False) -> int:
    """The axis that counts samples: the one named so, otherwise the first.

    Args:
        guess: take the only free one if the first is fixed; other inputs show that batches are free.
    """
    named = [axis for axis, size in enumerate(sizes) if isinstance(size, str) and "batch" in size.lower()]
    if named:
        return named[0]
    free = [axis for axis, size in enumerate(sizes) if not isinstance(size, int)]
    return free[0] if guess and len(free) == 1 else 0


def batch_axes(shapes: Mapping[str, Sequence[object]]) -> dict[str, int]:
    """The axis that counts samples, for each input of a model."""
    open_batch = any(shape and not isinstance(shape[0], int) for shape in shapes.values())
    return {name: batch_axis(shape, guess=open_batch) for name, shape in shapes.items()}


def to_front(shape: Sequence[int | None], axis: int) -> tuple[int | None, ...]:
    """The shape as data sets have it, with the axis of samples first."""
    return (shape[axis], *shape[:axis], *shape[axis + 1 :]) if shape else ()


class Feeder:
    """Runs a model with constants added and axes moved.

    Args:
        run: of the session.
        axes: input -> axis of samples, of those where it is not the first.
        constants: input -> its values, broadcast to its shape.
        specs: of the constant inputs, with the axis of samples where the model has it.
        output_axes: place of an output -> its axis of samples, where it is not the first.
    """

    def __init__(
        self,
        run: Run,
        axes: Mapping[str, int],
        constants: Mapping[str, object],
        specs: Mapping[str, tuple[InputSpec, int]],
        output_axes: Mapping[int, int],
    ) -> None:
        self._run, self._axes, self._output_axes = run, axes, output_axes
        self._constants = {name: _values(name, value, specs[name][0]) for name, value in constants.items()}
        self._specs = specs
        self._made: dict[int, Feed] = {}

    def __call__(self, outputs: list[str], feed: Feed) -> list[NDArray[Any]]:
        """Run one batch."""
        import numpy as np

        count = len(next(iter(feed.values())))
        moved = {
            name: np.ascontiguousarray(np.moveaxis(value, 0, self._axes[name]))
            if name in self._axes
            else value
            for name, value in feed.items()
        }
        if count not in self._made:
            self._made[count] = {name: self._constant(name, count) for name in self._constants}
        found = self._run(outputs, {**moved, **self._made[count]})
        return [
            np.moveaxis(value, self._output_axes[place], 0) if place in self._output_axes else value
            for place, value in enumerate(found)
        ]

    def _constant(self, name: str, count: int) -> NDArray[Any]:
        import numpy as np

        spec, axis = self._specs[name]
        shape = [count if size is None and place == axis else size for place, size in enumerate(spec.shape)]
        try:
            return np.ascontiguousarray(np.broadcast_to(self._constants[name], shape))  # type: ignore[arg-type]
        except (ValueError, TypeError) as error:
            wanted = " x ".join("any" if size is None else str(size) for size in spec.shape) or "one"
            raise UsageError(
                f"constant.{name}: {self._constants[name].size} values do not fill {wanted} values",
                hint=f"give one value: --backend_options.constant.{name}=0, or as many as the last axis has",
            ) from error


def check_constants(given: object, names: Sequence[str]) -> dict[str, object]:
    """The constants by the name of an input.

    Raises:
        UsageError: when the model has no such input, or all of its inputs would be constant.
    """
    if not isinstance(given, Mapping):
        raise UsageError("constants have names", hint="write --backend_options.constant.NAME=VALUE")
    for name in given:
        if name not in names:
            hint = did_you_mean(str(name), names) or f"its inputs: {', '.join(names)}"
            raise UsageError(f"constant.{name}: the model has no input '{name}'", hint=hint)
    if names and len(given) == len(names):
        raise UsageError("all inputs of the model are constant", hint="leave one for the data set")
    return {str(name): value for name, value in given.items()}


def _values(name: str, given: object, spec: InputSpec) -> NDArray[Any]:
    import numpy as np

    if isinstance(given, np.ndarray):
        return given.astype(spec.dtype)
    numbers = [to_number(part) for part in str(given).split(",")]
    if None in numbers:
        raise UsageError(
            f"constant.{name}={given} must be numbers", hint=f"--backend_options.constant.{name}=0.5,1"
        )
    return np.asarray(numbers if len(numbers) > 1 else numbers[0]).astype(spec.dtype)
