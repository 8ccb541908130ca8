"""From sample indices to answers that LoadGen takes, with the checks on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import CMError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Accuracy, Answers, DataSet, SystemUnderTest

    # From indices of loaded samples to their answers, one each.
    Answer = Callable[[Sequence[int]], Answers]

# In performance mode every answer is counted, but only some are looked at for numbers that are none.
_CHECK_FIRST, _CHECK_EVERY = 64, 64
# Answers of a batch up to this size are copied to where LoadGen has been pointed to already.
_COPIED_BYTES = 1 << 20


class WrongAnswerError(CMError):
    """The system under test broke its contract."""


def answerer(dataset: DataSet, sut: SystemUnderTest, accuracy: Accuracy, *, thorough: bool) -> Answer:
    """The function that runs samples through data set, system under test and accuracy.

    It raises :class:`WrongAnswerError` when there are too few or too many answers, or outputs are not finite.

    Args:
        thorough: look at every output, as in accuracy mode.
    """
    # Variables of a function are found faster than attributes of an object, a tenth of a microsecond in all.
    find_inputs, predict, find_answers = dataset.inputs, sut.predict, accuracy.answers
    looks = until_look = 0

    def answer(indices: Sequence[int]) -> Answers:
        nonlocal looks, until_look
        outputs = predict(find_inputs(indices))
        if until_look > 0:  # several threads may count it down below zero
            until_look -= 1
        else:
            check_outputs(outputs)
            looks += 1
            until_look = 0 if thorough or looks < _CHECK_FIRST else _CHECK_EVERY - 1
        answers = find_answers(outputs, indices)
        if len(answers) != len(indices):
            raise WrongAnswerError(
                f"the system under test gave {len(answers)} answers for {len(indices)} samples",
                hint="the first axis of what predict returns must count the samples of the batch",
            )
        return answers

    return answer


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
                f"output {number} of the system under test is not a numeric array: it has type {output.dtype}"
                f" and {output.ndim} axes",
                hint="the first axis of what predict returns must count the samples of the batch",
            )
        if output.dtype.kind == "f" and not np.isfinite(output).all():
            bad = int(output.size - np.isfinite(output).sum())
            raise WrongAnswerError(
                f"output {number} of the system under test has {bad} of {output.size} values that are NaN"
                " or infinite",
                hint="check the preprocessing and the precision of the model",
            )


class Responder:
    """Hands answers to LoadGen, which copies what it logs before a call returns; one for each thread.

    Objects for LoadGen, and the memory that they point to, are made once and used for every batch of the same
    shape: making them anew would take most of the time that a fast query has. Answers that come in the same
    array again and again, as from a system with an output buffer, are taken from where they are.

    Args:
        complete: gets the responses; by default LoadGen. A probe has none that waits for them.
    """

    def __init__(self, complete: Callable[[list[Any]], object] | None = None) -> None:
        import numpy as np
        from mlperf_loadgen import QuerySampleResponse, QuerySamplesComplete

        self._response: Callable[..., Any] = QuerySampleResponse
        self._complete: Callable[[list[Any]], object] = complete or QuerySamplesComplete
        self._array = np.ndarray
        # What came last, and what the responses point to; as long as it is kept, its memory is nobody else's.
        self._last: Answers | None = None
        self._pointed: Answers | None = None
        self._make_room(np.zeros((1, 1), np.int64))

    def __call__(self, ids: Sequence[int], answers: Answers) -> None:
        """Complete queries."""
        if answers is not self._pointed:
            if not isinstance(answers, self._array) or answers.nbytes > _COPIED_BYTES:
                self._complete_in_place(ids, answers)
                return
            self._place(answers)
        if len(ids) == 1:
            self._responses[0].id = ids[0]
        else:
            for response, key in zip(self._responses, ids, strict=True):
                response.id = key
        complete = self._complete
        complete(self._responses)

    def _place(self, answers: NDArray[Any]) -> None:
        """Let the responses point to these answers, or to a copy."""
        if answers is self._last and answers.flags.c_contiguous:
            self._pointed = answers
            self._responses = self._responses_at(answers)
            return
        if self._pointed is not None or answers.shape != self._shape or answers.dtype is not self._dtype:
            self._pointed = None
            self._fit(answers)
        self._last = answers
        self._answers[...] = answers

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
        self._made = self._responses_at(self._room)
        self._shape, self._dtype = answers.shape, answers.dtype
        self._answers, self._responses = self._room, self._made

    def _responses_at(self, rows: NDArray[Any]) -> list[Any]:
        size, start = rows[:1].nbytes, rows.ctypes.data
        return [self._response(0, start + number * size, size) for number in range(len(rows))]

    def _complete_in_place(self, ids: Sequence[int], answers: Answers) -> None:
        """Complete with answers of different shapes, or large ones, from where they are."""
        import numpy as np

        rows = [np.ascontiguousarray(answer) for answer in answers]
        places = [(row.ctypes.data, row.nbytes) for row in rows]
        self._complete([self._response(key, *place) for key, place in zip(ids, places, strict=True)])
