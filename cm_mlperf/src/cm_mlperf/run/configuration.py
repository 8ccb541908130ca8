"""What a request for a run means, typed and checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import UsageError, check_alias
from cm_core.base import did_you_mean, user_path
from cm_mlperf.loadgen.rounds import NEWEST, load
from cm_mlperf.loadgen.scenario import SCENARIOS, Mode, parse_scenario
from cm_mlperf.loadgen.settings import Number, read_conf_file, read_conf_options
from cm_mlperf.run.audits import COMPLIANCE
from cm_mlperf.run.levels import LevelFacts, parse_level
from cm_mlperf.run.target import file_part, own_name

if TYPE_CHECKING:
    from cm_core import Request

_MEASURED: tuple[Mode, ...] = ("performance", "accuracy", "find-peak")
_CATEGORIES = {"edge": ("Offline", "SingleStream", "MultiStream"), "datacenter": ("Offline", "Server")}
# More is a typing error, and would keep the machine busy for hours.
_MOST_BATCH, _MOST_THREADS = 65_536, 1024
_MOST, _MOST_WAIT_MS = 1e9, 60_000.0
_NO = frozenset(("no", "off", "false", "0"))


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
    _one_word(request, "implementation", ("reference",), default="reference")
    level = parse_level(
        "demo" if request.flag("demo") else request.text("level"), request.text("execution_mode")
    )
    category = _one_word(request, "category", (*_CATEGORIES, "network"))
    round_ = load(request.text("round") or NEWEST)
    if benchmark := request.text("benchmark"):
        round_.benchmark(benchmark)
    division = _one_word(request, "division", ("open", "closed", "network"), default="open")
    network = tuple(request.words("network") or request.words("sut_servers"))
    if division == "network" and not network:
        raise UsageError("the network division needs systems to ask", hint="add --network=URL,URL")
    scenarios = _scenarios(request, category)
    return RunConfiguration(
        model=_model(request),
        level=level,
        scenarios=scenarios,
        modes=_modes(request, scenarios),
        dataset=request.text("dataset"),
        accuracy=request.text("accuracy"),
        backend=_same(request, "backend", "framework"),
        device=request.text("device", "cpu"),
        precision=request.text("precision"),
        benchmark=benchmark,
        options={
            kind: dict(request.mapping(f"{kind}_options"))
            for kind in ("model", "dataset", "accuracy", "backend")
        },
        category=category,
        division=division,
        round=round_.name,
        submitter=request.text("submitter"),
        system_name=_same(request, "system_name", "hw_name"),
        name=check_alias(request.text("name")) if request.text("name") else "",
        tuning=_tuning(request),
        limits=_limits(request, level),
        conf=_conf(request, cwd, division),
        network=network,
    )


def _model(request: Request) -> str:
    named, option = request.artifact, request.text("model")
    if named and option and named != option:
        raise UsageError(
            f"both '{named}' and --model={option} say what to measure", hint="drop one of the two"
        )
    return option or named or "digits"


def _one_word(request: Request, name: str, allowed: Sequence[str], default: str = "") -> str:
    word = request.text(name) or default
    if word and word not in allowed:
        hint = did_you_mean(word, allowed) or f"write --{name}=" + " or ".join(allowed)
        raise UsageError(f"--{name}={word} is not possible here", hint=hint)
    return word


def _same(request: Request, name: str, synonym: str) -> str:
    first, second = request.text(name), request.text(synonym)
    if first and second and first != second:
        raise UsageError(f"--{name}={first} contradicts --{synonym}={second}", hint="drop one of the two")
    return first or second


def _scenarios(request: Request, category: str) -> tuple[str, ...]:
    words = request.words("scenario")
    every = tuple(scenario.name for scenario in SCENARIOS)
    allowed = _CATEGORIES.get(category, every)
    if not words or request.flag("all_scenarios") or words == ("all",):
        return allowed
    chosen = {parse_scenario(word).name for word in words}
    for name in sorted(chosen - set(allowed)):
        raise UsageError(
            f"the category {category} has no scenario {name}", hint=f"it has: {', '.join(allowed)}"
        )
    return tuple(name for name in every if name in chosen)


def _modes(request: Request, scenarios: Sequence[str]) -> tuple[Mode, ...]:
    words = request.words("mode")
    chosen: list[Mode] = [] if words and words != ("all",) else ["performance", "accuracy"]
    for word in words if words != ("all",) else ():
        known = {"findpeak": "find-peak", "find_peak": "find-peak"}.get(word.lower(), word.lower())
        match = next((mode for mode in _MEASURED if mode == known), None)
        if match is None:
            hint = did_you_mean(word, _MEASURED) or "modes are: " + ", ".join(_MEASURED)
            raise UsageError(f"there is no mode '{word}'", hint=hint)
        chosen.append(match)
    if "find-peak" in chosen and "Server" not in scenarios:
        raise UsageError(
            f"--mode=find-peak searches the peak of Server, not of {', '.join(scenarios)}",
            hint="add --scenario=Server, or name another mode",
        )
    return (*dict.fromkeys(chosen), *_compliance(request))


def _compliance(request: Request) -> tuple[Mode, ...]:
    value = request.options.get("compliance")
    if value is None or str(value).lower() in _NO:
        return ()
    if request.flag("compliance"):
        return COMPLIANCE
    tests: list[Mode] = []
    for word in request.words("compliance"):
        match = next((test for test in COMPLIANCE if test == word.upper()), None)
        if match is None:
            raise UsageError(
                f"there is no compliance test '{word}' here", hint=f"there are: {', '.join(COMPLIANCE)}"
            )
        tests.append(match)
    return tuple(tests)


def _tuning(request: Request) -> Tuning:
    return Tuning(
        batch_size=_whole(request, "batch_size", 1, _MOST_BATCH) or 0,
        workers=_whole(request, "workers", 0, _MOST_THREADS),
        threads=_whole(request, "threads", 0, _MOST_THREADS) or 0,
        max_wait_ms=_number(request, "max_wait", _MOST_WAIT_MS) or 0.0,
    )


def _limits(request: Request, level: LevelFacts) -> Limits:
    duration = _number(request, "duration")
    if duration is not None and level.name == "official":
        raise UsageError(
            "an official run lasts as long as the rules say", hint="drop --duration, or use --level=short"
        )
    return Limits(
        duration_s=duration,
        hang_s=_number(request, "hang_timeout"),
        performance_samples=_whole(request, "performance_sample_count", 1),
    )


def _conf(request: Request, cwd: Path, division: str) -> dict[str, dict[str, Number]]:
    """Lines of ``user.conf``: of a file, of ``--conf``, and of the options that have names of their own."""
    found: dict[str, dict[str, Number]] = {}
    layers = [_named_lines(request), read_conf_options(request.mapping("conf"), division)]
    if name := request.text("user_conf"):
        model = _model(request)
        if (cwd / user_path(file_part(model))).is_file():
            model = own_name(model)
        models = (model, request.text("benchmark"))
        layers.insert(0, read_conf_file(cwd / user_path(name), division, models))
    for layer in layers:
        for scenario, lines in layer.items():
            found.setdefault(scenario, {}).update(lines)
    return found


def _named_lines(request: Request) -> dict[str, dict[str, Number]]:
    lines: dict[str, dict[str, Number]] = {}

    def put(scenario: str, key: str, value: Number | None) -> None:
        if value is not None:
            lines.setdefault(scenario, {})[key] = value

    for key in ("target_qps", "target_latency"):
        common = _number(request, key)
        for name in (
            ("Offline", "Server") if key == "target_qps" else ("SingleStream", "MultiStream", "Server")
        ):
            own = _number(request, f"{name.lower()}_{key}")
            put(name, key, own if own is not None else common)
    for key in ("min_query_count", "max_query_count"):
        put("*", key, _whole(request, key, 1))
    if (seconds := _number(request, "max_duration")) is not None:
        put("*", "max_duration", round(seconds * 1000))
    if (count := _whole(request, "test_query_count", 1)) is not None:
        put("*", "min_query_count", count)
        put("*", "max_query_count", count)
        put("*", "min_duration", 0)
    return lines


def _number(request: Request, name: str, most: float = _MOST) -> float | None:
    text = request.text(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"--{name}={text} is not a number") from error
    if not 0 < value < float("inf"):
        raise UsageError(f"--{name}={text} must be more than 0")
    if value > most:
        raise UsageError(f"--{name}={text} is too much: at most {most:,.0f}")
    return value


def _whole(request: Request, name: str, least: int, most: int | None = None) -> int | None:
    text = request.text(name)
    if not text:
        return None
    if not text.isdecimal() or int(text) < least:
        raise UsageError(f"--{name}={text} must be a whole number of at least {least}")
    if most is not None and int(text) > most:
        raise UsageError(f"--{name}={text} is too much: at most {most:,}")
    return int(text)
