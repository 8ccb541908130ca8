"""What a file in ONNX says of itself: its inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_mlperf.components.backends.feeding import batch_axes
from cm_mlperf.components.backends.onnxruntime import TYPES, load_session

if TYPE_CHECKING:
    from collections.abc import Mapping


def describe(model: str) -> Mapping[str, list[dict[str, Any]]]:
    """``inputs`` and ``outputs`` with name, type and shape; ``samples`` is the axis that counts them.

    Raises:
        CMError: when ONNX Runtime cannot load it.
    """
    session = load_session(model, "cpu", 1)
    entries = session.get_inputs()
    axes = batch_axes({entry.name: entry.shape for entry in entries})
    inputs = [{**_facts(entry), "samples": axes[entry.name] if entry.shape else None} for entry in entries]
    return {"inputs": inputs, "outputs": [_facts(entry) for entry in session.get_outputs()]}


def _facts(entry: Any) -> dict[str, Any]:
    """A size that is free has its name, or is ``None``; sequences and maps keep the words of ONNX Runtime."""
    return {"name": entry.name, "dtype": TYPES.get(entry.type, entry.type), "shape": list(entry.shape or ())}
