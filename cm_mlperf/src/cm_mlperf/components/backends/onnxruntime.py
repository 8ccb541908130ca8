"""Models in ONNX, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, UsageError
from cm_core.base import did_you_mean
from cm_mlperf.components.backends.feeding import Feeder, batch_axes, batch_axis, check_constants, to_front
from cm_mlperf.interfaces import InputSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


def why_not(device: str) -> str:
    """Why a device cannot be used by the installed ONNX Runtime; ``""`` when it can."""
    import onnxruntime

    provider = _PROVIDERS[device]
    if provider in onnxruntime.get_available_providers():
        return ""
    return f"the installed onnxruntime has no {provider}"


class OnnxRuntimeModel:
    """An ONNX file.

    Args:
        model: the file.
        device: a key of the table above.
        threads: inside one run of the model; 0 means all cores.
        constant: input -> its values for all samples, as text with commas between them.
        outputs: names of the outputs to compute, as text with commas between them; by default all arrays.

    Raises:
        CMError: when ONNX Runtime cannot load it.
        UsageError: when it has no such output, or none that is an array.
    """

    def __init__(
        self,
        *,
        model: str,
        device: str = "cpu",
        threads: int = 0,
        outputs: str | Sequence[str] = (),
        constant: object = None,
    ) -> None:
        import onnxruntime

        if not Path(model).is_file():
            raise NotFoundError(f"there is no model file {model}")
        session = load_session(model, device, threads)
        self.version = str(onnxruntime.__version__)
        entries = session.get_inputs()
        constants = check_constants(constant or {}, [entry.name for entry in entries])
        axes = batch_axes({entry.name: entry.shape for entry in entries})
        self._raw = {entry.name: (_spec(entry), axes[entry.name]) for entry in entries}
        self._outputs = _chosen_outputs(session.get_outputs(), outputs)
        shapes = {entry.name: entry.shape for entry in session.get_outputs()}
        places = {place: batch_axis(shapes[name]) for place, name in enumerate(self._outputs)}
        self._output_axes = {place: axis for place, axis in places.items() if axis}
        self._session_run = session.run
        self._constants: dict[str, object] = constants
        self.hold({})

    def hold(self, constants: Mapping[str, NDArray[Any]]) -> None:
        """Take these inputs for all samples; the first axis is that of samples, where the input has one."""
        import numpy as np

        for name, value in constants.items():
            axis = self._raw[name][1]
            self._constants[name] = np.moveaxis(value, 0, axis) if axis else value
        left = {name: both for name, both in self._raw.items() if name not in self._constants}
        if self._raw and not left:
            raise UsageError("all inputs of the model are constant", hint="leave one for the data set")
        self.signature = tuple(
            replace(spec, shape=to_front(spec.shape, axis)) for spec, axis in left.values()
        )
        moved = {name: axis for name, (_, axis) in left.items() if axis}
        self._run = self._session_run
        if self._constants or moved:
            held = {name: self._raw[name] for name in self._constants}
            self._run = Feeder(self._session_run, moved, self._constants, held, self._output_axes)
        self._names = list(left)
        self._fixed = self.signature[0].shape[0] if self.signature and self.signature[0].shape else None

    def predict(self, inputs: Inputs) -> Sequence[NDArray[Any]]:
        """Run the model; one made for a fixed batch gets its samples in such batches."""
        if len(inputs) == len(self._names) == 1:
            feed = {self._names[0]: next(iter(inputs.values()))}
        else:
            feed = {name: inputs[name] for name in self._names}
        try:
            if self._fixed is None or len(next(iter(feed.values()))) == self._fixed:
                return self._run(self._outputs, feed)  # type: ignore[no-any-return]
            return self._in_fixed_batches(feed, self._fixed)
        except CMError:
            raise
        except Exception as error:  # its exceptions share no base class of their own
            raise self._refused(feed, error) from error

    def _refused(self, feed: Mapping[str, NDArray[Any]], error: Exception) -> CMError:
        """What was wanted and given, with the words of ONNX Runtime, which name neither."""
        wanted = {spec.name: _shape(spec.shape, spec.dtype) for spec in self.signature}
        given = "; ".join(
            f"'{name}' expects {wanted[name]}, was given {_shape(value.shape, str(value.dtype))}"
            for name, value in feed.items()
        )
        reason = " ".join(str(error).split())[:300]
        return CMError(
            f"ONNX Runtime cannot run the model with these inputs: {given}; it says: {reason}",
            hint="change the data set; for --dataset=random, shape.NAME and high.NAME set sizes and values",
        )

    def _in_fixed_batches(self, feed: dict[str, NDArray[Any]], size: int) -> Sequence[NDArray[Any]]:
        count = len(next(iter(feed.values())))
        parts: list[list[NDArray[Any]]] = []
        for place in range(0, count, size):
            batch = {name: value[place : place + size] for name, value in feed.items()}
            have = min(size, count - place)
            if have < size:
                batch = {name: _pad_batch(value, size) for name, value in batch.items()}
            outputs = self._run(self._outputs, batch)
            parts.append([output[:have] for output in outputs] if have < size else outputs)
        return [_join_batches(outputs, size) for outputs in zip(*parts, strict=True)]


def load_session(model: str, device: str, threads: int) -> Any:
    """A session of ONNX Runtime.

    Raises:
        CMError: when it cannot load the file, or not use the device.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=[_PROVIDERS[device]])
    except Exception as error:  # its exceptions share no base class of their own
        reason = " ".join(str(error).split())
        raise CMError(f"ONNX Runtime cannot load {model}: {reason}") from error
    # It falls back to the processor without a word to the program.
    if _PROVIDERS[device] not in session.get_providers():
        raise CMError(f"ONNX Runtime could not start {_PROVIDERS[device]}", hint="see console.log")
    return session


def _join_batches(parts: Sequence[NDArray[Any]], size: int) -> NDArray[Any]:
    """One output of several batches; where a batch is one sample without an axis for it, one is added.

    That is how detectors do it: the first axis counts boxes. Samples with fewer boxes are filled with zeros.
    """
    import numpy as np

    if size > 1 or all(len(part) == 1 for part in parts):
        return np.concatenate(parts)
    shape = (len(parts), max(map(len, parts)), *parts[0].shape[1:])
    filled = np.zeros(shape, parts[0].dtype)
    for row, part in zip(filled, parts, strict=True):
        row[: len(part)] = part
    return filled


def _pad_batch(value: NDArray[Any], size: int) -> NDArray[Any]:
    import numpy as np

    return np.concatenate([value, np.repeat(value[-1:], size - len(value), axis=0)])


def _shape(shape: Sequence[int | None], dtype: str) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape) + f" {dtype}"


def _chosen_outputs(entries: Sequence[Any], asked: str | Sequence[str]) -> list[str]:
    """The outputs asked for; by default all arrays, and no sequences or maps, which are no answers."""
    kinds = {entry.name: str(entry.type) for entry in entries}
    words = asked.split(",") if isinstance(asked, str) else asked
    names = [word.strip() for word in words if word.strip()]
    arrays = [name for name, kind in kinds.items() if kind.startswith("tensor(")]
    for name in names:
        if name not in kinds:
            hint = did_you_mean(name, kinds) or f"it has: {', '.join(kinds)}"
            raise UsageError(f"the model has no output '{name}'", hint=hint)
        if name not in arrays:
            raise UsageError(
                f"the model's output '{name}' is a {kinds[name]}, not an array",
                hint=f"its arrays are: {', '.join(arrays) or 'none'}; scikit-learn models: zipmap=False",
            )
    if not arrays:
        raise UsageError("the model has no output that is an array", hint="export it with one")
    return names or arrays


def _spec(entry: Any) -> InputSpec:
    if entry.type not in TYPES:
        raise UsageError(
            f"the model's input '{entry.name}' is of the type {entry.type}, which is not supported"
        )
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in entry.shape)
    return InputSpec(name=entry.name, dtype=TYPES[entry.type], shape=shape)
