"""Which LoadGen runs a configuration means, with which settings, and what they will take.

LoadGen prepares all queries of a run beforehand from the expected speed: too low a hint makes a run invalid,
too high a one takes memory and time. So hints come from a probe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cm_core import UsageError
from cm_mlperf.loadgen.scenario import Mode, Scenario, parse_scenario, queries_for_early_stopping
from cm_mlperf.loadgen.settings import Number, merge_settings

if TYPE_CHECKING:
    from cm_mlperf.run.configuration import RunConfiguration
    from cm_mlperf.run.probe import Probe
    from cm_mlperf.run.target import Target

# How much faster than measured LoadGen is told that a system is, so that it prepares enough queries.
_SINGLE_STREAM, _MULTI_STREAM, _OFFLINE = 2.5, 5.0, 1.3
_OVER_MEAN = 1.6
# Shares of the throughput that Server should reach: where a search for its peak starts, what a run asks for
# without such a search, and what it asks for of a peak that was found.
_PEAK_START, _UNSEARCHED, _OF_PEAK = 0.2, 0.4, 0.7
# What LoadGen and its Python interface cost beside the model: for a query of Server that a thread takes, for
# one that is answered within LoadGen's call, and for a sample of Offline.
_QUERY_OVERHEAD_S, _CALL_OVERHEAD_S, _SAMPLE_OVERHEAD_S = 30e-6, 2e-6, 0.2e-6
_PEAK_QUERIES = 100
# Latency bounds of Server for models of the user's own, and how many times one query alone must fit.
_BOUNDS_MS = (15.0, 100.0, 1000.0, 10_000.0)
_TIMES_IN_BOUND = 10
# Keys of `user.conf` that say how fast the system is expected to be.
_HINTS = {
    "SingleStream": ("target_latency",),
    "MultiStream": ("target_latency",),
    "Server": ("target_qps",),
    "Offline": ("target_qps",),
}
# Bytes that a prepared query (Offline: sample) takes, and how many are prepared in a second; measured.
_BYTES = {"SingleStream": 600, "MultiStream": 700, "Server": 350, "Offline": 180}
_PREPARED_PER_SECOND = 300_000
_SLACK = 1.1  # LoadGen's own
_START_SECONDS = 1.0
_MOST_STEPS = 14
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPlan:
    """One LoadGen run.

    Attributes:
        conf: lines of ``user.conf``.
        settings: attributes of ``TestSettings`` that have no such line.
        chosen: keys of ``conf`` whose values come from the probe and may be changed for another try.
        seconds: that it will take.
        queries: that LoadGen will prepare (Offline: samples).
        memory_mb: that these need.
    """

    __test__ = False  # not a test of pytest

    scenario: str
    mode: Mode
    conf: Mapping[str, Number]
    settings: Mapping[str, Any] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()
    seconds: float = 0.0
    queries: int = 0
    memory_mb: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans for one model.

    Attributes:
        judged: whether there is a way to judge answers.
    """

    configuration: RunConfiguration
    target: Target
    probe: Probe
    judged: bool

    @property
    def duration_s(self) -> float:
        """That a performance test lasts at least."""
        return self.configuration.limits.duration_s or self.configuration.level.duration_s

    @property
    def batch_size(self) -> int:
        """Of Offline and Server."""
        return self.configuration.tuning.batch_size or self.probe.batch_size

    @property
    def base_mb(self) -> float:
        """Memory of the process once the samples are loaded, without what LoadGen prepares."""
        samples = self.configuration.limits.performance_samples or self.probe.size
        return (self.probe.memory_mb or 0.0) + samples * self.probe.loaded_bytes / _MEGABYTE

    @property
    def workers(self) -> int:
        """Threads that take queries of Server; 0 answers within LoadGen's call."""
        tuning = self.configuration.tuning
        if tuning.workers is not None:
            return tuning.workers
        return 0 if self.probe.outruns_threads and not tuning.max_wait_ms else 1

    @property
    def capacity(self) -> float:
        """Queries a second that Server may reach at best."""
        if not self.workers:
            return 1.0 / (self.probe.single.mean_ms / 1000 + _CALL_OVERHEAD_S)
        return 1.0 / (1.0 / self.probe.samples_per_second + _QUERY_OVERHEAD_S)

    @property
    def offline_rate(self) -> float:
        """Samples per second that Offline may reach."""
        return 1.0 / (1.0 / self.probe.samples_per_second + _SAMPLE_OVERHEAD_S)

    @property
    def server_bound_ms(self) -> float:
        """Latency bound of Server: that of the model; a slow model of the user's own gets a wider one."""
        asked = merge_settings("Server", [self.configuration.conf]).get("target_latency")
        if asked is not None:
            return float(asked)
        if self.target.server_latency_ms:
            return self.target.server_latency_ms
        least = self.probe.single.p50_ms * _TIMES_IN_BOUND
        return next((bound for bound in _BOUNDS_MS if bound >= least), _BOUNDS_MS[-1])

    def tests(self) -> Iterator[TestPlan]:
        """All runs; see :func:`planned_tests`."""
        for name, mode in planned_tests(self.configuration, judged=self.judged):
            yield self.plan(name, mode)

    def plan(self, name: str, mode: Mode, target_qps: float | None = None) -> TestPlan:
        """One run.

        Args:
            target_qps: of Server, found by a search for its peak.
        """
        scenario = parse_scenario(name)
        asked = merge_settings(name, [self.configuration.conf])
        chosen = self._chosen(scenario, mode, target_qps)
        conf = {**chosen, **asked}
        if mode == "find-peak":
            # The search must start below the peak; a target of the user is for the run itself.
            conf |= {key: chosen[key] for key in ("target_qps", "min_duration", "min_query_count")}
        settings: dict[str, Any] = {}
        if mode == "find-peak":
            # It ends when its bounds differ by less than one query a second.
            settings = {"server_find_peak_qps_decimals_of_precision": 0}
        hints = frozenset(_HINTS[name]) & chosen.keys() - asked.keys()
        if mode == "accuracy":
            return TestPlan(
                scenario=name,
                mode=mode,
                conf=conf,
                chosen=hints,
                seconds=self._accuracy_seconds(scenario),
                queries=self.probe.size,
            )
        queries = self._queries_prepared(scenario, conf)
        return TestPlan(
            scenario=name,
            mode=mode,
            conf=conf,
            settings=settings,
            chosen=hints,
            seconds=self._seconds(scenario, mode, conf, queries),
            queries=queries,
            memory_mb=queries * _BYTES[name] / _MEGABYTE,
        )

    # -- settings ----------------------------------------------------------------------------------------

    def _chosen(self, scenario: Scenario, mode: Mode, target_qps: float | None) -> dict[str, Number]:
        """Settings that nobody asked for."""
        level = self.configuration.level
        conf: dict[str, Number] = {"min_duration": round(self.duration_s * 1000)}
        if samples := self.configuration.limits.performance_samples:
            conf["performance_sample_count_override"] = samples
        if scenario.name == "SingleStream":
            conf["target_latency"] = _round_hint(
                min(self.probe.single.p90_ms / _SINGLE_STREAM, self.probe.single.mean_ms / _OVER_MEAN)
            )
        elif scenario.name == "MultiStream":
            conf["target_latency"] = _round_hint(
                min(self.probe.eight.p99_ms / _MULTI_STREAM, self.probe.eight.mean_ms / _OVER_MEAN)
            )
        elif scenario.name == "Offline":
            conf["target_qps"] = _round_hint(self.offline_rate * _OFFLINE)
            if level.offline_samples > 1:
                conf["min_query_count"] = level.offline_samples
        else:
            conf["target_latency"] = _round_hint(self.server_bound_ms)
            # With fewer queries a single late one would make the run invalid.
            conf["min_query_count"] = queries_for_early_stopping(0.99, overruns=1)
            conf["target_qps"] = _round_hint(
                target_qps * _OF_PEAK if target_qps else self.capacity * _UNSEARCHED
            )
            if mode == "find-peak":
                conf["target_qps"] = _round_hint(self.capacity * _PEAK_START)
                conf["min_duration"] = round(min(level.peak_step_s, self.duration_s) * 1000)
                conf["min_query_count"] = _PEAK_QUERIES
        return conf

    # -- predictions --------------------------------------------------------------------------------------

    def _queries_prepared(self, scenario: Scenario, conf: Mapping[str, Number]) -> int:
        """Queries that LoadGen prepares; samples for Offline."""
        seconds = conf["min_duration"] / 1000
        rate = conf["target_qps"] if "target_qps" in conf else 1000 / conf["target_latency"]
        least = conf.get("min_query_count", scenario.minimum_queries)
        most = conf.get("max_query_count", 0) or float("inf")
        return int(min(max(_SLACK * seconds * rate, least), max(most, least)))

    def _seconds(self, scenario: Scenario, mode: Mode, conf: Mapping[str, Number], queries: int) -> float:
        least = conf.get("min_query_count", scenario.minimum_queries)
        duration = conf["min_duration"] / 1000
        before = _START_SECONDS + self.probe.load_seconds + queries / _PREPARED_PER_SECOND
        if scenario.name == "Offline":
            work = queries / self.offline_rate
        elif scenario.name == "Server":
            work = max(duration, least / conf["target_qps"]) * (_MOST_STEPS if mode == "find-peak" else 1)
        else:
            latency = self.probe.single if scenario.name == "SingleStream" else self.probe.eight
            needed = max(least, queries_for_early_stopping(scenario.percentile or 0.9))
            work = max(duration, needed * latency.mean_ms / 1000)
        return before + work

    def _accuracy_seconds(self, scenario: Scenario) -> float:
        each = {
            "SingleStream": self.probe.single.mean_ms,
            "MultiStream": self.probe.eight.mean_ms / 8,
            "Server": self.probe.single.mean_ms,
            "Offline": 1000 / self.offline_rate,
        }[scenario.name]
        return _START_SECONDS + self.probe.load_seconds + self.probe.size * each / 1000


def planned_tests(configuration: RunConfiguration, *, judged: bool) -> Iterator[tuple[str, Mode]]:
    """Scenario and mode of all runs, the quick ones first, so that a wrong accuracy shows early.

    Args:
        judged: whether there is a way to judge answers.
    """
    order: tuple[Mode, ...] = ("accuracy", "find-peak", "performance", "TEST01", "TEST04")
    for name in configuration.scenarios:
        modes = set(configuration.modes)
        target_asked = "target_qps" in merge_settings(name, [configuration.conf])
        if name == "Server" and "performance" in modes and not target_asked:
            modes.add("find-peak")
        for mode in order:
            if mode not in modes or (mode == "find-peak" and name != "Server"):
                continue
            if mode != "accuracy" or judged:
                yield name, mode


def check_plan(planner: Planner, plans: list[TestPlan], available_mb: float | None) -> None:
    """Refuse what cannot be valid, or needs more than this machine has.

    Raises:
        UsageError: saying what, and what would be possible.
    """
    probe, configuration = planner.probe, planner.configuration
    wanted = configuration.limits.performance_samples
    if wanted and wanted > probe.size:
        raise UsageError(
            f"--performance_sample_count={wanted} is more than the {probe.size} samples of the data set",
            hint=f"write --performance_sample_count={probe.size}, or leave it out",
        )
    single = probe.single.p50_ms
    if "Server" in configuration.scenarios and single > planner.server_bound_ms:
        raise UsageError(
            f"Server cannot be valid: one query alone takes {single:.3g} ms, but the latency bound is"
            f" {planner.server_bound_ms:g} ms",
            hint="choose another --scenario or, outside the rules, raise --server_target_latency",
        )
    for plan in plans:
        qps = plan.conf.get("target_qps", 0.0)
        if plan.scenario == "Server" and plan.mode != "find-peak" and qps > probe.samples_per_second:
            raise UsageError(
                f"Server cannot reach {qps:g} queries/s: the model does {probe.samples_per_second:.4g}"
                f" samples/s here, with batches of {planner.batch_size}",
                hint=f"leave the target out, or try --server_target_qps={planner.capacity * _UNSEARCHED:.4g}",
            )
        base = planner.base_mb
        if available_mb is not None and base + plan.memory_mb > available_mb * 0.9:
            raise UsageError(
                f"{plan.scenario} {plan.mode} would need {(base + plan.memory_mb) / 1024:.1f} GB of memory"
                f" for model, data and {plan.queries:,} prepared queries, but only"
                f" {available_mb / 1024:.1f} GB is free",
                hint=_less_memory(plan, planner),
            )


def _less_memory(plan: TestPlan, planner: Planner) -> str:
    if planner.base_mb > plan.memory_mb:
        return "keep fewer samples in memory: --performance_sample_count=NUMBER, or take a smaller data set"
    option = "target_qps" if plan.scenario in ("Offline", "Server") else "target_latency"
    if option not in plan.chosen and plan.mode != "find-peak":
        return f"the hint is too optimistic: leave --{option} out, and the probe chooses one"
    if planner.configuration.level.name == "official":
        return "LoadGen keeps all queries of 600 s in memory: measure a slower model, or use --level=short"
    return "make the test shorter: --duration=SECONDS"


def _round_hint(value: float) -> Number:
    """Four significant digits: enough for a hint, and readable."""
    short = float(f"{value:.4g}")
    return int(short) if short >= 1 and short == int(short) else short
