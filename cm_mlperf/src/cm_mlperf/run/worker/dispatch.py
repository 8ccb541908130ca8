"""How queries of the scenarios reach the system under test."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from cm_mlperf.run.worker.answering import Responder

if TYPE_CHECKING:
    from cm_mlperf.run.worker.answering import Answer
    from cm_mlperf.run.worker.channel import Channel
    from cm_mlperf.run.worker.meter import Meter

# Key for LoadGen, index of the sample, and when it came; nothing once no more will come.
_Query = tuple[int, int, float] | tuple[()]
_END: _Query = ()


class Dispatcher:
    """Base: answers inside LoadGen's own call, which suits streams.

    Args:
        batch_size: most samples that go through the model together.
    """

    def __init__(self, answer: Answer, meter: Meter, channel: Channel, batch_size: int) -> None:
        self.answer, self.meter, self.channel = answer, meter, channel
        self.batch_size = batch_size
        # LoadGen calls from one thread.
        self._respond = Responder().__call__
        # Together, since CPython is slow to call what an attribute of an object holds.
        self._steps = (time.perf_counter, self.answer, self._respond, meter.latencies.append)

    def issue(self, ids: list[int], indices: list[int]) -> None:
        """Take a query of one or, for MultiStream, several samples."""
        clock, answer, respond, add_latency = self._steps
        start = clock()
        try:
            if len(ids) == 1:
                respond(ids, answer(indices))
            else:
                self._answer_many(ids, indices)
        except BaseException as error:  # noqa: BLE001 - must not reach LoadGen
            self.channel.fail(error, "the system under test")
        add_latency(clock() - start)

    def _answer_many(self, ids: list[int], indices: list[int]) -> None:
        for place in range(0, len(ids), self.batch_size):
            part = slice(place, place + self.batch_size)
            self._respond(ids[part], self.answer(indices[part]))
        self.meter.more_samples.append(len(ids) - 1)

    def flush(self) -> None:
        """Called by LoadGen after the last query."""

    def close(self) -> None:
        """No more queries follow."""


class OfflineDispatcher(Dispatcher):
    """One query with all samples, cut into batches that one or several threads work off."""

    def __init__(self, *parts: Any, workers: int = 1) -> None:
        super().__init__(*parts)
        self.workers = workers

    def issue(self, ids: list[int], indices: list[int]) -> None:
        """Work off the whole query before returning."""
        size = self.batch_size
        batches = iter(range(0, len(ids), size))
        lock = threading.Lock()

        def work() -> None:
            respond = Responder().__call__
            try:
                while True:
                    with lock:
                        place = next(batches, None)
                    if place is None:
                        return
                    part = ids[place : place + size]
                    respond(part, self.answer(indices[place : place + size]))
                    self.meter.more_samples.append(len(part))
            except BaseException as error:  # noqa: BLE001 - must not reach LoadGen
                self.channel.fail(error, "the system under test")

        threads = [threading.Thread(target=work, daemon=True) for _ in range(self.workers - 1)]
        for thread in threads:
            thread.start()
        work()
        for thread in threads:
            thread.join()


class ServerDispatcher(Dispatcher):
    """Queries wait in a line; each worker takes what is there, up to a batch."""

    def __init__(self, *parts: Any, workers: int = 1, max_wait_ms: float = 0.0) -> None:
        super().__init__(*parts)
        self._line: queue.SimpleQueue[_Query] = queue.SimpleQueue()
        self._max_wait_s = max_wait_ms / 1000.0
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def issue(self, ids: list[int], indices: list[int]) -> None:
        """Put queries into the line."""
        now = time.perf_counter()
        if len(ids) == 1:  # unless LoadGen may coalesce queries
            self._line.put((ids[0], indices[0], now))
            return
        for key, index in zip(ids, indices, strict=True):
            self._line.put((key, index, now))

    def close(self) -> None:
        """Let the workers end."""
        for _ in self._threads:
            self._line.put(_END)
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _serve(self) -> None:
        clock, meter, respond = time.perf_counter, self.meter, Responder().__call__
        try:
            while batch := self._next_batch():
                ids, indices, since = zip(*batch, strict=True)
                respond(ids, self.answer(list(indices)))
                now = clock()
                meter.latencies.extend([now - start for start in since])
        except BaseException as error:  # noqa: BLE001 - nobody waits for this thread
            self.channel.fail(error, "the system under test")

    def _next_batch(self) -> list[_Query]:
        """What is waiting, at least one query; nothing at the end."""
        line = self._line
        batch = [line.get()]
        with contextlib.suppress(queue.Empty):
            for _ in range(min(line.qsize(), self.batch_size - 1)):
                batch.append(line.get_nowait())  # noqa: PERF401 - what was taken must stay when it fails
            until = time.monotonic() + self._max_wait_s
            while self._max_wait_s and len(batch) < self.batch_size and batch[-1]:
                batch.append(line.get(timeout=max(0.0, until - time.monotonic())))
        if batch[-1]:
            return batch
        for _ in range(batch.count(_END)):
            line.put(_END)  # for the others, and for this one again
        return [query for query in batch if query]


def make_dispatcher(scenario: str, parts: tuple[Any, ...], *, workers: int, max_wait_ms: float) -> Dispatcher:
    """The dispatcher of a scenario; without workers Server answers within LoadGen's call, too."""
    if scenario == "Offline":
        return OfflineDispatcher(*parts, workers=max(1, workers))
    if scenario == "Server" and workers:
        return ServerDispatcher(*parts, workers=workers, max_wait_ms=max_wait_ms)
    return Dispatcher(*parts)
