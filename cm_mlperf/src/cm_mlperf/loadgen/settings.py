"""``user.conf``: the keys that LoadGen knows, and the lines of a run.

LoadGen passes over a key that it does not know without a word, so every key is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cm_core import NotFoundError, UsageError
from cm_core.base import did_you_mean, to_number
from cm_mlperf.loadgen.scenario import SCENARIOS

Number = int | float
Who = Literal["anybody", "open", "audit"]
_SEEDS = frozenset(("qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of ``user.conf``.

    Attributes:
        scenarios: for which it means something; empty means all.
        who: may set it: in the closed division only keys for ``anybody``.
        needs_tokens: LoadGen then waits for tokens, and ends the process by a signal where none are reported.
    """

    scenarios: tuple[str, ...] = ()
    who: Who = "anybody"
    needs_tokens: bool = False


KEYS: Mapping[str, Key] = {
    "min_duration": Key(),
    "max_duration": Key(),
    "min_query_count": Key(),
    "max_query_count": Key(),
    "performance_sample_count_override": Key(),
    "accuracy_sample_count_override": Key(),
    "sample_concatenate_permutation": Key(),
    "target_latency": Key(scenarios=("SingleStream", "MultiStream", "Server")),
    "target_qps": Key(scenarios=("Offline", "Server")),
    "coalesce_queries": Key(scenarios=("Server",)),
    "max_async_queries": Key(scenarios=("Server",)),
    "print_timestamps": Key(),
    "target_latency_percentile": Key(scenarios=("SingleStream", "MultiStream", "Server"), who="open"),
    "samples_per_query": Key(scenarios=("MultiStream",), who="open"),
    "use_token_latencies": Key(who="open", needs_tokens=True),
    "infer_token_latencies": Key(who="open", needs_tokens=True),
    "token_latency_scaling_factor": Key(who="open", needs_tokens=True),
    "ttft_latency": Key(scenarios=("Server",), who="open", needs_tokens=True),
    "tpot_latency": Key(scenarios=("Server",), who="open", needs_tokens=True),
    "performance_issue_unique": Key(who="audit"),
    "performance_issue_same": Key(who="audit"),
    "performance_issue_same_index": Key(who="audit"),
    "accuracy_log_rng_seed": Key(who="audit"),
    "accuracy_log_probability": Key(who="audit"),
    "accuracy_log_sampling_target": Key(who="audit"),
}
# Names under which LoadGen's built-in configuration knows the official benchmarks, where they differ.
_CONF_MODELS = {"resnet": "resnet50", "bert-99": "bert", "bert-99.9": "bert", "dlrm-v2-99": "dlrm-v2"}


def conf_model(benchmark: str) -> str:
    """The name of a benchmark in LoadGen's built-in configuration; a neutral one without benchmark."""
    return _CONF_MODELS.get(benchmark, benchmark) or "any"


def check_key(key: str, scenario: str, division: str, *, where: str) -> None:
    """Refuse a key that LoadGen would silently ignore, or that the division does not allow.

    Args:
        scenario: that the line is for; ``*`` for all.
        where: for the message.

    Raises:
        UsageError: saying why.
    """
    if key in _SEEDS:
        raise UsageError(f"{where}: LoadGen ignores '{key}' in user.conf: the round sets the seeds")
    if key == "mode":
        raise UsageError(f"{where}: the mode is not set in user.conf", hint="use --mode")
    if key not in KEYS:
        hint = did_you_mean(key, KEYS) or "the keys are: " + ", ".join(sorted(KEYS))
        raise UsageError(f"{where}: LoadGen would silently ignore the unknown key '{key}'", hint=hint)
    known = KEYS[key]
    if scenario != "*" and known.scenarios and scenario not in known.scenarios:
        raise UsageError(
            f"{where}: '{key}' has no effect for {scenario}", hint=f"it is for {', '.join(known.scenarios)}"
        )
    if known.who == "audit":
        raise UsageError(f"{where}: '{key}' is only set by compliance tests", hint="use --compliance")
    if known.who == "open" and division == "closed":
        raise UsageError(f"{where}: '{key}' is only allowed in the open division", hint="add --division=open")


def _check_own_key(key: str, scenario: str, division: str, *, where: str) -> None:
    """Refuse also what no back end here could finish."""
    check_key(key, scenario, division, where=where)
    if KEYS[key].needs_tokens:
        raise UsageError(
            f"{where}: '{key}' needs a system that reports its tokens, which no back end here does",
            hint="leave it out: queries and samples are measured without tokens",
        )


def read_conf_options(options: Mapping[str, object], division: str) -> dict[str, dict[str, Number]]:
    """Lines from ``--conf.KEY=VALUE`` and ``--conf.SCENARIO.KEY=VALUE``.

    Returns:
        scenario (``*`` for all) -> key -> number.

    Raises:
        UsageError: for an unknown key, scenario, or a value that is no number.
    """
    found: dict[str, dict[str, Number]] = {}
    for name, value in options.items():
        lines = value.items() if isinstance(value, Mapping) else [(name, value)]
        scenario = _scenario(name, "--conf") if isinstance(value, Mapping) else "*"
        for key, text in lines:
            where = f"--conf.{key}" if scenario == "*" else f"--conf.{scenario}.{key}"
            _check_own_key(str(key), scenario, division, where=where)
            found.setdefault(scenario, {})[str(key)] = _number(str(text), where)
    return found


def read_conf_file(path: Path, division: str, models: Iterable[str]) -> dict[str, dict[str, Number]]:
    """Lines of a file in LoadGen's own form: ``model.scenario.key = value``.

    Those for other models are left out, as LoadGen does.

    Args:
        models: names of what is measured; ``bert`` in the file means ``bert-99``, too.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: with the line, when it would be ignored or cannot be read, and when all are for others.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    names = [name for model in models if model for name in (model, conf_model(model))]
    found: dict[str, dict[str, Number]] = {}
    others: set[str] = set()
    # What is no text has no line of the right form either.
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        where = f"{path}, line {number}"
        left, equals, right = (part.strip() for part in text.partition("="))
        # Names of models have dots, so the last two parts are scenario and key.
        parts = left.rsplit(".", 2)
        if not equals or len(parts) != 3:
            raise UsageError(f"{where}: not of the form 'model.scenario.key = value'")
        scenario = _scenario(parts[1], where)
        _check_own_key(parts[2], scenario, division, where=where)
        value = _number(right, where)
        if parts[0] == "*" or any(f"{name}-".startswith(f"{parts[0]}-") for name in names):
            found.setdefault(scenario, {})[parts[2]] = value
        else:
            others.add(parts[0])
    if others and not found:
        raise UsageError(
            f"{path} has lines for {', '.join(sorted(others))} only, none for {names[0]}",
            hint=f"start lines with {names[0]}, or with * for every model",
        )
    return found


def merge_settings(scenario: str, layers: Iterable[Mapping[str, Mapping[str, Number]]]) -> dict[str, Number]:
    """The lines for one scenario, later layers over earlier ones, lines for it over lines for all."""
    result: dict[str, Number] = {}
    for layer in layers:
        common = layer.get("*", {})
        result |= {
            key: value
            for key, value in common.items()
            if not KEYS[key].scenarios or scenario in KEYS[key].scenarios
        }
        result |= layer.get(scenario, {})
    return result


def conf_text(scenario: str, lines: Mapping[str, Number]) -> str:
    """The file."""
    return "".join(f"*.{scenario}.{key} = {value}\n" for key, value in sorted(lines.items()))


def _scenario(word: str, where: str) -> str:
    names = [scenario.name for scenario in SCENARIOS]
    if word == "*" or word in names:
        return word
    raise UsageError(
        f"{where}: there is no scenario '{word}'", hint=did_you_mean(word, names) or ", ".join(names)
    )


def _number(text: str, where: str) -> Number:
    value = to_number(text)
    if value is None:
        raise UsageError(f"{where}: '{text}' is not a number")
    if value < 0:
        raise UsageError(f"{where}: {text} is not a number that LoadGen accepts")
    return int(value) if value == int(value) else value
