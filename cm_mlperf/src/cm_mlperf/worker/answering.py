"""From sample indices to answers that LoadGen takes, with the checks on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cm_core.errors import CMError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Accuracy, Answers, DataSet, SystemUnderTest

# In performance mode every answer is counted, but only some are looked at for numbers that are none.
_CHECK_FIRST, _CHECK_EVERY = 64, 64
# Answers of a batch up to this size are copied to where LoadGen has been pointed to already.
_COPIED_BYTES = 1 << 20


class WrongAnswerError(CMError):
    """The system under test broke its contract."""


class Answerer:
    """Runs samples through data set, system under test and accuracy.

    Args:
        thorough: look at every output, as in accuracy mode.
    """

    def __init__(self, dataset: DataSet, sut: SystemUnderTest, accuracy: Accuracy, *, thorough: bool) -> None:
        self._inputs = dataset.inputs
        self._predict = sut.predict
        self._answers = accuracy.answers
        self._thorough = thorough
        self._looks = 0
        self._until_look = 0

    def __call__(self, indices: Sequence[int]) -> Answers:
        """The answers for loaded samples, one each.

        Raises:
            WrongAnswerError: when there are too few or too many, or outputs are not finite.
        """
        outputs = self._predict(self._inputs(indices))
        self._until_look -= 1
        if self._until_look < 0:
            self._look(outputs)
        answers = self._answers(outputs, indices)
        if len(answers) != len(indices):
            raise WrongAnswerError(
                f"the system under test gave {len(answers)} answers for {len(indices)} samples",
                hint="the first axis of what predict returns must count the samples of the batch",
            )
        return answers

    def _look(self, outputs: Sequence[Any]) -> None:
        check_outputs(outputs)
        self._looks += 1
        rarely = not self._thorough and self._looks >= _CHECK_FIRST
        self._until_look = _CHECK_EVERY - 1 if rarely else 0


def check_outputs(outputs: Sequence[Any]) -> None:
    """Look for values that are not numbers.

    Raises:
        WrongAnswerError: when there are any, or outputs are not arrays.
    """
    import numpy as np

    for number, output in enumerate(outputs):
        if not isinstance(output, np.ndarray):
            raise WrongAnswerError(
                f"output {number} of the system under test is not an array but {type(output).__name__}",
                hint="return NumPy arrays",
            )
        if not output.ndim or output.dtype.kind not in "biufc":
            raise WrongAnswerError(
                f"output {number} of the system under test is no array of numbers but one of {output.dtype}"
                f" with {output.ndim} axes",
                hint="the first axis of what predict returns must count the samples of the batch",
            )
        if output.dtype.kind == "f" and not np.isfinite(output).all():
            bad = int(output.size - np.isfinite(output).sum())
            raise WrongAnswerError(
                f"output {number} of the system under test has {bad} values of {output.size} that are NaN"
                " or infinite",
                hint="check the preprocessing and the precision of the model",
            )


class Responder:
    """Hands answers to LoadGen, which copies what it logs before a call returns; one for each thread.

    Objects for LoadGen, and the memory that they point to, are made once and used for every batch of the same
    shape: making them anew would take most of the time that a fast query has.

    Args:
        complete: gets the responses; by default LoadGen. A probe has none that waits for them.
    """

    def __init__(self, complete: Callable[[list[Any]], object] | None = None) -> None:
        import numpy as np
        from mlperf_loadgen import QuerySampleResponse, QuerySamplesComplete

        self._response: Callable[..., Any] = QuerySampleResponse
        self._complete: Callable[[list[Any]], object] = complete or QuerySamplesComplete
        self._array = np.ndarray
        self._make_room(np.zeros((1, 1), np.int64))

    def __call__(self, ids: Sequence[int], answers: Answers) -> None:
        """Complete queries."""
        if not isinstance(answers, self._array) or answers.nbytes > _COPIED_BYTES:
            self._complete_in_place(ids, answers)
            return
        if answers.shape != self._shape or answers.dtype is not self._dtype:
            self._fit(answers)
        self._answers[...] = answers
        if len(ids) == 1:
            self._responses[0].id = ids[0]
        else:
            for response, key in zip(self._responses, ids, strict=True):
                response.id = key
        self._complete(self._responses)

    def _fit(self, answers: NDArray[Any]) -> None:
        """Use as much of the room as these answers need, or make other room."""
        room = self._room
        if answers.shape[1:] != room.shape[1:] or answers.dtype != room.dtype or len(answers) > len(room):
            self._make_room(answers)
            return
        self._shape, self._dtype = answers.shape, answers.dtype
        self._answers, self._responses = room[: len(answers)], self._made[: len(answers)]

    def _make_room(self, answers: NDArray[Any]) -> None:
        import numpy as np

        self._room: NDArray[Any] = np.zeros(answers.shape, answers.dtype)
        size, start = self._room[:1].nbytes, self._room.ctypes.data
        self._made = [self._response(0, start + number * size, size) for number in range(len(answers))]
        self._shape, self._dtype = answers.shape, answers.dtype
        self._answers, self._responses = self._room, self._made

    def _complete_in_place(self, ids: Sequence[int], answers: Answers) -> None:
        """Complete with answers of different shapes, or large ones, from where they are."""
        import numpy as np

        rows = [np.ascontiguousarray(answer) for answer in answers]
        places = [(row.ctypes.data, row.nbytes) for row in rows]
        self._complete([self._response(key, *place) for key, place in zip(ids, places, strict=True)])
