"""What is not as it was when a step was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core.slotted import frozen
from cm_experiment.record import Step

_SHOWN = 60


@frozen
class Change:
    """One fact that differs.

    Attributes:
        area: system, packages, repositories, environment, files.
        before, after: ``""`` where there was none.
    """

    area: str
    name: str
    before: str
    after: str

    @property
    def line(self) -> str:
        """The change for a person."""
        return f"{self.area}: {self.name}: {_short(self.before) or 'none'} -> {_short(self.after) or 'none'}"

    def to_json(self) -> dict[str, str]:
        return {"area": self.area, "name": self.name, "before": self.before, "after": self.after}


def changes(before: Step, after: Step) -> list[Change]:
    """All facts that differ between two steps, results aside."""
    machine = {"host": before.host, **before.system}, {"host": after.host, **after.system}
    return [
        *_changes("system", *machine),
        *_changes("packages", before.packages, after.packages),
        *_changes("repositories", _commits(before), _commits(after)),
        *_changes("environment", _environment(before), _environment(after)),
        *_changes("files", before.outputs, after.outputs),
    ]


def _changes(area: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = dict.fromkeys([*before, *after])
    return [
        Change(area=area, name=name, before=str(before.get(name, "")), after=str(after.get(name, "")))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _commits(step: Step) -> dict[str, str]:
    found = {}
    for repository in step.repositories:
        name = str(repository.get("alias") or repository.get("path") or repository.get("uid", ""))
        changed = f" with {number} changed files" if (number := repository.get("changed_files")) else ""
        found[name] = f"{repository.get('commit', '')}{changed}"
    return found


def _environment(step: Step) -> dict[str, str]:
    return {name: value for name, value in step.env.items() if not name.startswith("CM_EXPERIMENT_")}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
