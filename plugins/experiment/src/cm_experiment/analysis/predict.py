"""What a metric would be for configurations that have not run, and which of them to run next."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from cm_core import NotFoundError, UsageError, frozen
from cm_core.base import did_you_mean, to_number
from cm_experiment.analysis.model import Estimate, Model, Values, fit
from cm_experiment.analysis.table import Recorded, StepTable
from cm_experiment.record.layout import Scalar
from cm_experiment.study.ranges import Domain
from cm_report import statistics
from cm_report.grid import is_number
from cm_report.query import Axis

_FEWEST = 8
_FEWEST_PER_VARIABLE = 3
_MOST_CONFIGURATIONS = 5000
_POINTS_OF_A_RANGE = 33
_SUGGESTED = 3
_WORTH_SAYING = 0.01


@frozen
class Data:
    """What a model is fitted on.

    Attributes:
        variables: those that differ between configurations.
        constants: variable -> its only value.
        configurations: different ones.
        targets: the median of the metric for each.
    """

    variables: tuple[str, ...]
    constants: Mapping[str, Scalar]
    configurations: tuple[Values, ...]
    targets: tuple[float, ...]

    @cached_property
    def values(self) -> Mapping[str, list[Scalar]]:
        """Variable -> what was recorded, in order; numbers before texts."""
        known = {
            name: {configuration[name] for configuration in self.configurations} for name in self.variables
        }
        return {
            name: sorted(values, key=lambda value: (isinstance(value, str), value))
            for name, values in known.items()
        }


@frozen
class Suggestion:
    """A configuration that is worth a run.

    Attributes:
        gain: by how much it is expected to be better than the best one recorded, in units of the metric.
    """

    configuration: Values
    estimate: Estimate
    gain: float


def data_of(table: StepTable, axis: Axis[Recorded]) -> Data:
    """The finished steps as configurations with a metric.

    Raises:
        UsageError: when there are too few to say anything, or nothing varies.
    """
    names = table.of_kind("variable")
    groups: dict[tuple[Scalar, ...], list[float]] = {}
    for step in table.steps:
        value = axis.cell(step)
        key = tuple(step.row.variables.get(table.key(name)) for name in names)
        if step.row.state == "finished" and is_number(value) and None not in key:
            groups.setdefault(key, []).append(value)  # type: ignore[arg-type]
    varying = [place for place in range(len(names)) if len({key[place] for key in groups}) > 1]
    needed = max(_FEWEST, _FEWEST_PER_VARIABLE * len(varying))
    if not varying or len(groups) < needed:
        why = f"{len(groups)} configurations with '{axis.name}' were recorded"
        raise UsageError(
            f"{why}, too few to predict it from {', '.join(names) or 'no variable'}",
            hint=f"at least {needed} different ones are needed; explore more with: cm run experiment",
        )
    if len({value for values in groups.values() for value in values}) == 1:
        raise UsageError(
            f"'{axis.name}' is the same in all steps, so there is nothing to predict",
            hint="choose another --target",
        )
    return Data(
        variables=tuple(names[place] for place in varying),
        constants={
            name: next(iter(groups))[place] for place, name in enumerate(names) if place not in varying
        },
        configurations=tuple({names[place]: key[place] for place in varying} for key in groups),
        targets=tuple(statistics.median(values) for values in groups.values()),
    )


def model_of(data: Data) -> Model:
    """A fitted model; of very many configurations, it sees a random part.

    Raises:
        CMError: when scikit-learn is not installed.
    """
    places = range(len(data.targets))
    if len(places) > _MOST_CONFIGURATIONS:
        places = sorted(random.Random(0).sample(places, _MOST_CONFIGURATIONS))  # type: ignore[assignment] # noqa: S311
    return fit([data.configurations[place] for place in places], [data.targets[place] for place in places])


def configurations_for(data: Data, given: Mapping[str, str]) -> list[Values]:
    """All recorded values of the variables that are not given, with the values of those that are.

    Raises:
        NotFoundError: when there is no such variable, or a text was never recorded.
        UsageError: when a value is no number where numbers were recorded.
    """
    fixed = {name: _given_value(data, name, text) for name, text in given.items()}
    choices = [[fixed[name]] if name in fixed else data.values[name] for name in data.variables]
    combined = itertools.islice(itertools.product(*choices), _MOST_CONFIGURATIONS)
    return [dict(zip(data.variables, values, strict=True)) for values in combined]


def outside(data: Data, configurations: Iterable[Values]) -> list[str]:
    """A sentence for each variable whose values lie outside what was recorded."""
    told: dict[str, None] = {}
    for configuration in configurations:
        for name, value in configuration.items():
            known = [one for one in data.values[name] if isinstance(one, int | float)]
            if isinstance(value, int | float) and known and not known[0] <= value <= known[-1]:
                told[f"{name}={value} is outside what was recorded ({known[0]} to {known[-1]})"] = None
    return list(told)


def suggestions(data: Data, model: Model, space: Mapping[str, Domain], *, lower: bool) -> list[Suggestion]:
    """The configurations that have not run and promise most, the best first.

    They are chosen by expected improvement: what is predicted to be good, and what the model is unsure of.

    Args:
        space: variable -> values that it may have; for others, those that were recorded.
        lower: whether less of the metric is better.
    """
    known = {tuple(configuration.values()) for configuration in data.configurations}
    choices = [_choices(space[name]) if name in space else data.values[name] for name in data.variables]
    new = [
        dict(zip(data.variables, values, strict=True))
        for values in _some(choices)
        if values not in known and _fits(data, values)
    ]
    if not new:
        return []
    best = min(data.targets) if lower else max(data.targets)
    rated = [
        Suggestion(
            configuration=configuration,
            estimate=estimate,
            gain=expected_improvement(estimate, best, lower=lower),
        )
        for configuration, estimate in zip(new, model.estimate(new), strict=True)
    ]
    first, *others = sorted(rated, key=lambda one: -one.gain)[:_SUGGESTED]
    return [first, *(one for one in others if one.gain > _WORTH_SAYING * first.gain)]


def expected_improvement(estimate: Estimate, best: float, *, lower: bool) -> float:
    """How much better than the best known value a configuration is expected to be, counting only gains."""
    distance = best - estimate.value if lower else estimate.value - best
    if estimate.doubt <= 0:
        return max(distance, 0.0)
    ratio = distance / estimate.doubt
    density = math.exp(-ratio * ratio / 2) / math.sqrt(2 * math.pi)
    return distance * (1 + math.erf(ratio / math.sqrt(2))) / 2 + estimate.doubt * density


def _given_value(data: Data, name: str, text: str) -> Scalar:
    if name in data.constants:
        if str(data.constants[name]) == text:
            return data.constants[name]
        raise UsageError(
            f"'{name}' was {data.constants[name]} in all steps, so nothing is known about {name}={text}",
            hint="run some steps with other values of it",
        )
    if name not in data.variables:
        names = (*data.variables, *data.constants)
        raise NotFoundError(
            f"there is no variable '{name}'",
            hint=did_you_mean(name, names) or f"variables are: {', '.join(names)}",
        )
    known = data.values[name]
    if any(isinstance(value, str) for value in known):
        if text not in map(str, known):
            raise NotFoundError(
                f"no step has {name}={text}", hint=f"recorded values are: {', '.join(map(str, known))}"
            )
        return next(value for value in known if str(value) == text)
    return _number(name, text)


def _number(name: str, text: str) -> float:
    value = to_number(text)
    if value is None:
        raise UsageError(f"{name}={text} is not a number", hint=f"write for example --given {name}=8")
    return int(value) if value.is_integer() else value


def _choices(domain: Domain) -> list[Scalar]:
    """The values of a list, or some of a range, evenly spread."""
    if domain.is_list:
        return list(domain.values)
    parts = [place / (_POINTS_OF_A_RANGE - 1) for place in range(_POINTS_OF_A_RANGE)]
    if domain.log:
        found = [domain.low * (domain.high / domain.low) ** part for part in parts]
    else:
        found = [domain.low + (domain.high - domain.low) * part for part in parts]
    return list(dict.fromkeys(round(value) if domain.integer else value for value in found))


def _some(choices: Sequence[Sequence[Scalar]]) -> Iterable[tuple[Scalar, ...]]:
    """All combinations, or a random part of very many."""
    if math.prod(map(len, choices)) <= _MOST_CONFIGURATIONS:
        return itertools.product(*choices)
    generator = random.Random(0)  # noqa: S311 - nothing depends on nobody guessing it
    drawn = (tuple(generator.choice(values) for values in choices) for _ in range(_MOST_CONFIGURATIONS))
    return dict.fromkeys(drawn)


def _fits(data: Data, values: Sequence[Scalar]) -> bool:
    """Whether the model knows the texts among the values; of a new one it has nothing to say."""
    return all(
        not isinstance(value, str) or value in data.values[name]
        for name, value in zip(data.variables, values, strict=True)
    )
