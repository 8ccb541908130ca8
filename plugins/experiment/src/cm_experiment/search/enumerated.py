"""Points that are known beforehand: grid, list and random."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence

from cm_core import UsageError
from cm_experiment.record.layout import Row, Scalar
from cm_experiment.search import Point
from cm_experiment.study.problem import Problem, Values
from cm_experiment.study.ranges import Domain

_MOST_POINTS = 1_000_000


class EnumeratedSearch:
    """Goes through points in their order; a step that is done already is passed over."""

    def __init__(self, problem: Problem, done: Sequence[Row]) -> None:
        planned = _number(problem)
        self.planned: int | None = planned
        finished = {row.number for row in done if row.state in ("finished", "pruned")}
        new = (
            Point(number=number, values=values)
            for number, values in enumerate(points(problem), start=1)
            if number not in finished
        )
        # Those of a repetition of all steps that was interrupted.
        rest = [
            Point(number=row.number, values=row.variables)
            for row in done
            if row.number not in finished and row.number > planned
        ]
        self._points = itertools.chain(new, rest)

    def ask(self) -> Point | None:
        """The next point."""
        return next(self._points, None)

    def tell(self, row: Row) -> None:
        """Results change nothing here."""


def points(problem: Problem) -> Iterator[Values]:
    """All points of a problem, always in the same order."""
    if problem.method == "list":
        yield from _listed_points(problem)
    elif problem.method == "random":
        yield from _random(problem)
    else:
        names = tuple(problem.space)
        for values in itertools.product(*(problem.space[name].values for name in names)):
            yield dict(zip(names, values, strict=True))


def _number(problem: Problem) -> int:
    if problem.method == "list":
        return len(list(_listed_points(problem)))
    if problem.method == "random":
        if problem.trials is None:
            raise UsageError("a random search needs a number of steps", hint="add: --trials=20")
        size = size_of(problem.space)
        return problem.trials if size is None else min(problem.trials, size)
    for name, domain in problem.space.items():
        if not domain.is_list:
            raise UsageError(
                f"a grid cannot try all numbers of the variable {name}",
                hint=f"list some: --explore.{name}='linspace({domain.low}, {domain.high}, 5)';"
                " or add --search=random --trials=20",
            )
    size = math.prod(len(domain.values) for domain in problem.space.values())
    if size > _MOST_POINTS:
        raise UsageError(
            f"the grid has {size} points, at most {_MOST_POINTS} are possible",
            hint="take some at random: --search=random --trials=100",
        )
    return size


def _listed_points(problem: Problem) -> Iterator[Values]:
    if problem.points:
        yield from problem.points
        return
    lengths = {name: len(domain.values) for name, domain in problem.space.items()}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise UsageError(
            f"a list takes the first values of all variables, then the second ones, ...: {shown}",
            hint="give each variable equally many values, or leave out --search=list",
        )
    names = tuple(problem.space)
    for values in zip(*(problem.space[name].values for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _random(problem: Problem) -> Iterator[Values]:
    """Different points, where there are that many."""
    # Reproducible on purpose; nothing here is a secret.
    generator = random.Random(problem.seed)  # noqa: S311
    number = _number(problem)
    size = size_of(problem.space)
    if size is None:
        for _ in range(number):
            yield {name: _draw_value(domain, generator) for name, domain in problem.space.items()}
    else:
        for index in generator.sample(range(size), number):
            yield point_at(problem.space, index)


def size_of(space: Mapping[str, Domain]) -> int | None:
    """How many points a space has; ``None`` when there is no end to them."""
    size = 1
    for domain in space.values():
        if domain.is_list:
            size *= len(dict.fromkeys(domain.values))
        elif domain.integer:
            size *= int(domain.high) - int(domain.low) + 1
        else:
            return None
    return size


def point_at(space: Mapping[str, Domain], index: int) -> Values:
    """A point of a space that has an end, by its position from 0."""
    values: dict[str, Scalar] = {}
    for name, domain in space.items():
        if domain.is_list:
            listed = tuple(dict.fromkeys(domain.values))
            index, place = divmod(index, len(listed))
            values[name] = listed[place]
        else:
            index, place = divmod(index, int(domain.high) - int(domain.low) + 1)
            values[name] = int(domain.low) + place
    return values


def _draw_value(domain: Domain, generator: random.Random) -> Scalar:
    if domain.is_list:
        return domain.values[generator.randrange(len(domain.values))]
    if domain.integer:
        return generator.randint(int(domain.low), int(domain.high))
    if domain.log:
        return math.exp(generator.uniform(math.log(domain.low), math.log(domain.high)))
    return generator.uniform(domain.low, domain.high)
