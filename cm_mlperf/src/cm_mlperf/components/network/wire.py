"""What client and node of a network run say to each other: arrays as uncompressed NPZ over HTTP.

``GET /about`` answers JSON with name, version and inputs of the model; ``POST /predict`` takes the inputs of
a batch and answers its outputs, or a JSON object with ``error``.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABOUT, PREDICT = "/about", "/predict"
ARRAYS, JSON = "application/x-npz", "application/json"
# The official checker looks for these words in the name of the system.
NAME = "Network SUT"
# A name of the user's may be one that savez takes for itself.
_INPUT, _OUTPUT = "input_", "output_"


def pack_inputs(inputs: Mapping[str, NDArray[Any]]) -> bytes:
    """The body of a request."""
    return _pack_arrays({_INPUT + name: value for name, value in inputs.items()})


def unpack_inputs(body: bytes) -> dict[str, NDArray[Any]]:
    """The inputs of a request.

    Raises:
        ValueError, OSError, KeyError: when the body is none.
    """
    return {name.removeprefix(_INPUT): value for name, value in _arrays(body).items()}


def pack_outputs(outputs: Sequence[NDArray[Any]]) -> bytes:
    """The body of an answer."""
    return _pack_arrays({f"{_OUTPUT}{number}": value for number, value in enumerate(outputs)})


def unpack_outputs(body: bytes) -> list[NDArray[Any]]:
    """The outputs of an answer, in their order."""
    arrays = _arrays(body)
    return [arrays[f"{_OUTPUT}{number}"] for number in range(len(arrays))]


def _pack_arrays(arrays: dict[str, Any]) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _arrays(body: bytes) -> dict[str, NDArray[Any]]:
    import numpy as np

    # Never pickled objects: they could run code.
    with np.load(io.BytesIO(body), allow_pickle=False) as data:
        return {name: data[name] for name in data.files}
