"""What of steps and predictions is shown in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_experiment.analysis.table import Recorded, StepTable
from cm_report.tables import text_table

if TYPE_CHECKING:
    from cm_experiment.analysis.model import Estimate, Model, Quality, Values
    from cm_experiment.analysis.predict import Data, Suggestion

_MOST_COLUMNS = 10
_MOST_ROWS = 40


def default_columns(table: StepTable, steps: Sequence[Recorded]) -> tuple[str, ...]:
    """Variables, then objectives, then other metrics, as many as fit; the state where some did not finish."""
    experiments = {step.experiment for step in table.steps}
    variables, metrics = table.of_kind("variable"), table.of_kind("metric")
    objectives = [name for name in table.directions if name in table.names]
    others = [name for name in metrics if name not in objectives]
    room = max(_MOST_COLUMNS - len(variables) - len(objectives), 1)
    finished = all(step.row.state == "finished" for step in steps)
    return (
        *(("experiment",) if len(experiments) > 1 else ()),
        *variables,
        *objectives,
        *others[:room],
        *(() if finished else (_step_column(table, "state"),)),
        _step_column(table, "uid"),
    )


def _step_column(table: StepTable, name: str) -> str:
    """Where a fact about the step is found; another column may have its name."""
    return name if name in table.of_kind("step") else f"step.{name}"


def prediction_lines(
    target: str,
    data: Data,
    model: Model,
    predicted: Sequence[tuple[Values, Estimate]],
    suggestions: Sequence[Suggestion],
) -> list[str]:
    """The model, what it predicts, and what to run next."""
    lines = [_quality_line(target, len(data.targets), model.quality)]
    if model.quality.explained <= 0:
        lines.append("the model is no better than always predicting the average: do not rely on it")
    if predicted:
        rows = [[*values.values(), one.value, one.low, one.high] for values, one in predicted[:_MOST_ROWS]]
        header = (*predicted[0][0], target, "low", "high")
        lines += [
            "",
            *text_table(header, rows),
            "9 of 10 cross-validation errors lie between low and high",
        ]
    if not suggestions:
        return [*lines, "", "every configuration of the space has run"]
    rows = [
        [*one.configuration.values(), one.estimate.value, one.estimate.low, one.estimate.high]
        for one in suggestions
    ]
    header = (*suggestions[0].configuration, target, "low", "high")
    return [*lines, "", "to run next, the most promising first:", *text_table(header, rows)]


def _quality_line(target: str, count: int, quality: Quality) -> str:
    error = f"{quality.relative_error:.1%}" if quality.relative_error is not None else f"{quality.error:.4g}"
    explained = f"{max(quality.explained, 0):.1%} of the variance explained"
    return (
        f"{target} from {count} configurations ({quality.method}): "
        f"median error {error}, {explained} ({quality.folds}-fold cross-validation)"
    )
