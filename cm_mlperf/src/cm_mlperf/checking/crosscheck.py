"""Compares what a log says with what else is known: its summary, its own percentiles, ``user.conf``.

The official checker does none of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_core import CMError
from cm_mlperf.checking.finding import Finding
from cm_mlperf.checking.performance import Expected
from cm_mlperf.loadgen.log import SUMMARY, LoadGenLog
from cm_mlperf.loadgen.settings import check_key

# Both files have the same numbers, one of them with fewer digits.
_TOLERANCE = 2e-3
_LINE = re.compile(r"^[ *]*(?P<label>[^:\n]+?) *:[ \t]*(?P<value>\S.*?)\s*$", re.MULTILINE)
# Line of the summary -> key of the detail log.
_WORDS = {
    "Scenario": "effective_scenario",
    "Mode": "effective_test_mode",
    "Result is": "result_validity",
}
_NUMBERS = {
    "Samples per second": "result_samples_per_second",
    "Tokens per second": "result_tokens_per_second",
    "Completed samples per second": "result_completed_samples_per_sec",
    "Completed tokens per second": "result_completed_tokens_per_second",
    "90.00 percentile latency (ns)": "result_90.00_percentile_latency_ns",
    "99.00 percentile latency (ns)": "result_99.00_percentile_latency_ns",
    "Early stopping 90.0th percentile estimate": "early_stopping_latency_ss",
    "Early stopping 99.0th percentile estimate": "early_stopping_latency_ms",
}
# Scenario -> its result, and the percentile that it estimates from above.
_ESTIMATES = {
    "SingleStream": ("early_stopping_latency_ss", "result_90.00_percentile_latency_ns"),
    "MultiStream": ("early_stopping_latency_ms", "result_99.00_percentile_per_query_latency_ns"),
}


def check_log(log: LoadGenLog, expected: Expected) -> list[Finding]:
    """What a detail log contradicts."""
    return [*_against_summary(log, expected), *_estimate(log, expected)]


def _against_summary(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    """The summary of a run has to say what its detail log says."""
    try:
        text = log.path.with_name(SUMMARY).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    said = {match["label"]: match["value"] for match in reversed(list(_LINE.finditer(text)))}
    numbers = _NUMBERS
    if log.scenario.name == "MultiStream":  # whose summary has latencies of queries, not of samples
        numbers = {label: key for label, key in numbers.items() if "percentile_latency" not in key}
    for label, key in (_WORDS | numbers).items():
        value = log.values.get(key)
        if label not in said or value is None or _is_same(said[label], value):
            continue
        yield expected.finding(
            "summary", key, value, f"{said[label]}, as the summary says", "put the logs of one run here"
        )


def _estimate(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    """An estimate at 99 % confidence is never better than the percentile that was measured."""
    result, percentile = _ESTIMATES.get(log.scenario.name, ("", ""))
    if expected.benchmark is not None and expected.benchmark.result_key(log.scenario.name) != result:
        return
    estimate, measured = log.values.get(result), log.values.get(percentile)
    if estimate and measured and float(estimate) < float(measured) * (1 - _TOLERANCE):
        yield expected.finding(
            "estimate", result, estimate, f"at least {measured}, the value of {percentile}", "measure again"
        )


def check_user_conf(file: Path, name: str, division: str) -> Iterator[Finding]:
    """Keys that LoadGen passes over, or that the division does not allow."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    seen = set()
    for line in lines:
        setting = line.partition("#")[0].partition("=")[0].strip()
        scenario, _, key = ".".join(setting.split(".")[-2:]).rpartition(".")
        if not key or key in seen:
            continue
        seen.add(key)
        try:
            check_key(key, "*", division, where="user.conf")
        except CMError as error:
            fix = error.hint or "remove it"
            yield Finding(
                check="user-conf",
                file=name,
                key=f"{scenario}.{key}" if scenario else key,
                found=error.message,
                expected="keys that LoadGen reads and the rules allow",
                fix=fix,
                severity="warning",
            )


def check_retraining(measurements: Mapping[str, Any], name: str, *, closed: bool) -> Iterator[Finding]:
    """The closed division takes no retrained weights."""
    said = str(measurements.get("retraining", "")).strip().lower()
    if closed and said.split(" ")[0].strip(".,;") in {"yes", "y", "true", "1"}:
        yield Finding(
            check="retraining",
            file=name,
            key="retraining",
            found=said,
            expected="no: the closed division uses the given weights",
            fix="submit to the open division",
        )


def _is_same(said: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return said.lower() == str(value).lower()
    try:
        number = float(said)
    except ValueError:
        return False
    rounded = 0.51 * 10.0 ** -len(said.partition(".")[2])
    return abs(number - value) <= max(_TOLERANCE * abs(value), rounded)
