"""Reads experiments into a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cm_core.errors import CMError, NotFoundError
from cm_experiment.analysis.table import Recorded, StepTable
from cm_experiment.record import STUDY_FILE, Study, read_rows, read_study, run_folders

if TYPE_CHECKING:
    from cm_core.artifact import Artifact

Warn = Callable[[str], object]


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
    for artifact in artifacts:
        for study in read_studies(artifact, warn):
            directions |= {one.metric: one.direction == "minimize" for one in study.objectives}
    return StepTable(steps, lower_is_better=directions)


def read_studies(artifact: Artifact, warn: Warn) -> Iterator[Study]:
    """What the runs of an experiment explored, oldest first; runs that the original recorded say nothing."""
    for run in run_folders(artifact.path):
        if (run / STUDY_FILE).is_file():
            try:
                yield read_study(run)
            except CMError as error:
                warn(error.message)
