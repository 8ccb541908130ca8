"""The table in a terminal at the end of a run."""

from __future__ import annotations

import textwrap
from typing import Any

from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.record.layout import RunFolder, RunRecord, TestRecord
from cm_mlperf.results import policy
from cm_report.tables import shown_number, text_table

_WIDTH = 96
_HEADER = ("scenario", "result", "unit", "valid", "accuracy", "queries", "p50 ms", "p90 ms", "p99 ms", "s")


def run_table(folder: RunFolder) -> tuple[str, ...]:
    """What was measured, line by line: one row a scenario, then what went wrong, then what it may be called.

    Raises:
        NotFoundError: when there is no record of the run.
        MetaError: when a record is damaged.
    """
    record = folder.read()
    tests = {(test.scenario, test.mode): test for test in folder.tests()}
    scenarios = list(dict.fromkeys(scenario for scenario, _ in tests))
    rows = [
        _row(tests.get((scenario, "performance")), tests.get((scenario, "accuracy")), scenario)
        for scenario in scenarios
    ]
    body = text_table(_HEADER, rows) if rows else ["no scenario was run"]
    troubles = [line for test in tests.values() if (line := trouble(test))]
    note = textwrap.wrap(f"{policy.mark(record)}: {policy.statement(record)}", _WIDTH)
    return (_title(record), "", *body, *(["", *troubles] if troubles else []), "", *note)


def trouble(test: TestRecord) -> str:
    """Why a LoadGen run gives no valid result; ``""`` for a good one."""
    place = f"{test.scenario}, {test.mode}"
    if test.state != "finished":
        return f"{place}: {test.state}{': ' if test.error else ''}{test.error}"
    if test.performance is not None and not test.performance.valid:
        return f"{place}: INVALID: {test.performance.reason or 'LoadGen gave no reason'}"
    return ""


def verdict(test: TestRecord | None) -> str:
    """``VALID``, ``INVALID`` or the state of a run that has no result."""
    if test is None:
        return "not run"
    if test.state != "finished" or test.performance is None:
        return test.state
    return "VALID" if test.performance.valid else "INVALID"


def _row(performance: TestRecord | None, accuracy: TestRecord | None, scenario: str) -> list[Any]:
    measured = performance.performance if performance else None
    judged = accuracy.accuracy if accuracy else None
    latencies = measured.latencies_ms if measured else {}
    return [
        scenario,
        measured.value if measured else None,
        measured.unit if measured else None,
        verdict(performance),
        _accuracy(judged) if judged else None,
        measured.queries if measured else None,
        *(latencies.get(name) for name in ("p50", "p90", "p99")),
        measured.duration_s if measured else None,
    ]


def _accuracy(judged: AccuracyResult) -> float | str:
    """The value, with its name where that is not the title of the column."""
    return judged.value if judged.metric == "accuracy" else f"{shown_number(judged.value)} {judged.metric}"


def _title(record: RunRecord) -> str:
    system = record.system
    parts = (
        record.model.name,
        f"{system.backend} {system.backend_version}".strip(),
        system.device,
        f"level {record.level}",
    )
    return f"{record.name}: {', '.join(parts)}"
