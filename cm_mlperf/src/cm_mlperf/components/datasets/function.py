"""Data sets that are made by a function of the user."""

from __future__ import annotations

from typing import Any

from cm_core import UsageError
from cm_mlperf.components.build import find_function
from cm_mlperf.components.datasets.arrays import ArrayData


def FunctionData(*, path: str, **options: Any) -> Any:  # noqa: N802 - a factory like the others
    """The data set of ``FILE.py:load``.

    The function returns samples, or ``(samples, labels)``: samples are an array or a dictionary of arrays by
    the names of the model's inputs. It may also return an object of the shape of
    :class:`~cm_mlperf.interfaces.DataSet`.

    Raises:
        UsageError: when it returns something else.
    """
    import numpy as np

    made = find_function(path)(**options)
    if all(hasattr(made, name) for name in ("size", "load", "unload", "inputs")):
        return made
    samples, labels = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if isinstance(samples, np.ndarray | list):
        samples = {"x": np.asarray(samples)}
    if not isinstance(samples, dict):
        raise UsageError(
            f"{path} returned {type(made).__name__}",
            hint="return samples, or samples and labels, or an object with size, load, unload, inputs",
        )
    arrays = {name: np.asarray(value) for name, value in samples.items()}
    return ArrayData(arrays, None if labels is None else np.asarray(labels))
