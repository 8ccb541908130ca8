"""Runs the tests of a plan one after another, each in a fresh process, and records them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, field, frozen
from cm_core.base import DamagedError, atomic_write_text, decode
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.loadgen.log import LoadGenLog, read_detail_log
from cm_mlperf.loadgen.settings import conf_model, conf_text
from cm_mlperf.record.layout import Histogram, PerformanceResult, RunFolder, TestRecord
from cm_mlperf.run.earlier import made_with, put_aside
from cm_mlperf.run.progress import progress_text
from cm_mlperf.run.runner import Event, Surroundings, run_worker
from cm_mlperf.run.worker.spec import AUDIT_CONF, USER_CONF, WorkerSpec
from cm_report.tables import shown_number

if TYPE_CHECKING:
    from cm_core import Steps
    from cm_mlperf.run.plan import Planner, TestPlan

_ATTEMPTS = 4
# Of the target of Server after a run, and of its first step after a search, that missed the latency bound.
_LESS, _LESS_PEAK = 0.6, 0.125
_HANG_LEAST_S, _HANG_BATCHES = 120.0, 20.0
ACCURACY_FILE = "accuracy.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one run.

    Attributes:
        folder: of the run.
        digest: of everything that changes results, except what a test has for itself.
    """

    folder: RunFolder
    planner: Planner
    around: Surroundings
    steps: Steps
    digest: str
    rerun: bool = False

    def run(self, plans: list[TestPlan]) -> None:
        """Run what is not finished yet.

        Raises:
            CMError: when a test fails; those before it are kept.
            KeyboardInterrupt: after Ctrl-C; the test that ran is marked as interrupted.
        """
        earlier: dict[tuple[str, str], TestRecord] = {}
        found_before = False
        for first in plans:
            plan = self._plan_with_hints(first, earlier)
            title = f"{plan.scenario} {plan.mode}"
            finished = None if self.rerun else self._finished_record(plan)
            if finished is not None:
                self.steps.step_from_before(title, self._describe_earlier(finished))
                record = finished
            else:
                with self.steps.step(title) as notes:
                    record = self._attempts(plan)
                    notes.append(describe(record))
            earlier[plan.scenario, plan.mode] = record
            found_before = found_before or finished is not None
        if found_before and self.planner.target.own_code:
            # Python tells which files it opens; nobody tells about others.
            self.steps.reporter.message(
                "  files that native libraries or other processes read are not looked at:"
                " if one has changed, use --rerun"
            )

    def _describe_earlier(self, record: TestRecord) -> str:
        """The result of an earlier test, and with what else it was made than one of now would be."""
        text = f"{describe(record)}, from {record.started}"
        other = made_with(record.versions, self.planner.probe.distributions)
        return f"{text}; {other}" if other else text

    def _plan_with_hints(self, plan: TestPlan, earlier: Mapping[tuple[str, str], TestRecord]) -> TestPlan:
        """A plan with better hints than those of the probe, from tests of the same scenario."""
        if plan.mode.startswith("TEST") and (before := earlier.get((plan.scenario, "performance"))):
            # A compliance test is compared with the performance test, so it runs as that did.
            return replace(plan, conf={**plan.conf, **{key: before.settings[key] for key in plan.chosen}})
        search = earlier.get((plan.scenario, "find-peak"))
        if plan.mode == "performance" and "target_qps" in plan.chosen and search and search.performance:
            return self.planner.plan(plan.scenario, plan.mode, target_qps=search.performance.value)
        return plan

    # -- one test ----------------------------------------------------------------------------------------

    def _attempts(self, plan: TestPlan) -> TestRecord:
        """Run a test; when a hint was wrong, which shows in an invalid result, with a better one again."""
        record = self._measure(plan)
        for _ in range(_ATTEMPTS - 1):
            better = better_plan(plan, record)
            if better is None:
                return record
            reason = record.performance.reason if record.performance else ""
            self.steps.reporter.message(f"  {plan.scenario}: {reason}; measuring again with another hint")
            plan = better
            record = self._measure(plan)
        return record

    def _show(self, plan: TestPlan, event: Event) -> None:
        if text := progress_text(plan, event, self.steps.seconds):
            self.steps.progress(text)

    def _measure(self, plan: TestPlan) -> TestRecord:
        folder = self.folder.test_folder(plan.scenario, plan.mode)
        put_aside(self.folder, plan.scenario, plan.mode)
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write_text(folder / USER_CONF, conf_text(plan.scenario, plan.conf))
        if plan.mode.startswith("TEST"):
            from cm_mlperf.loadgen.audits import audit_text

            atomic_write_text(
                folder / AUDIT_CONF,
                audit_text(plan.mode, self.planner.target.benchmark, self.planner.probe.size),
            )
        record = TestRecord(
            scenario=plan.scenario,
            mode=plan.mode,
            state="running",
            digest=self._digest(plan),
            settings=dict(plan.conf),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=self.planner.probe.distributions,
        )
        self.folder.write_test(record)
        start = time.monotonic()
        try:
            final = run_worker(
                self._spec(plan, folder),
                self.around,
                hang_s=self._hang_s(plan),
                on_event=lambda event: self._show(plan, event),
            )
            record = finished_record(record, folder, final)
        except CMError as error:
            record = replace(record, state="failed", error=error.message)
            raise
        except KeyboardInterrupt:
            record = replace(record, state="interrupted", error="interrupted")
            raise
        finally:
            record = replace(record, seconds=round(time.monotonic() - start, 3))
            self.folder.write_test(record)
        return record

    def _spec(self, plan: TestPlan, folder: Path) -> WorkerSpec:
        target, planner = self.planner.target, self.planner
        tuning = planner.configuration.tuning
        streams = plan.scenario in ("SingleStream", "MultiStream")
        return WorkerSpec(
            folder=str(folder),
            job="test",
            dataset=target.dataset,
            sut=target.sut,
            accuracy=target.accuracy if planner.judged else None,
            scenario=plan.scenario,
            mode=plan.mode,
            conf_model=conf_model(target.benchmark),
            settings=dict(plan.settings),
            # A query of a stream goes through the model at once, unless the user limits the batch.
            batch_size=(tuning.batch_size or 8) if streams else planner.batch_size,
            workers=planner.workers,
            max_wait_ms=tuning.max_wait_ms,
        )

    def _hang_s(self, plan: TestPlan) -> float:
        """Preparing queries takes LoadGen a while, and a slow model long between two signs of life."""
        asked = self.planner.configuration.limits.hang_s
        if asked:
            return asked
        batch_s = self.planner.probe.batch_ms / 1000
        return max(_HANG_LEAST_S, _HANG_BATCHES * batch_s, plan.queries / 10_000)

    # -- resume --------------------------------------------------------------------------------------------

    def _finished_record(self, plan: TestPlan) -> TestRecord | None:
        """The record of an earlier run of the same test that need not be repeated; its logs must be there."""
        try:
            record = self.folder.read_test(plan.scenario, plan.mode)
            if record is None or record.state != "finished" or record.digest != self._digest(plan):
                return None
            log = read_detail_log(self.folder.test_folder(plan.scenario, plan.mode))
        except (DamagedError, NotFoundError) as error:
            self.steps.reporter.message(f"  {plan.scenario} {plan.mode}: measured again, {error.message}")
            return None
        if not log.complete:
            return None
        return record if record.performance is None or record.performance.valid else None

    def _digest(self, plan: TestPlan) -> str:
        """Hash of what changes the result of this test; hints of a probe differ from time to time."""
        fixed = {key: value for key, value in plan.conf.items() if key not in plan.chosen}
        return digest([self.digest, plan.scenario, plan.mode, fixed])


def digest(facts: Any) -> str:
    """A short hash of JSON values."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@frozen
class _LastWords:
    """What a worker reports at its end."""

    accuracy: AccuracyResult | None = None
    histogram: Histogram | None = None
    peak_memory_mb: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


def finished_record(record: TestRecord, folder: Path, final: Event) -> TestRecord:
    """The record of a test that came to its end, from its logs and the last words of its worker.

    Raises:
        CMError: when the logs are incomplete.
    """
    said = decode(_LastWords, final, source="what the worker of the test said")
    performance = None
    if record.mode == "accuracy":
        log = read_detail_log(folder)
        if log.errors:
            raise CMError(f"LoadGen reported: {log.errors[0]}")
    else:
        performance = read_performance(read_detail_log(folder), record.mode)
    if said.accuracy is not None:
        atomic_write_text(folder / ACCURACY_FILE, said.accuracy.text + "\n")
    return replace(
        record,
        state="finished",
        accuracy=said.accuracy,
        performance=performance,
        histogram=said.histogram,
        peak_memory_mb=said.peak_memory_mb,
        sources=said.sources,
    )


def read_performance(log: LoadGenLog, mode: str) -> PerformanceResult:
    """The result of a performance run from its detail log."""
    scenario, values = log.scenario, log.values
    queries = int(values.get("result_query_count", 0))
    per_query = int(values.get("effective_samples_per_query", 1) or 1)
    found = mode == "find-peak" and log.result is not None and not log.errors
    return PerformanceResult(
        # LoadGen writes 0 when there were too few queries for a percentile.
        value=log.result or None,
        unit=scenario.unit,
        # A search ends with a step that is too short to be a result; that it found a peak is what counts.
        valid=found if mode == "find-peak" else log.valid,
        reason="" if found else _reason(log, mode),
        queries=queries,
        samples=queries * per_query,
        duration_s=_duration_s(values),
        latencies_ms=log.latencies_ms,
    )


def describe(record: TestRecord) -> str:
    """The result of a test in a few words."""
    if record.accuracy is not None:
        return f"{record.accuracy.metric} {record.accuracy.value:.2f}, {record.accuracy.samples} samples"
    result = record.performance
    if result is None:
        return record.error or record.state
    value = "no result" if result.value is None else f"{shown_number(result.value)} {result.unit}"
    if record.mode == "find-peak":
        return f"peak {value}" if result.valid else f"no peak found: {result.reason}"
    return f"{value}, {'VALID' if result.valid else f'INVALID: {result.reason}'}"


def better_plan(plan: TestPlan, record: TestRecord) -> TestPlan | None:
    """Another try for an invalid result, if hints of the probe may be the reason."""
    result = record.performance
    if result is None or result.valid or not plan.chosen:
        return None
    if plan.conf.get("max_query_count") or plan.conf.get("max_duration"):
        return None  # the user cut it short
    changes: dict[str, float] = {}
    if plan.scenario == "Server":
        factor = _LESS_PEAK if plan.mode == "find-peak" else _LESS
        changes["target_qps"] = plan.conf["target_qps"] * factor
    elif "duration" in result.reason or "early" in result.reason or "queries" in result.reason:
        if plan.scenario == "Offline" and result.value:
            changes["target_qps"] = max(result.value, plan.conf["target_qps"]) * 1.3
        elif mean := result.latencies_ms.get("mean"):
            changes["target_latency"] = min(mean / 2, plan.conf["target_latency"] / 2)
    if not changes or not set(changes) <= plan.chosen:
        return None
    rounded = {key: float(f"{value:.4g}") for key, value in changes.items()}
    return replace(plan, conf={**plan.conf, **rounded})


def _reason(log: LoadGenLog, mode: str) -> str:
    if mode == "find-peak":
        return "even the first step of the search was above the latency bound"
    return log.why_invalid


def _duration_s(values: Mapping[str, Any]) -> float:
    """From the first query to the end of the last; the detail log has no key for it."""
    begin, end = values.get("power_begin"), values.get("power_end")
    with contextlib.suppress(TypeError, ValueError):
        form = "%m-%d-%Y %H:%M:%S.%f"
        moments = [datetime.strptime(str(moment), form).replace(tzinfo=UTC) for moment in (begin, end)]
        return round((moments[1] - moments[0]).total_seconds(), 3)
    return 0.0
