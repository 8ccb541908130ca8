"""Checks the detail log of a performance run. Stricter than the official checker where that one is lax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cm_core import replace
from cm_mlperf.checking.finding import Finding
from cm_mlperf.loadgen.log import LoadGenLog
from cm_mlperf.loadgen.rounds import CLOSED_DIVISIONS, Benchmark, Round
from cm_mlperf.loadgen.scenario import Scenario, queries_for_early_stopping
from cm_mlperf.loadgen.wheel import round_of, seeds_in

# Result of the folder's scenario <- log of another scenario, on edge systems.
INFERABLE = {("SingleStream", "MultiStream"), ("SingleStream", "Offline"), ("MultiStream", "Offline")}
NETWORK_NAME = "Network SUT"
_TIME = "%m-%d-%Y %H:%M:%S.%f"
# LoadGen reads audit.config as a second configuration and logs that as an error.
_OF_AUDIT = "Multiple conf files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a log is measured by.

    Attributes:
        benchmark: official one; ``None`` when the model is neither one nor mapped to one.
        category: ``edge``, ``datacenter`` or both.
        scenario: that the result is to be for; the log may be of another one.
        file: name of the log in findings.
        audit: the log is of a compliance test.
        network: LoadGen and system are connected by a network.
    """

    round: Round
    benchmark: Benchmark | None
    division: str
    category: str
    scenario: str
    file: str
    audit: bool = False
    network: bool = False

    @property
    def closed(self) -> bool:
        return self.division in CLOSED_DIVISIONS

    def finding(self, check: str, key: str, found: object, expected: object, fix: str) -> Finding:
        """A finding about the log."""
        return Finding(
            check=check, file=self.file, key=key, found=str(found), expected=str(expected), fix=fix
        )


def check_performance(log: LoadGenLog, expected: Expected) -> list[Finding]:
    """All problems of a performance log.

    Raises:
        UsageError: when it is of a scenario that LoadGen does not have.
    """
    return [finding for check in _CHECKS for finding in check(log, expected)]


def real_seconds(log: LoadGenLog) -> float | None:
    """How long the run really was, ``None`` when the log does not say."""
    try:
        begin, end = (
            datetime.strptime(str(log.values[f"power_{word}"]), _TIME).replace(tzinfo=UTC)
            for word in ("begin", "end")
        )
    except (KeyError, ValueError):
        return None
    return (end - begin).total_seconds()


def result_value(log: LoadGenLog, expected: Expected) -> float | None:
    """The result for the scenario of the folder, in its unit, inferred where the log is of another one."""
    pair = (log.scenario.name, expected.scenario)
    if pair == ("SingleStream", "Offline"):
        return _number(log, "result_qps_without_loadgen_overhead")
    if pair == ("MultiStream", "Offline"):
        latency = _number(log, "result_mean_query_latency_ns")
        return 8 * 1e9 / latency if latency else None
    if pair == ("SingleStream", "MultiStream"):
        latency = _number(log, "early_stopping_latency_ms")
        return None if latency is None else 8 * latency / 1e6
    key = expected.benchmark.result_key(log.scenario.name) if expected.benchmark else ""
    value = _number(log, key or log.scenario.result_key)
    if value is None:
        return None
    value *= log.scenario.result_scale
    in_seconds = expected.benchmark is not None and expected.benchmark.units.get(expected.scenario) == "s"
    return value / 1000 if in_seconds else value


def _number(log: LoadGenLog, key: str) -> float | None:
    value = log.values.get(key)
    return None if value is None else float(value)


def _mode(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    if log.mode not in ("PerformanceOnly", "SubmissionRun"):
        yield expected.finding(
            "mode",
            "effective_test_mode",
            log.mode,
            "PerformanceOnly",
            "put the log of a performance run here",
        )
    for key in ("effective_accuracy_log_sampling_target", "effective_performance_issue_same"):
        if log.values.get(key) and not expected.audit:
            fix = "remove audit.config from the folder of the run and measure again"
            yield expected.finding("mode", key, log.values[key], "no setting of a compliance test", fix)


def _scenario(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    name = log.scenario.name
    if name == expected.scenario or (name, expected.scenario) == ("Server", "Interactive"):
        return
    key = "effective_scenario"
    if (name, expected.scenario) not in INFERABLE:
        yield expected.finding(
            "scenario",
            key,
            name,
            expected.scenario,
            "a result cannot be inferred from this scenario; measure it",
        )
    elif "edge" not in expected.category:
        yield expected.finding(
            "scenario",
            key,
            name,
            expected.scenario,
            "only results of edge systems can be inferred; measure it",
        )
    elif expected.scenario == "MultiStream" and not log.values.get("early_stopping_latency_ms"):
        yield expected.finding(
            "scenario",
            "early_stopping_latency_ms",
            0,
            "an estimate of the 99th percentile",
            "measure longer, or measure MultiStream itself",
        )


def _validity(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    if not log.complete:
        last = f"nothing after {list(log.values)[-1]}"
        fix = "the run was cut off; measure again"
        cut = expected.finding("complete", "num_errors", last, "a count of the errors at the end", fix)
        # With a verdict only the end of the report is missing: published logs are like that.
        judged = "result_validity" in log.values
        yield replace(cut, severity="warning") if judged else cut
    if log.complete and log.values.get("result_validity") != "VALID":
        yield expected.finding(
            "validity",
            "result_validity",
            f"{log.values.get('result_validity')}: {log.why_invalid}",
            "VALID",
            "measure again; the official checker does not look at this, reviewers do",
        )


def _errors(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    for error in log.errors:
        key, _, text = error.partition(": ")
        if expected.audit and _OF_AUDIT in text:
            continue
        fix = "remove the cause and measure again"
        if _OF_AUDIT in text:
            fix = "use one process for each LoadGen run"
        yield replace(expected.finding("loadgen-errors", key, text, "no errors", fix), beyond=True)


def check_seeds(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    """The seeds have to be those of the round."""
    found, wanted = seeds_in(log.values), expected.round.seeds
    if found == wanted:
        return
    other = None if found is None else round_of(found)
    fix = f"install the LoadGen of round {expected.round.name} and measure again"
    if other is not None:
        fix = f"these are the seeds of {other.name}: check with --round={other.name}, or {fix}"
    for name in ("qsl", "sample_index", "schedule"):
        key = f"effective_{name}_rng_seed"
        if (value := log.values.get(key)) != getattr(wanted, name):
            yield expected.finding("seeds", key, value, getattr(wanted, name), fix)


def _samples(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    if expected.benchmark is None:
        return
    key = "effective_performance_sample_count"
    found, needed = int(log.values.get(key) or 0), expected.benchmark.performance_samples
    if found < needed:
        yield expected.finding(
            "performance-samples", key, found, f"at least {needed}", f"keep {needed} samples in memory"
        )


def _duration(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    if not expected.round.is_timed(expected.benchmark):
        return
    needed = expected.round.minimum_duration_ms
    key = "effective_min_duration_ms"
    setting = log.values.get(key) or 0
    if setting < needed:
        fix = "measure with --level=official"
        yield expected.finding("duration-setting", key, setting, f"at least {needed}", fix)
    seconds = real_seconds(log)
    if seconds is not None and seconds * 1000 < needed:
        yield expected.finding(
            "duration-real",
            "power_end",
            f"{seconds:.1f} s",
            f"at least {needed / 1000:g} s",
            "let it run to the end: no max_query_count, no max_duration below the minimum",
        )


def _queries(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    scenario = log.scenario
    if scenario.percentile is not None:
        yield from _early_stopping(log, scenario, expected)
        return
    key = "effective_samples_per_query"
    benchmark, found = expected.benchmark, int(log.values.get(key) or 0)
    if benchmark is not None and expected.closed and found < benchmark.offline_samples:
        fix = "raise target_qps or min_query_count, and measure again"
        yield expected.finding("minimum-queries", key, found, f"at least {benchmark.offline_samples}", fix)


def _early_stopping(log: LoadGenLog, scenario: Scenario, expected: Expected) -> Iterator[Finding]:
    if log.values.get("early_stopping_met") is not True:
        yield expected.finding(
            "early-stopping",
            "early_stopping_met",
            str(log.values.get("early_stopping_result", "missing")).strip(),
            "true",
            "measure longer",
        )
    key = "effective_target_latency_percentile"
    # A benchmark may set another percentile than the scenario's, in LoadGen's built-in configuration.
    needed = queries_for_early_stopping(float(log.values.get(key) or scenario.percentile or 0.99))
    found = int(log.values.get("result_query_count") or 0)
    if found < needed:
        few = expected.finding(
            "minimum-queries", "result_query_count", found, f"at least {needed}", "measure longer"
        )
        yield replace(few, beyond=True)


def _latency(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    if expected.benchmark is None or log.scenario.name != "Server":
        return
    bound = expected.benchmark.latency_ms.get("Server")
    key = "effective_target_latency_ns"
    found = float(log.values.get(key) or 0) / 1e6
    if bound is not None and found > bound:
        yield expected.finding(
            "latency-bound",
            key,
            f"{found:g} ms",
            f"at most {bound:g} ms",
            "leave target_latency out of user.conf and measure again",
        )
    yield from _token_latency(log, expected, expected.benchmark)


def _token_latency(log: LoadGenLog, expected: Expected, benchmark: Benchmark) -> Iterator[Finding]:
    bounds = benchmark.token_latency_ms.get(expected.scenario, {})
    keys = {
        "ttft": "result_first_token_99.00_percentile_latency_ns",
        "tpot": "result_time_per_output_token_99.00_percentile_ns",
    }
    for name, bound in bounds.items():
        value = log.values.get(keys[name])
        if value is None or float(value) / 1e6 >= bound:
            found = "missing" if value is None else f"{float(value) / 1e6:g} ms"
            fix = "measure with use_token_latencies and a lower target_qps"
            yield expected.finding("latency-bound", keys[name], found, f"below {bound:g} ms", fix)


def _result(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    scenario = log.scenario.name
    key = expected.benchmark.result_key(scenario) if expected.benchmark else log.scenario.result_key
    if not log.values.get(key):
        yield expected.finding(
            "result", key, log.values.get(key), "a number above 0", "measure again, longer"
        )


def _network(log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    name = str(log.values.get("sut_name", ""))
    if expected.network and NETWORK_NAME not in name:
        fix = "a network run needs a system under test with this name; measure with --network"
        yield expected.finding("network-name", "sut_name", name, f"with '{NETWORK_NAME}'", fix)


_CHECKS: tuple[Callable[[LoadGenLog, Expected], Iterator[Finding]], ...] = (
    _mode,
    _scenario,
    _validity,
    _errors,
    check_seeds,
    _samples,
    _duration,
    _queries,
    _latency,
    _result,
    _network,
)
