"""What a step ran with and on, and where two sets of steps differ in that."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from cm_core.slotted import frozen
from cm_experiment.record import Step

_MOST_VALUES = 4


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
    def told(self) -> str:
        """One line for a person."""
        return f"{self.fact}: {_shown(self.first)} | {_shown(self.second)}"


def facts_of(step: Step) -> dict[str, str]:
    """Facts about system, versions and command of a step, without its variables."""
    facts = {f"system.{key}": str(value) for key, value in step.system.items()}
    facts |= {f"packages.{key}": value for key, value in step.packages.items()}
    facts |= {f"env.{key}": value for key, value in step.env.items() if key not in step.variables}
    for repository in step.repositories:
        changed = " with changes" if repository.get("changed_files") else ""
        name = repository.get("alias") or repository.get("uid")
        facts[f"repositories.{name}"] = f"{repository.get('commit') or 'no commit'}{changed}"
    facts |= {f"recipe.{key}": value for key, value in step.recipe.items()}
    known = {"host": step.host, "executor": step.executor, "program": _program(step)}
    return {**facts, **{key: value for key, value in known.items() if value}}


def deviations(first: Iterable[Step], second: Iterable[Step]) -> list[Deviation]:
    """The facts in which two sets of steps differ, by name."""
    sides = [_gathered(steps) for steps in (first, second)]
    found = []
    for fact in sorted(sides[0].keys() | sides[1].keys()):
        values = [tuple(sorted(side.get(fact, ()))) for side in sides]
        if values[0] != values[1]:
            found.append(Deviation(fact=fact, first=values[0], second=values[1]))
    return found


def _gathered(steps: Iterable[Step]) -> Mapping[str, set[str]]:
    gathered: dict[str, set[str]] = {}
    for step in steps:
        for fact, value in facts_of(step).items():
            gathered.setdefault(fact, set()).add(value)
    return gathered


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


def _shown(values: tuple[str, ...]) -> str:
    more = f", … ({len(values)} values)" if len(values) > _MOST_VALUES else ""
    return ", ".join(values[:_MOST_VALUES]) + more or "-"
