"""What a round asks for, read from ``data/<round>.json`` when it is needed.

The numbers are those of the official rules and of the official checker of the round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError
from cm_core.base import decode, did_you_mean, read_object
from cm_mlperf.loadgen.scenario import SCENARIOS

if TYPE_CHECKING:
    from cm_core import Session

NEWEST = "v6.1"
_DATA = Path(__file__).parent / "data"
_BOTH = "datacenter,edge"
_DEFAULT_RESULT_KEYS = {scenario.name: scenario.result_key for scenario in SCENARIOS}
_EMPTY: Mapping[str, Any] = MappingProxyType({})


# Divisions whose results must be those of the official models.
CLOSED_DIVISIONS = ("closed", "network")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The three seeds of a round; LoadGen's built-in configuration sets them."""

    qsl: int
    sample_index: int
    schedule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTarget:
    """What the accuracy of a benchmark has to be in the closed division.

    Attributes:
        metric: name of it in :data:`cm_mlperf.checking.accuracytext.METRICS`.
        target: lowest value, in the unit of ``accuracy.txt``.
        upper: highest value, for lengths and scores that must not be too high either.
    """

    metric: str
    target: float
    upper: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """What a compliance test of a language model demands of the answers of a performance run.

    Attributes:
        lower: lowest value: of the accuracy in TEST07, of the mean number of tokens in TEST09.
        upper: highest value.
        samples: number of samples that have to be among the answers.
    """

    lower: float
    upper: float | None = None
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """An official benchmark in a round.

    Attributes:
        dataset_size: number of samples of its data set.
        performance_samples: fewest samples to be kept in memory in performance mode.
        accuracy: targets of the closed division.
        scenarios: category -> ``required`` and ``optional`` -> scenarios.
        minimum_queries: scenario -> queries that the rules ask for; with early stopping fewer will do.
        offline_samples: fewest samples of an Offline query in the closed division; 0 when not known.
        latency_ms: scenario -> bound of the 99th percentile.
        token_latency_ms: scenario -> ``ttft`` and ``tpot`` -> bound of the 99th percentile.
        compliance: tests of the closed division.
        compliance_limits: test -> limits, of those that have some.
        result_keys: scenario -> key of its result in the detail log.
        units: scenario -> unit of its result in the tables of the round, where its key does not tell it.
        accuracy_files: folder of the accuracy run -> names without suffix of the files that it has to have.
    """

    name: str
    dataset_size: int
    performance_samples: int
    accuracy: tuple[AccuracyTarget, ...]
    accuracy_by_scenario: Mapping[str, tuple[AccuracyTarget, ...]] = field(default_factory=dict)
    accuracy_samples: int | Mapping[str, int] = 0
    scenarios: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    minimum_queries: Mapping[str, int] = field(default_factory=dict)
    offline_samples: int = 0
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    token_latency_ms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    compliance: tuple[str, ...] = ()
    compliance_delta_percent: Mapping[str, float] = field(default_factory=dict)
    compliance_limits: Mapping[str, TokenLimits] = field(default_factory=dict)
    result_keys: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    accuracy_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts_tokens(self) -> bool:
        """Whether LoadGen asks the system for its tokens, and for the time of the first."""
        # Tokens that LoadGen infers need nothing of the system.
        return any("tokens" in key and "inferred" not in key for key in self.result_keys.values())

    def required(self, category: str) -> tuple[str, ...]:
        """Scenarios that a closed submission must have; ``()`` when the category has not this benchmark."""
        return self._scenarios(category, "required")

    def optional(self, category: str) -> tuple[str, ...]:
        """Scenarios that a closed submission may have besides."""
        return self._scenarios(category, "optional")

    def targets(self, scenario: str) -> tuple[AccuracyTarget, ...]:
        """The accuracy that is asked for in a scenario."""
        return self.accuracy_by_scenario.get(scenario, self.accuracy)

    def accuracy_sample_count(self, scenario: str) -> int:
        """Number of samples that an accuracy run has to have."""
        if isinstance(self.accuracy_samples, int):
            return self.accuracy_samples or self.dataset_size
        return self.accuracy_samples.get(scenario, self.dataset_size)

    def result_key(self, scenario: str) -> str:
        """Key of the result in the detail log; ``""`` for a scenario that LoadGen does not have."""
        return self.result_keys.get(scenario) or _DEFAULT_RESULT_KEYS.get(scenario, "")

    def compliance_delta(self, metric: str) -> float:
        """By how many percent the accuracy may differ in TEST01 when the answers are not the same."""
        # A benchmark may have a stricter twin, whose name ends so.
        return self.compliance_delta_percent.get(metric, 0.1 if "99.9" in self.name else 1.0)

    def _scenarios(self, category: str, which: str) -> tuple[str, ...]:
        of_category = self.scenarios.get(_category(category))
        return of_category.get(which, ()) if of_category else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round.

    Attributes:
        synonyms: other names of benchmarks, as folders of submissions have them.
        untimed: benchmarks without a minimum duration.
    """

    name: str
    seeds: Seeds
    minimum_duration_ms: int
    untimed: tuple[str, ...]
    synonyms: Mapping[str, str]
    benchmarks: Mapping[str, Benchmark]

    def is_timed(self, benchmark: Benchmark | None) -> bool:
        """Whether there is a minimum duration; for a model that is no benchmark there is one."""
        return benchmark is None or benchmark.name not in self.untimed

    def benchmark(self, name: str) -> Benchmark:
        """The benchmark of this name or synonym.

        Raises:
            NotFoundError: when the round has none.
        """
        if (found := self.find(name)) is not None:
            return found
        if last := last_round_with(name):
            raise NotFoundError(
                f"round {self.name} has no benchmark '{name}': it was last in {last}",
                hint=f"use --round={last} with the LoadGen of that round, or leave the benchmark out",
            )
        hint = did_you_mean(name, [*self.benchmarks, *self.synonyms])
        raise NotFoundError(
            f"round {self.name} has no benchmark '{name}'",
            hint=hint or "known benchmarks: " + ", ".join(self.benchmarks),
        )

    def find(self, name: str, mapping: Mapping[str, str] = _EMPTY) -> Benchmark | None:
        """The benchmark that a model's name means, ``None`` for none.

        Args:
            mapping: the submitter's own, from ``model_mapping.json``.
        """
        for candidate in (name, self.synonyms.get(name, ""), mapping.get(name, ""), _guess(name)):
            if candidate in self.benchmarks:
                return self.benchmarks[candidate]
        return None


def names() -> tuple[str, ...]:
    """Names of the rounds, oldest first."""
    return tuple(sorted(file.stem for file in _DATA.glob("*.json")))


def last_round_with(benchmark: str) -> str:
    """The newest round that has a benchmark of exactly this name; ``""`` for none."""
    return next((name for name in reversed(names()) if benchmark in load(name).benchmarks), "")


def round_names(_: Session) -> Iterable[str]:
    """The names of all rounds, for completion."""
    return names()


def benchmark_names(_: Session) -> Iterable[str]:
    """The benchmarks of the newest round, for completion."""
    return load().benchmarks


@cache
def load(name: str = NEWEST) -> Round:
    """The facts of a round.

    Args:
        name: ``v6.1``; a missing ``v`` or a leading ``r`` as in ``r6.1`` is understood.

    Raises:
        NotFoundError: when there is no such round.
    """
    plain = "v" + name.strip().lower().removeprefix("_").lstrip("vr").removesuffix("-dev")
    if plain not in names():
        raise NotFoundError(f"there is no round '{name}'", hint="known rounds: " + ", ".join(names()))
    file = _DATA / f"{plain}.json"
    facts = read_object(file)
    benchmarks = {name: {"name": name, **part} for name, part in facts["benchmarks"].items()}
    return decode(Round, {**facts, "benchmarks": benchmarks}, source=str(file))


def _category(text: str) -> str:
    words = {word.strip() for word in text.split(",")}
    return _BOTH if words == {"datacenter", "edge"} else text.strip()


def _guess(name: str) -> str:
    """The benchmark in a longer name, as the official checker guesses: ``bert-99-int8`` is ``bert-99``."""
    parts = {
        "mobilenet": "resnet",
        "efficientnet": "resnet",
        "resnet50": "resnet",
        "bert-99.9": "bert-99.9",
        "bert-99": "bert-99",
        "llama3_1-405b": "llama3.1-405b",
    }
    return next((benchmark for part, benchmark in parts.items() if part in name), "")
