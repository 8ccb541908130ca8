"""What runs inside the process of a LoadGen run: data set, system under test, accuracy.

Objects of these shapes are made in that process by ``factory(**options)``, where a :class:`Component` names
the factory as ``package.module:name``. They need no base class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from cm_core import frozen
from cm_core.base import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # Name of a model's input -> values of several samples, the first axis counts samples.
    Inputs = Mapping[str, NDArray[Any]]
    # One contiguous array for each sample; best the rows of one array.
    Answers = NDArray[Any] | Sequence[NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """How a worker process makes an object.

    Attributes:
        name: for people and records, for example ``onnxruntime``.
        factory: ``package.module:name`` or, for a user's own code, ``/path/to/file.py:name``.
        options: keyword arguments of the factory; JSON values.
    """

    name: str
    factory: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """An input of a model.

    Attributes:
        dtype: name of the NumPy type.
        shape: ``None`` for sizes that are free; the first axis counts samples.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]


class DataSet(Protocol):
    """Samples, by index from 0 to ``size - 1``.

    A data set with a method ``adapt(Sequence[InputSpec])`` is told once, before anything is loaded, what the
    model wants; afterwards its attribute ``constants``, if it has one, is input -> array for all samples
    together. One that keeps loaded samples may say in ``loaded_bytes`` what each takes, which plans count.
    One with an attribute ``labels`` (an array, or ``None``) can be judged by classification.
    """

    @property
    def size(self) -> int:
        """Number of samples."""

    def load(self, indices: Sequence[int]) -> None:
        """Bring samples into memory; called by LoadGen before the clock runs."""

    def unload(self, indices: Sequence[int]) -> None:
        """Free them."""

    def inputs(self, indices: Sequence[int]) -> Inputs:
        """The inputs of loaded samples, ready for the model; called while the clock runs."""


class SystemUnderTest(Protocol):
    """A model on a device. Must be callable from several threads when ``workers`` is more than one.

    One that knows its inputs has an attribute ``signature`` (a sequence of :class:`InputSpec`): the data set
    is checked against it before a run. One with a method ``hold`` is told the constants of the data set, and
    leaves these inputs out of its signature. An attribute ``version`` goes on record.
    """

    def predict(self, inputs: Inputs) -> Sequence[NDArray[Any]]:
        """The outputs of the model, each with the first axis counting samples.

        A model made for one sample at a time may leave that axis out, as detectors do whose number of boxes
        differs by sample; its :class:`Accuracy` knows.
        """


@frozen
class AccuracyResult(Record):
    """How good the answers of an accuracy run are.

    Attributes:
        metric: what is measured: ``accuracy``, ``mAP``, ``F1`` …
        value: in the unit of the official checker, which is percent for the above.
        samples: number of different samples that were judged.
        text: the line for ``accuracy.txt``, in the format of the official benchmark where there is one.
    """

    metric: str
    value: float
    samples: int
    text: str

    @classmethod
    def of_classes(cls, good: int, total: int) -> AccuracyResult:
        """The share of right classes, with the line that the official image classification prints."""
        percent = 100.0 * good / total
        text = f"accuracy={percent:.3f}%, good={good}, total={total}"
        return cls(metric="accuracy", value=percent, samples=total, text=text)


class Accuracy(Protocol):
    """Turns outputs into logged answers, and logged answers into a score."""

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> Answers:
        """What LoadGen logs for each sample."""

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        """Judge the answers by sample index.

        Raises:
            CMError: when they cannot be judged.
        """
