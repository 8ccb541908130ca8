"""Makes data set, system under test and accuracy, and checks that they fit, before any clock runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError
from cm_mlperf.components.build import make
from cm_mlperf.run.worker.answering import check_outputs
from cm_mlperf.run.worker.channel import describe

if TYPE_CHECKING:
    from cm_mlperf.interfaces import Accuracy, DataSet, Inputs, InputSpec, SystemUnderTest
    from cm_mlperf.run.worker.spec import WorkerSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a run is made of; ``load_seconds`` is how long the model took to load."""

    dataset: DataSet
    sut: SystemUnderTest
    accuracy: Accuracy
    load_seconds: float


def prepare(spec: WorkerSpec) -> Parts:
    """Make everything and run one sample through it.

    Raises:
        CMError: when something cannot be made, or does not fit.
    """
    from cm_mlperf.components.accuracy.raw import Unjudged

    started = time.monotonic()
    with blame_user_code(f"loading the model ({spec.sut.name})"):
        sut = make(spec.sut)
    load_seconds = time.monotonic() - started
    with blame_user_code(f"opening the data set ({spec.dataset.name})"):
        dataset = make(spec.dataset)
        if hasattr(dataset, "adapt"):
            dataset.adapt(getattr(sut, "signature", ()))
        _hold_constants(sut, dataset, spec.sut.name)
    if not dataset.size:
        raise UsageError(f"the data set ({spec.dataset.name}) has no samples")
    with blame_user_code("making the accuracy measure"):
        accuracy = make(spec.accuracy) if spec.accuracy else Unjudged()
    parts = Parts(dataset=dataset, sut=sut, accuracy=accuracy, load_seconds=load_seconds)
    _try_out(parts)
    return parts


@contextmanager
def blame_user_code(doing: str) -> Iterator[None]:
    """Turn whatever user code raises into one sentence.

    Raises:
        CMError: instead.
    """
    try:
        yield
    except CMError:
        raise
    except (Exception, SystemExit) as error:
        raise CMError(describe(error, doing)) from error


def describe_parts(parts: Parts) -> dict[str, Any]:
    """What is known about data set and model, for plan and record."""
    import numpy as np

    inputs = parts.dataset.inputs([0])
    with blame_user_code("the system under test"):
        outputs = parts.sut.predict(inputs)
    return {
        "size": parts.dataset.size,
        "labels": getattr(parts.dataset, "labels", None) is not None,
        "inputs": {name: [str(value.dtype), *value.shape[1:]] for name, value in inputs.items()},
        "outputs": [[str(output.dtype), *np.shape(output)[1:]] for output in outputs],
        "sample_bytes": sum(value.nbytes for value in inputs.values()),
        "loaded_bytes": getattr(parts.dataset, "loaded_bytes", 0),
        "version": str(getattr(parts.sut, "version", "")),
        "load_seconds": round(parts.load_seconds, 3),
    }


def _hold_constants(sut: SystemUnderTest, dataset: DataSet, backend: str) -> None:
    """Give the model what the data set has for all samples together.

    Raises:
        UsageError: when it takes none, or an input that is a single value was given nowhere.
    """
    if constants := getattr(dataset, "constants", {}):
        if not hasattr(sut, "hold"):
            raise UsageError(
                f"{backend} takes no constants, but the data set has some: {', '.join(constants)}",
                hint="give them where the model runs: --backend_options.constant.NAME=VALUE",
            )
        sut.hold(constants)
    for spec in getattr(sut, "signature", ()):
        if not spec.shape:
            raise UsageError(
                f"the model's input '{spec.name}' is a single value for all samples",
                hint=f"give it: --backend_options.constant.{spec.name}=VALUE, or in the .npz",
            )


def _try_out(parts: Parts) -> None:
    with blame_user_code("loading a sample"):
        parts.dataset.load([0])
        inputs = parts.dataset.inputs([0])
    _check_inputs(inputs, getattr(parts.sut, "signature", ()))
    with blame_user_code("the system under test"):
        outputs = parts.sut.predict(inputs)
    if not isinstance(outputs, list | tuple):
        raise UsageError(
            f"predict returned {type(outputs).__name__} instead of a list of arrays",
            hint="return a list with one array for each output of the model",
        )
    check_outputs(outputs)


def _check_inputs(inputs: Inputs, signature: Sequence[InputSpec]) -> None:
    """Compare the inputs of one sample with what the model wants.

    Raises:
        UsageError: with both shapes, when they do not fit.
    """
    if not signature:
        return
    if len(inputs) != len(signature):
        raise UsageError(
            f"the model expects {len(signature)} inputs ({', '.join(spec.name for spec in signature)}),"
            f" but the data set has {len(inputs)} ({', '.join(inputs)})"
        )
    for spec in signature:
        value = inputs[spec.name] if spec.name in inputs or len(inputs) > 1 else next(iter(inputs.values()))
        given = (str(value.dtype), tuple(value.shape[1:]))
        sizes_fit = len(given[1]) == len(spec.shape) - 1 and all(
            wanted is None or wanted == size for wanted, size in zip(spec.shape[1:], given[1], strict=True)
        )
        if not sizes_fit or given[0] != spec.dtype:
            raise UsageError(
                f"the model's input '{spec.name}' expects {_values(spec.shape[1:], spec.dtype)} per sample,"
                f" but the data set has {_values(given[1], given[0])}",
                hint="change the data set; for images, --dataset_options.layout=NCHW or NHWC may do",
            )


def _values(shape: Sequence[int | None], dtype: str) -> str:
    sizes = " x ".join("any" if size is None else str(size) for size in shape)
    return f"{sizes} {dtype} values" if sizes else f"one {dtype} value"
