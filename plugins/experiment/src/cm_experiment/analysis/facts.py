"""What a step ran with and on, and where two sets of steps differ in that."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cm_core import frozen
from cm_experiment.record.layout import Step

ENVIRONMENT = "environment"
PROGRAM = ("command", "program")
COMMAND = ("command", "line")
_MOST_VALUES = 4
# Variables of the environment that say where a step runs.
_OF_THE_STEP = "CM_EXPERIMENT_"


Fact = tuple[str, str]


@frozen
class Deviation:
    """A fact that is not the same on both sides.

    Attributes:
        fact: such as ``system.cpu`` or ``packages.numpy``.
        first, second: the values found on either side; none where the fact is not known there.
    """

    fact: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def sides(self) -> tuple[str, str]:
        """Both sides for a person."""
        return _values_text(self.first), _values_text(self.second)

    @property
    def in_words(self) -> str:
        """One line for a person."""
        return f"{self.fact}: {' | '.join(self.sides)}"


def facts_of(step: Step) -> dict[Fact, str]:
    """(area, name) -> value, about system, versions and command of a step; without its variables."""
    repositories = {
        str(one.get("alias") or one.get("path") or one.get("uid", "")): _commit(one)
        for one in step.repositories
    }
    environment = {
        key: value
        for key, value in step.env.items()
        if key not in step.variables and not key.startswith(_OF_THE_STEP)
    }
    areas: Mapping[str, Mapping[str, Any]] = {
        "system": {"host": step.host, **step.system},
        "packages": step.packages,
        "repositories": repositories,
        ENVIRONMENT: environment,
        "recipe": step.recipe,
        "command": {"program": _program(step), "executor": step.executor},
    }
    return {
        (area, name): str(value)
        for area, facts in areas.items()
        for name, value in facts.items()
        if value not in (None, "")
    }


def deviations(
    first: Iterable[Step], second: Iterable[Step], explored: Sequence[Mapping[Fact, set[str]]]
) -> list[Deviation]:
    """The facts in which two sets of steps differ, by name.

    Args:
        explored: for each of them, what the studies say: whole commands, for one. A step has its command
            with the values of its variables in it.
    """
    sides = [{**gather_facts(steps), **more} for steps, more in zip((first, second), explored, strict=True)]
    # Where one of them is unknown, the first word of the others is all that can be compared.
    dropped = PROGRAM if all(COMMAND in side for side in sides) else COMMAND
    for side in sides:
        side.pop(dropped, None)
    found = []
    for area, name in sorted(sides[0].keys() | sides[1].keys()):
        values = [tuple(sorted(side.get((area, name), ()))) for side in sides]
        if values[0] != values[1]:
            found.append(Deviation(fact=f"{area}.{name}", first=values[0], second=values[1]))
    return found


def gather_facts(steps: Iterable[Step]) -> dict[Fact, set[str]]:
    """The facts of some steps with all their values."""
    found: dict[Fact, set[str]] = {}
    for step in steps:
        for fact, value in facts_of(step).items():
            found.setdefault(fact, set()).add(value)
    return found


def _commit(repository: Mapping[str, Any]) -> str:
    number = repository.get("changed_files")
    changed = f" with {number} changed files" if number else ""
    return f"{repository.get('commit') or 'no commit'}{changed}"


def _program(step: Step) -> str:
    """The first word of the command; its arguments hold the variables."""
    if not step.command:
        return ""
    if not step.shell:
        return step.command[0]
    try:
        return shlex.split(step.command[0])[0]
    except (ValueError, IndexError):
        return step.command[0]


def _values_text(values: tuple[str, ...]) -> str:
    more = f", … ({len(values)} values)" if len(values) > _MOST_VALUES else ""
    return ", ".join(values[:_MOST_VALUES]) + more or "-"
