"""One LoadGen run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError
from cm_core.base import encode
from cm_mlperf.run.worker.answering import answerer
from cm_mlperf.run.worker.dispatch import make_dispatcher
from cm_mlperf.run.worker.meter import Meter, peak_memory_mb
from cm_mlperf.run.worker.origins import Origins
from cm_mlperf.run.worker.prepare import Parts, blame_user_code, prepare
from cm_mlperf.run.worker.spec import AUDIT_CONF, USER_CONF

if TYPE_CHECKING:
    from cm_mlperf.run.worker.answering import Answer
    from cm_mlperf.run.worker.channel import Channel
    from cm_mlperf.run.worker.spec import WorkerSpec

_TICK_SECONDS = 0.5
_MODES = {"accuracy": "AccuracyOnly", "find-peak": "FindPeakPerformance"}


def run_test(spec: WorkerSpec, channel: Channel) -> None:
    """Run LoadGen once and report; answers of an accuracy run are judged.

    Raises:
        CMError: when something cannot be made or judged. Errors while LoadGen runs end the process.
    """
    origins = Origins(spec)
    parts = prepare(spec)
    folder = Path(spec.folder)
    thorough = spec.mode == "accuracy"
    answer = answerer(parts.dataset, parts.sut, parts.accuracy, thorough=thorough)
    meter = Meter()
    dispatcher = make_dispatcher(
        spec.scenario,
        (answer, meter, channel, spec.batch_size),
        workers=spec.workers,
        max_wait_ms=spec.max_wait_ms,
    )
    _warm_up(parts, answer, spec.batch_size)
    # Now, not at the end: a test may take ten minutes, in which somebody goes on with the code.
    origins.note()
    channel.send("phase", name="test")
    ticker = _Ticker(meter, channel)
    ticker.start()
    _run_loadgen(spec, parts, dispatcher.issue, dispatcher.flush, channel)
    dispatcher.close()
    ticker.stop()
    channel.send("phase", name="score")
    accuracy = _score(parts, folder) if thorough else None
    channel.send(
        "done",
        accuracy=accuracy,
        histogram=meter.histogram(),
        peak_memory_mb=peak_memory_mb(),
        sources=origins.sources(),
    )


def _run_loadgen(
    spec: WorkerSpec,
    parts: Parts,
    issue: Callable[[list[int], list[int]], None],
    flush: Callable[[], None],
    channel: Channel,
) -> None:
    import mlperf_loadgen as loadgen

    def load(indices: list[int]) -> None:
        try:
            parts.dataset.load(indices)
        except BaseException as error:  # noqa: BLE001 - must not reach LoadGen
            channel.fail(error, "loading samples")

    def unload(indices: list[int]) -> None:
        try:
            parts.dataset.unload(indices)
        except BaseException as error:  # noqa: BLE001 - the same
            channel.fail(error, "unloading samples")

    size = parts.dataset.size
    settings = _settings(spec)
    sut, destroy = _construct_system(loadgen, parts, issue, flush)
    library = loadgen.ConstructQSL(size, min(spec.performance_samples or size, size), load, unload)
    logs = loadgen.LogSettings()
    logs.enable_trace = False
    logs.log_output = _output_settings(loadgen, spec.folder)
    audit = Path(spec.folder) / AUDIT_CONF
    loadgen.StartTestWithLogSettings(sut, library, settings, logs, str(audit))
    loadgen.DestroyQSL(library)
    destroy(sut)


def _construct_system(
    loadgen: Any,
    parts: Parts,
    issue: Callable[[list[int], list[int]], None],
    flush: Callable[[], None],
) -> tuple[int, Callable[[int], None]]:
    """LoadGen's handle of the system under test, and what frees it; one over the network says its name."""
    name = getattr(parts.sut, "network_name", "")
    if not name:
        return loadgen.ConstructFastSUT(issue, flush), loadgen.DestroyFastSUT

    def issue_samples(samples: list[Any]) -> None:
        issue([sample.id for sample in samples], [sample.index for sample in samples])

    return loadgen.ConstructQDL(issue_samples, flush, lambda: name), loadgen.DestroyQDL


def _settings(spec: WorkerSpec) -> Any:
    import mlperf_loadgen as loadgen

    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, spec.scenario)
    settings.mode = getattr(loadgen.TestMode, _MODES.get(spec.mode, "PerformanceOnly"))
    if settings.FromConfig(str(Path(spec.folder) / USER_CONF), spec.conf_model, spec.scenario):
        raise CMError(f"LoadGen cannot read {USER_CONF}", hint=f"see {spec.folder}")
    for name, value in spec.settings.items():
        setattr(settings, name, value)
    return settings


def _output_settings(loadgen: Any, folder: str) -> Any:
    output = loadgen.LogOutputSettings()
    output.outdir = folder
    output.copy_summary_to_stdout = False
    return output


def _warm_up(parts: Parts, answer: Answer, batch_size: int) -> None:
    """The first calls of a model are slow, and LoadGen's clock would see it."""
    indices = list(range(min(batch_size, parts.dataset.size)))
    with blame_user_code("the system under test"):
        parts.dataset.load(indices)
        for part in (indices[:1], indices[:1], indices, indices):
            answer(part)
        parts.dataset.unload(indices)


def _score(parts: Parts, folder: Path) -> dict[str, Any]:
    from cm_mlperf.loadgen.log import read_answers

    with blame_user_code("the accuracy function"):
        found: dict[str, Any] = encode(parts.accuracy.score(read_answers(folder)))
        return found


class _Ticker:
    """Tells the parent from time to time how far the run is."""

    def __init__(self, meter: Meter, channel: Channel) -> None:
        self._meter, self._channel = meter, channel
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._meter.update()

    def _run(self) -> None:
        meter = self._meter
        while not self._stopped.wait(_TICK_SECONDS):
            meter.update()
            self._channel.send(
                "progress",
                samples=meter.samples_done,
                queries=meter.queries_done,
                p90_ms=meter.percentile_ms(0.90),
                p99_ms=meter.percentile_ms(0.99),
            )
