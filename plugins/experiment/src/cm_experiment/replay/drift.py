"""What is not as it was when a step was recorded."""

from __future__ import annotations

from collections.abc import Mapping

from cm_core import frozen
from cm_core.base import shortened
from cm_experiment.analysis.facts import Fact, facts_of
from cm_experiment.record.layout import Step

_SHOWN = 60


@frozen
class Change:
    """One fact that differs.

    Attributes:
        area: system, packages, repositories, environment, recipe, command, files.
        before, after: ``""`` where there was none.
    """

    area: str
    name: str
    before: str
    after: str

    @property
    def line(self) -> str:
        """The change for a person."""
        before, after = (shortened(text, _SHOWN) or "none" for text in (self.before, self.after))
        return f"{self.area}: {self.name}: {before} -> {after}"


def changes(before: Step, after: Step) -> list[Change]:
    """All facts that differ between two steps, results aside."""
    return _changes(_with_files(before), _with_files(after))


def _with_files(step: Step) -> dict[Fact, str]:
    return {**facts_of(step), **{("files", name): digest for name, digest in step.outputs.items()}}


def _changes(before: Mapping[Fact, str], after: Mapping[Fact, str]) -> list[Change]:
    return [
        Change(area=fact[0], name=fact[1], before=before.get(fact, ""), after=after.get(fact, ""))
        for fact in dict.fromkeys([*before, *after])
        if before.get(fact) != after.get(fact)
    ]
