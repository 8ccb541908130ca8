"""Models that are a function in a Python file."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import UsageError
from cm_mlperf.components.build import find_function

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs


# Devices, and what is there where there is one: programs, or files that the driver makes.
_PROGRAMS = {"cuda": "nvidia-smi", "rocm": "rocminfo"}
_DRIVERS = {"cuda": "/dev/nvidiactl", "rocm": "/dev/kfd"}


def why_not(device: str) -> str:
    """Why a function cannot use a device here; ``""`` when it may. What it does use is its own business."""
    if device == "mps" and sys.platform != "darwin":
        return "this machine has no Apple GPU"
    if device in _DRIVERS and not (shutil.which(_PROGRAMS[device]) or Path(_DRIVERS[device]).exists()):
        return f"this machine has no accelerator for {device}: no {_PROGRAMS[device]}, no {_DRIVERS[device]}"
    return ""


class PythonModel:
    """``FILE.py:predict``: gets a batch, returns an array with one row a sample, or a list of such arrays.

    The batch is an array, or a dictionary of arrays when the data set has several inputs. A class is called
    once with the further options, and then its object's ``predict`` is used.

    Args:
        model: ``/path/to/file.py:name``.
    """

    def __init__(self, *, model: str, device: str = "cpu", threads: int = 0, **options: Any) -> None:
        del device, threads  # what a function does with them is its own business
        self.version = sys.version.split()[0]
        found: Callable[..., Any] = find_function(model)
        if isinstance(found, type):
            found = found(**options).predict
        elif options:
            raise UsageError(f"{model} is a function and takes no options", hint="write a class with predict")
        self._function = found

    def predict(self, inputs: Inputs) -> Sequence[NDArray[Any]]:
        """Call the function."""
        import numpy as np

        answer: Any = self._function(next(iter(inputs.values())) if len(inputs) == 1 else dict(inputs))
        if isinstance(answer, np.ndarray):
            return [answer]
        if isinstance(answer, tuple | list) and answer and isinstance(answer[0], np.ndarray):
            return list(answer)
        with contextlib.suppress(ValueError):
            array = np.asarray(answer)
            if array.dtype != object:
                return [array]
        raise UsageError(
            f"predict returned {type(answer).__name__}, which cannot be made into an array",
            hint="return a NumPy array with one row for each sample of the batch",
        )
