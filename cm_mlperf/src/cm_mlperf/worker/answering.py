"""From sample indices to answers that LoadGen takes, with the checks on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from cm_core.errors import CMError

if TYPE_CHECKING:
    from cm_mlperf.interfaces import Accuracy, Answers, DataSet, SystemUnderTest

# In performance mode every answer is counted, but only some are looked at for numbers that are none.
_CHECK_FIRST, _CHECK_EVERY = 64, 64


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
        self._batches = 0

    def __call__(self, indices: Sequence[int]) -> Answers:
        """The answers for loaded samples, one each.

        Raises:
            WrongAnswerError: when there are too few or too many, or outputs are not finite.
        """
        outputs = self._predict(self._inputs(indices))
        self._batches += 1
        if self._thorough or self._batches <= _CHECK_FIRST or not self._batches % _CHECK_EVERY:
            check_outputs(outputs)
        answers = self._answers(outputs, indices)
        if len(answers) != len(indices):
            raise WrongAnswerError(
                f"the system under test gave {len(answers)} answers for {len(indices)} samples",
                hint="the first axis of what predict returns must count the samples of the batch",
            )
        return answers


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
    """Hands answers to LoadGen: one call for a batch, one contiguous array where possible.

    Args:
        complete: gets the responses; by default LoadGen. A probe has none that waits for them.
    """

    def __init__(self, complete: Callable[[list[Any]], object] | None = None) -> None:
        from mlperf_loadgen import QuerySampleResponse, QuerySamplesComplete

        self._response: Callable[..., Any] = QuerySampleResponse
        self._complete: Callable[[list[Any]], object] = complete or QuerySamplesComplete

    def __call__(self, ids: Sequence[int], answers: Answers) -> None:
        """Complete queries; LoadGen copies what it logs before this returns."""
        import numpy as np

        if not isinstance(answers, np.ndarray):
            rows = [np.ascontiguousarray(answer) for answer in answers]
            pointers: list[tuple[int, int]] = [(row.ctypes.data, row.nbytes) for row in rows]
            self._complete(
                [self._response(key, *pointer) for key, pointer in zip(ids, pointers, strict=True)]
            )
            return
        block = answers if answers.flags.c_contiguous else np.ascontiguousarray(answers)
        size = block.nbytes // len(block)
        start = block.ctypes.data
        places = range(start, start + block.nbytes, size) if size else repeat(start)
        self._complete(list(map(self._response, ids, places, repeat(size))))
