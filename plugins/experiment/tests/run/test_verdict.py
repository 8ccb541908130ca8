"""What a run says at its end."""

import pytest

from cm_experiment.record.layout import Objective, Row, Study
from cm_experiment.run.runner import Outcome
from cm_experiment.run.verdict import closing_lines

SPEED = Objective(metric="speed", direction="maximize")
LATENCY = Objective(metric="latency", direction="minimize")


def row(number, **metrics):
    return Row(
        uid=f"{number}", run="r", number=number, state="finished", variables={"N": number}, metrics=metrics,
        started=0.0, duration_s=1.0, host="h",
    )  # fmt: skip


ROWS = (row(1, speed=5, latency=1), row(2, speed=9, latency=3), row(3, speed=7, latency=2))


@pytest.mark.parametrize(
    ("objectives", "constraints", "expected"),
    [
        ((SPEED,), (), ["best: speed 9 at N=2 (step 2)"]),
        (
            (SPEED, LATENCY),
            (),
            ["best: speed 9, latency 3 at N=2 (step 2)", "better in this: latency 1 at N=1 (step 1)"],
        ),
        (
            (SPEED, LATENCY),
            ("speed > 6",),
            ["best: speed 9, latency 3 at N=2 (step 2)", "better in this: latency 2 at N=3 (step 3)"],
        ),
        ((SPEED, LATENCY), ("speed > 8",), ["best: speed 9, latency 3 at N=2 (step 2)"]),
    ],
)
def test_the_best_step_is_not_called_best_in_what_another_does_better(
    tmp_path, objectives, constraints, expected
):
    study = Study(command=("x",), objectives=objectives, constraints=constraints)
    outcome = Outcome(run=tmp_path, rows=ROWS, complete=True, budget_spent=False)
    assert closing_lines(study, outcome, ROWS[1]) == ["steps: 3 finished", *expected]
