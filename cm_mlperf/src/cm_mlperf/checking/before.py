"""Checks before a long run all that is knowable then: ten minutes are too long to learn of a typing error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cm_core import CMError
from cm_mlperf.checking.finding import Finding, sorted_findings
from cm_mlperf.loadgen.rounds import CLOSED_DIVISIONS, Benchmark, Round, Seeds
from cm_mlperf.loadgen.wheel import how_to_install, round_of
from cm_mlperf.submission.layout import CATEGORIES, DIVISIONS, checked_name

_PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is going to be measured.

    Attributes:
        model: name, and the folder of a submission.
        benchmark: official one that it is or is mapped to; ``""`` for none.
        dataset_size: samples of the accuracy run.
        performance_samples: kept in memory in performance mode.
        settings: scenario -> what ``user.conf`` will say, without model and scenario.
        compliance: tests that will be run as well.
        own: whether the model is a file of the user's own; what it is called says nothing then.
        equivalent: whether the user states that it computes what the model of the benchmark does.
    """

    round: Round
    division: str
    category: str
    submitter: str
    system_name: str
    model: str
    benchmark: str
    dataset_size: int
    performance_samples: int
    settings: Mapping[str, Mapping[str, Any]]
    compliance: tuple[str, ...] = field(default=())
    own: bool = False
    equivalent: bool = False

    @property
    def closed(self) -> bool:
        return self.division in CLOSED_DIVISIONS

    @property
    def official(self) -> Benchmark | None:
        return self.round.find(self.benchmark or ("" if self.own else self.model))


def check_before(plan: Plan) -> tuple[Finding, ...]:
    """All that would make the results of a plan useless for a submission, errors first."""
    return sorted_findings(finding for check in _CHECKS for finding in check(plan))


def _finding(check: str, key: str, found: object, expected: object, fix: str) -> Finding:
    return Finding(check=check, file=_PLAN, key=key, found=str(found), expected=str(expected), fix=fix)


def _names(plan: Plan) -> Iterator[Finding]:
    parts = (("submitter", plan.submitter), ("system_name", plan.system_name), ("model", plan.model))
    for key, name in parts:
        try:
            checked_name(name, key)
        except CMError:
            flag = "name" if key == "model" else key
            fix = f"give {'another' if name else 'one'} with --{flag}=NAME"
            yield _finding("names", key, name, "a name of letters, digits and . _ + -", fix)
    for key, value, choices in (
        ("division", plan.division, DIVISIONS),
        ("category", plan.category, CATEGORIES),
    ):
        if value not in choices:
            yield _finding("names", key, value, ", ".join(choices), f"choose one with --{key}")


def check_seeds(round_: Round, installed: Seeds) -> tuple[Finding, ...]:
    """Whether the seeds of the installed LoadGen are those of a round; this needs neither model nor data."""
    if installed == round_.seeds:
        return ()
    other = round_of(installed)
    of_round = f"of {other.name}" if other else "of no known round"
    fix = how_to_install(round_.name)
    fix += f", or measure for --round={other.name}" if other else ""
    return (_finding("seeds", "mlcommons_loadgen", f"seeds {of_round}", f"seeds of {round_.name}", fix),)


def _benchmark(plan: Plan) -> Iterator[Finding]:
    benchmark = plan.official
    if benchmark is None:
        fix = "name the benchmark that the model is compared with: --benchmark=NAME"
        expected = f"a benchmark of {plan.round.name}: " + ", ".join(plan.round.benchmarks)
        yield _finding("mapping", "benchmark", plan.benchmark or plan.model, expected, fix)
        return
    if plan.closed and plan.own and not plan.equivalent:
        fix = "measure the official model, state with --equivalent that yours is, or use --division=open"
        yield _finding("mapping", "model", f"a file of your own ({plan.model})", benchmark.name, fix)
    elif plan.closed and not plan.own and plan.round.find(plan.model) != benchmark:
        fix = "measure the official model, or submit to --division=open"
        yield _finding("mapping", "model", plan.model, benchmark.name, fix)
    needed = {benchmark.accuracy_sample_count(scenario) for scenario in plan.settings}
    for count in sorted(needed - {plan.dataset_size}):
        fix = f"use a data set of {count} samples, or map the model to a benchmark of that size"
        yield _finding("accuracy-samples", "dataset.size", plan.dataset_size, count, fix)
    if plan.performance_samples < benchmark.performance_samples:
        count = benchmark.performance_samples
        fix = f"measure with --performance_sample_count={count}"
        yield _finding(
            "performance-samples", "performance_samples", plan.performance_samples, f"at least {count}", fix
        )


def _scenarios(plan: Plan) -> Iterator[Finding]:
    benchmark = plan.official
    if benchmark is None or not plan.closed:
        return
    for scenario in benchmark.required(plan.category):
        if scenario not in plan.settings:
            fix = f"measure it as well: --scenario={','.join(benchmark.required(plan.category))}"
            yield _finding("scenarios", "scenario", ", ".join(plan.settings), scenario, fix)
    if not benchmark.required(plan.category):
        fix = "choose another --category, or --division=open"
        yield _finding("scenarios", "category", plan.category, f"a category that has {benchmark.name}", fix)
    for test in benchmark.compliance:
        if test not in plan.compliance:
            yield _finding("compliance", "compliance", ", ".join(plan.compliance), test, "add --compliance")


def _settings(plan: Plan) -> Iterator[Finding]:
    benchmark = plan.official
    timed = plan.round.is_timed(benchmark)
    for scenario, settings in plan.settings.items():
        needed = plan.round.minimum_duration_ms
        duration = _number(settings.get("min_duration", needed))
        if timed and duration < needed:
            yield _finding(
                "duration-setting",
                f"{scenario}.min_duration",
                f"{duration:g}",
                f"at least {needed}",
                "measure with --level=official",
            )
        longest = _number(settings.get("max_duration", 0))
        if timed and 0 < longest < needed:
            yield _finding(
                "duration-real",
                f"{scenario}.max_duration",
                f"{longest:g}",
                f"none, or at least {needed}",
                "remove it",
            )
        if _number(settings.get("max_query_count", 0)):
            yield _finding(
                "duration-real",
                f"{scenario}.max_query_count",
                settings["max_query_count"],
                "none",
                "remove it: a run that it cuts short is INVALID",
            )
        yield from _latency(scenario, settings, benchmark)


def _latency(scenario: str, settings: Mapping[str, Any], benchmark: Benchmark | None) -> Iterator[Finding]:
    bound = benchmark.latency_ms.get(scenario) if benchmark else None
    latency = _number(settings.get("target_latency", 0))
    if scenario == "Server" and bound is not None and latency > bound:
        fix = "leave target_latency out"
        yield _finding(
            "latency-bound", "Server.target_latency", f"{latency:g} ms", f"at most {bound:g} ms", fix
        )


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


_CHECKS: tuple[Callable[[Plan], Iterator[Finding]], ...] = (_names, _benchmark, _scenarios, _settings)
