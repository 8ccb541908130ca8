"""The four scenarios of LoadGen: what a query is, what is measured, when a run counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal

from cm_core import UsageError
from cm_core.base import did_you_mean

Mode = Literal["performance", "accuracy", "find-peak", "TEST01", "TEST04"]
MODES: tuple[Mode, ...] = ("performance", "accuracy", "find-peak", "TEST01", "TEST04")
_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario.

    Attributes:
        name: as LoadGen and the folders of a submission spell it.
        metric: what its result is, in words.
        unit: of the result.
        result_key: where the detail log has the result.
        result_scale: factor from the value of the log to ``unit``.
        lower_is_better: for latencies.
        percentile: of the latencies that must hold; ``None`` when only throughput counts.
        samples_per_query: 0 means all samples of the run in one query.
        minimum_queries: that LoadGen's built-in configuration asks for.
    """

    name: str
    metric: str
    unit: str
    result_key: str
    result_scale: float
    lower_is_better: bool
    percentile: float | None
    samples_per_query: int
    minimum_queries: int


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="Offline",
        metric="throughput",
        unit="samples/s",
        result_key="result_samples_per_second",
        result_scale=1.0,
        lower_is_better=False,
        percentile=None,
        samples_per_query=0,
        minimum_queries=1,
    ),
    Scenario(
        name="Server",
        metric="completed queries under the latency bound",
        unit="queries/s",
        result_key="result_completed_samples_per_sec",
        result_scale=1.0,
        lower_is_better=False,
        percentile=0.99,
        samples_per_query=1,
        minimum_queries=100,
    ),
    Scenario(
        name="SingleStream",
        metric="90th percentile latency",
        unit="ms",
        result_key="early_stopping_latency_ss",
        result_scale=1e-6,
        lower_is_better=True,
        percentile=0.90,
        samples_per_query=1,
        minimum_queries=100,
    ),
    Scenario(
        name="MultiStream",
        metric="99th percentile latency of 8 samples",
        unit="ms",
        result_key="early_stopping_latency_ms",
        result_scale=1e-6,
        lower_is_better=True,
        percentile=0.99,
        samples_per_query=8,
        minimum_queries=662,
    ),
)
_BY_KEY = {scenario.name.lower(): scenario for scenario in SCENARIOS}


def parse_scenario(text: str) -> Scenario:
    """The scenario that a person means: ``Offline``, ``singlestream``, ``multi-stream``.

    Raises:
        UsageError: when there is no such scenario.
    """
    key = text.strip().lower().replace("-", "").replace("_", "")
    if key in _BY_KEY:
        return _BY_KEY[key]
    names = [scenario.name for scenario in SCENARIOS]
    hint = did_you_mean(text, names) or "known scenarios: " + ", ".join(names)
    raise UsageError(f"there is no scenario '{text}'", hint=hint)


def queries_for_early_stopping(percentile: float, overruns: int = 0) -> int:
    """Fewest queries with which a percentile estimate holds at 99 % confidence.

    Args:
        percentile: between 0 and 1, for example 0.99.
        overruns: queries above the bound.

    Source: the binomial rule in the MLPerf inference rules, appendix on early stopping.
    """
    miss = 1.0 - percentile
    number = overruns + 1
    while True:
        at_most = sum(comb(number, k) * miss**k * percentile ** (number - k) for k in range(overruns + 1))
        if at_most <= 1.0 - _CONFIDENCE:
            return number
        number += 1
