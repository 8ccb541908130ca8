"""Reads experiments into a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cm_core import CMError, NotFoundError
from cm_experiment.analysis.table import Recorded, StepTable
from cm_experiment.record.layout import STUDY_FILE, Step, Study, read_step, read_study
from cm_experiment.record.rows import read_rows, run_folders
from cm_experiment.study.template import command_text

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core import Artifact
    from cm_experiment.analysis.facts import Fact

Warn = Callable[[str], object]
_MOST_RECORDS = 200


def read_table(artifacts: Sequence[Artifact], warn: Warn) -> StepTable:
    """All steps of some experiments.

    Args:
        warn: told about each record that cannot be read; the other steps are unharmed.

    Raises:
        NotFoundError: when none of them has a step.
    """
    steps = [
        Recorded(artifact.name, artifact.path, row)
        for artifact in artifacts
        for row in read_rows(artifact.path, warn=warn)
    ]
    if not steps:
        names = ", ".join(f"'{artifact.name}'" for artifact in artifacts)
        plural = "s" if len(artifacts) > 1 else ""
        raise NotFoundError(
            f"the experiment{plural} {names} {'have' if plural else 'has'} no steps yet",
            hint=f"run something in it: cm run experiment {artifacts[0].name} -- COMMAND",
        )
    directions: dict[str, bool] = {}
    constraints: dict[str, list[str]] = {}
    for artifact in artifacts:
        for study in read_studies(artifact, warn):
            directions |= {one.metric: one.direction == "minimize" for one in study.objectives}
            known = constraints.setdefault(artifact.name, [])
            known += [text for text in study.constraints if text not in known]
    return StepTable(steps, directions=directions, constraints=constraints)


def read_studies(artifact: Artifact, warn: Warn) -> Iterator[Study]:
    """What the runs of an experiment explored, oldest first; runs that the original recorded say nothing."""
    for run in run_folders(artifact.path):
        if (run / STUDY_FILE).is_file():
            try:
                yield read_study(run)
            except CMError as error:
                warn(error.message)


def _study_or_none(run: Path) -> Study | None:
    try:
        return read_study(run)
    except CMError:
        return None


def records_of(table: StepTable) -> list[Step]:
    """The records of some steps, spread evenly over all; those that cannot be read are left out."""
    stride = math.ceil(len(table.steps) / _MOST_RECORDS) or 1
    found = (record_or_none(step) for step in table.steps[::stride])
    return [step for step in found if step is not None]


def study_facts(table: StepTable, *, besides: Sequence[str]) -> dict[Fact, set[str]]:
    """What was explored to get the steps: whole commands, how metrics were found, and variables.

    Args:
        besides: variables that a reader sees anyway.
    """
    found: dict[Fact, set[str]] = {}

    def add(area: str, name: str, value: object) -> None:
        found.setdefault((area, name), set()).add(str(value))

    for run in dict.fromkeys(step.path.parent for step in table.steps):
        study = _study_or_none(run)
        if study is None:
            continue
        if study.command:
            add("command", "line", command_text(study.command, shell=study.shell))
        for metric, rule in study.metric_rules.items():
            add("command", f"pattern of {metric}", rule)
    for name in table.of_kind("variable"):
        for value in table.values(name) if name not in besides else ():
            add("variable", name, value)
    return found


def record_or_none(step: Recorded) -> Step | None:
    """The whole record of a step; ``None`` when it cannot be read."""
    try:
        return read_step(step.path)
    except CMError:
        return None
