"""What a request for a run means, typed and checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cm_core import UsageError, check_alias
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_mlperf.flags import IMPLEMENTATIONS, SCENARIOS, Run
from cm_mlperf.loadgen.audits import COMPLIANCE
from cm_mlperf.loadgen.rounds import NEWEST, Benchmark, Round, load
from cm_mlperf.loadgen.scenario import Mode
from cm_mlperf.loadgen.settings import Number, read_conf_file, read_conf_options
from cm_mlperf.run.levels import LevelFacts, parse_level
from cm_mlperf.run.sources import file_part

if TYPE_CHECKING:
    from cm_core import Request

_CATEGORIES = {"edge": ("Offline", "SingleStream", "MultiStream"), "datacenter": ("Offline", "Server")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that bound a test; ``None`` where the user gave none.

    Attributes:
        duration_s: instead of the level's.
        hang_s: without progress after which a system counts as hanging.
    """

    duration_s: float | None = None
    hang_s: float | None = None
    performance_samples: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the model is driven; 0, and ``None`` for workers, leave the choice to a probe."""

    batch_size: int = 0
    workers: int | None = None
    threads: int = 0
    max_wait_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfiguration:
    """A request for a run.

    Attributes:
        model, dataset, accuracy, backend: as typed; empty means the default.
        equivalent: whether the user states that their own model computes what that of the benchmark does.
        options: of model, dataset, accuracy and backend.
        conf: lines of ``user.conf`` by scenario, ``*`` for all.
        network: URLs of systems under test elsewhere.
    """

    model: str
    level: LevelFacts
    scenarios: tuple[str, ...]
    modes: tuple[Mode, ...]
    dataset: str = ""
    accuracy: str = ""
    backend: str = ""
    device: str = "cpu"
    precision: str = ""
    benchmark: str = ""
    equivalent: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    category: str = ""
    division: str = "open"
    round: str = NEWEST
    submitter: str = ""
    system_name: str = ""
    name: str = ""
    tuning: Tuning = field(default_factory=Tuning)
    limits: Limits = field(default_factory=Limits)
    conf: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)
    network: tuple[str, ...] = ()


def read_configuration(request: Request, cwd: Path) -> RunConfiguration:
    """Read and check the options of ``cm run mlperf``.

    Raises:
        UsageError: for an option that is unknown or contradicts another, with what would do.
        NotFoundError: when ``--user_conf`` names no file, or the round has no such benchmark.
    """
    asked = read_flags(Run, request)
    level = parse_level("demo" if asked.demo else asked.level, asked.execution_mode)
    round_ = load(asked.round or NEWEST)
    _check_names(asked, round_)
    if asked.division == "network" and not asked.network:
        raise UsageError("the network division needs systems to measure", hint="add --network=URL,URL")
    model = _model(request, asked)
    scenarios = _scenarios(asked)
    return RunConfiguration(
        model=model,
        level=level,
        scenarios=scenarios,
        modes=_modes(asked, scenarios),
        dataset=asked.dataset,
        accuracy=asked.accuracy,
        backend=asked.backend,
        device=asked.device,
        precision=asked.precision,
        benchmark=asked.benchmark,
        equivalent=asked.equivalent,
        options={
            "model": dict(asked.model_options),
            "dataset": dict(asked.dataset_options),
            "accuracy": dict(asked.accuracy_options),
            "backend": dict(asked.backend_options),
        },
        category=asked.category,
        division=asked.division,
        round=round_.name,
        submitter=asked.submitter,
        system_name=asked.system_name,
        name=check_alias(asked.name) if asked.name else "",
        tuning=Tuning(
            batch_size=asked.batch_size or 0,
            workers=asked.workers,
            threads=asked.threads or 0,
            max_wait_ms=asked.max_wait or 0.0,
        ),
        limits=_limits(asked, level),
        conf=_conf(asked, model, cwd),
        network=asked.network,
    )


def is_here(implementation: str) -> bool:
    """Whether this plugin has an implementation."""
    return not implementation or implementation.casefold() in IMPLEMENTATIONS


def _check_names(asked: Run, round_: Round) -> None:
    if not is_here(asked.implementation):
        raise UsageError(
            f"--implementation cannot be '{asked.implementation}'",
            hint=f"write --implementation={' or '.join(IMPLEMENTATIONS)}",
        )
    if asked.benchmark:
        _check_tokens(round_.benchmark(asked.benchmark))
    elif asked.equivalent:
        raise UsageError("--equivalent needs the benchmark that is meant", hint="add --benchmark=NAME")


def _check_tokens(benchmark: Benchmark) -> None:
    """Refuse a benchmark whose tokens LoadGen counts: it would end the process by a signal."""
    if benchmark.counts_tokens:
        raise UsageError(
            f"the benchmark {benchmark.name} counts tokens, which no back end here reports",
            hint="leave --benchmark out: queries and samples of the model are measured without tokens",
        )


def _model(request: Request, asked: Run) -> str:
    named = request.artifact
    if named and asked.model and named != asked.model:
        raise UsageError(f"both '{named}' and --model={asked.model} name a model", hint="drop one of the two")
    return asked.model or named or "digits"


def _scenarios(asked: Run) -> tuple[str, ...]:
    allowed = _CATEGORIES.get(asked.category, SCENARIOS)
    if not asked.scenario or asked.all_scenarios or "all" in asked.scenario:
        return allowed
    for name in sorted(set(asked.scenario) - set(allowed)):
        raise UsageError(
            f"the category {asked.category} has no scenario {name}", hint=f"it has: {', '.join(allowed)}"
        )
    return tuple(name for name in SCENARIOS if name in asked.scenario)


def _modes(asked: Run, scenarios: Sequence[str]) -> tuple[Mode, ...]:
    chosen = cast("tuple[Mode, ...]", asked.mode)
    if not chosen or "all" in asked.mode:
        chosen = ("performance", "accuracy")
    if "find-peak" in chosen and "Server" not in scenarios:
        raise UsageError(
            f"--mode=find-peak finds the peak of Server, not of {', '.join(scenarios)}",
            hint="add --scenario=Server, or choose another mode",
        )
    return (*dict.fromkeys(chosen), *_compliance(asked.compliance))


def _compliance(words: str) -> tuple[Mode, ...]:
    if words == "all":
        return COMPLIANCE
    tests: list[Mode] = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        match = next((test for test in COMPLIANCE if test == word.upper()), None)
        if match is None:
            raise UsageError(
                f"there is no compliance test '{word}' here", hint=f"available: {', '.join(COMPLIANCE)}"
            )
        tests.append(match)
    return tuple(tests)


def _limits(asked: Run, level: LevelFacts) -> Limits:
    if asked.duration is not None and level.name == "official":
        raise UsageError(
            "an official run lasts as long as the rules say", hint="drop --duration, or use --level=short"
        )
    return Limits(
        duration_s=asked.duration,
        hang_s=asked.hang_timeout,
        performance_samples=asked.performance_sample_count,
    )


def _conf(asked: Run, model: str, cwd: Path) -> dict[str, dict[str, Number]]:
    """Lines of ``user.conf``: of a file, of ``--conf``, and of the options that have names of their own."""
    found: dict[str, dict[str, Number]] = {}
    layers = [_named_lines(asked), read_conf_options(asked.conf, asked.division)]
    if asked.user_conf:
        if (cwd / user_path(file_part(model))).is_file():
            model = own_name(model)
        file = cwd / user_path(asked.user_conf)
        layers.insert(0, read_conf_file(file, asked.division, (model, asked.benchmark)))
    for layer in layers:
        for scenario, lines in layer.items():
            found.setdefault(scenario, {}).update(lines)
    return found


def _named_lines(asked: Run) -> dict[str, dict[str, Number]]:
    lines: dict[str, dict[str, Number]] = {}

    def put(scenario: str, key: str, value: Number | None) -> None:
        if value is not None:
            lines.setdefault(scenario, {})[key] = value

    def own_or_common(own: float | None, common: float | None) -> float | None:
        return common if own is None else own

    put("Offline", "target_qps", own_or_common(asked.offline_target_qps, asked.target_qps))
    put("Server", "target_qps", own_or_common(asked.server_target_qps, asked.target_qps))
    for scenario, latency in (
        ("SingleStream", asked.singlestream_target_latency),
        ("MultiStream", asked.multistream_target_latency),
        ("Server", asked.server_target_latency),
    ):
        put(scenario, "target_latency", own_or_common(latency, asked.target_latency))
    put("*", "min_query_count", asked.min_query_count)
    put("*", "max_query_count", asked.max_query_count)
    if asked.max_duration is not None:
        put("*", "max_duration", round(asked.max_duration * 1000))
    if asked.test_query_count is not None:
        put("*", "min_query_count", asked.test_query_count)
        put("*", "max_query_count", asked.test_query_count)
        put("*", "min_duration", 0)
    return lines


def own_name(word: str) -> str:
    """A name for records from the name of a file."""
    stem = Path(file_part(word)).stem.lower()
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in stem)
    return kept.strip(".-_") or "model"
