"""What LoadGen is handed: read back from the memory that the responses point to."""

import ctypes
import threading

import numpy as np
import pytest

pytest.importorskip("mlperf_loadgen")

from cm_mlperf.run.worker.answering import Responder, WrongAnswerError, answerer
from cm_mlperf.run.worker.meter import Meter


@pytest.fixture
def responder():
    """A responder whose receiver copies, as LoadGen does, what it is handed."""
    taken = []

    def complete(responses):
        taken.append([(one.id, ctypes.string_at(one.data, one.size)) for one in responses])

    made = Responder(complete)
    made.taken = taken
    return made


def rows(array):
    return [array[number : number + 1].tobytes() for number in range(len(array))]


@pytest.mark.parametrize(
    "batches",
    [
        [np.arange(4).reshape(4, 1), np.arange(10, 14).reshape(4, 1)],
        [np.arange(8).reshape(8, 1), np.arange(3).reshape(3, 1), np.arange(20, 28).reshape(8, 1)],
        [np.arange(2).reshape(2, 1), np.arange(9).reshape(9, 1), np.arange(2).reshape(2, 1)],
        [np.arange(4, dtype=np.int64), np.arange(4, dtype=np.float32), np.arange(4, dtype=">i8")],
        [np.ones((2, 3, 4), np.float16), np.ones((2, 6), np.float16), np.ones((2, 0), np.float16)],
        [np.arange(24).reshape(4, 6).T, np.arange(12).reshape(2, 6)[:, ::2]],
        [np.arange(6).reshape(1, 6), np.arange(6).reshape(1, 6) + 1],
        [np.random.default_rng(1).random((3, 300_000)), np.zeros((3, 2))],
    ],
    ids=["again", "fewer", "more", "types", "shapes", "strided", "single", "large"],
)
def test_each_key_gets_its_own_row(responder, batches):
    for number, batch in enumerate(batches):
        responder([100 * number + row for row in range(len(batch))], batch)
    for number, (batch, taken) in enumerate(zip(batches, responder.taken, strict=True)):
        assert taken == [(100 * number + row, data) for row, data in enumerate(rows(batch))]


def test_a_system_may_answer_into_the_same_array_again_and_again(responder):
    buffer, other, strided = np.zeros((2, 3)), np.ones((2, 3)), np.zeros((3, 2)).T
    expected = []
    for number, batch in enumerate(
        [*[buffer] * 4, other, *[buffer] * 3, *[strided] * 3, other, other, buffer]
    ):
        batch[...] = number
        responder([number, number + 100], batch)
        expected.append([(number, batch[:1].tobytes()), (number + 100, batch[1:].tobytes())])
    assert responder.taken == expected


def test_answers_of_different_lengths(responder):
    answers = [np.arange(3, dtype=np.float32), np.zeros((0, 4)), np.arange(8).reshape(2, 4).T]
    responder((7, 8, 9), answers)
    assert responder.taken == [[(7, answers[0].tobytes()), (8, b""), (9, answers[2].tobytes())]]


@pytest.mark.parametrize(("thorough", "looks"), [(False, 64 + 4), (True, 64 * 5)])
def test_outputs_are_looked_at_often_at_first_and_always_when_it_matters(thorough, looks):
    seen = []

    class Output(np.ndarray):
        @property
        def ndim(self):
            seen.append(self)
            return 1

    class Parts:
        def inputs(self, indices):
            return indices

        def predict(self, inputs):
            return [np.zeros(len(inputs)).view(Output)]

        def answers(self, outputs, indices):
            return outputs[0]

    answer = answerer(Parts(), Parts(), Parts(), thorough=thorough)
    for _ in range(64 * 5):
        answer([1, 2])
    assert len(seen) == looks


def test_a_wrong_number_of_answers_is_an_error():
    class Parts:
        inputs = staticmethod(lambda indices: indices)
        predict = staticmethod(lambda inputs: [np.zeros((3, 1))])
        answers = staticmethod(lambda outputs, indices: outputs[0])

    with pytest.raises(WrongAnswerError, match="gave 3 answers for 2 samples"):
        answerer(Parts, Parts, Parts, thorough=False)([1, 2])


def test_the_meter_loses_nothing_that_threads_add_while_it_counts():
    meter = Meter()
    threads = [
        threading.Thread(target=lambda: [meter.latencies.append(1e-6) for _ in range(50_000)]) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        meter.more_samples.append(3)
        meter.update()
    meter.update()
    assert meter.queries_done == 100_000
    assert sum(meter.histogram()["counts"]) == 100_000
    assert (meter.samples_done - meter.queries_done) % 3 == 0
    assert meter.percentile_ms(0.5) == pytest.approx(0.001, rel=0.08)
