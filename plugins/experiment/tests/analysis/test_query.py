from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_experiment.analysis.query import Axis, lower_by_name, pareto
from cm_experiment.analysis.table import Recorded
from cm_experiment.record.layout import Row


def recorded(number, values):
    row = Row(
        uid=str(number), run="r", number=number, state="finished", variables={}, host="", started=0.0,
        duration_s=0.0, metrics={str(place): value for place, value in enumerate(values)},
    )  # fmt: skip
    return Recorded("e", Path(), row)


def axis(place, lower):
    return Axis(name=str(place), lower=lower, cell=lambda step: step.row.metrics[str(place)])


@pytest.mark.parametrize("count", [2, 3, 4])
@given(data=st.data())
def test_the_front_is_what_no_other_step_beats(count, data):
    points = data.draw(st.lists(st.tuples(*[st.integers(0, 4)] * count), max_size=25))
    directions = data.draw(st.tuples(*[st.booleans()] * count))
    steps = [recorded(number, values) for number, values in enumerate(points)]
    signs = [1 if lower else -1 for lower in directions]

    def beats(one, other):
        pairs = [(a * sign, b * sign) for a, b, sign in zip(one, other, signs, strict=True)]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    front = pareto(steps, [axis(place, lower) for place, lower in enumerate(directions)])
    expected = {number for number, one in enumerate(points) if not any(beats(other, one) for other in points)}
    assert {step.row.number for step in front} == expected
    firsts = [step.row.metrics["0"] * signs[0] for step in front]
    assert firsts == sorted(firsts)


def test_ten_thousand_steps_that_are_all_on_the_front():
    steps = [recorded(n, (n, 10_000 - n, (n * 7919) % 10_000)) for n in range(10_000)]
    assert len(pareto(steps, [axis(place, lower=True) for place in range(3)])) == 10_000


@pytest.mark.parametrize(
    ("name", "lower"),
    [
        ("latency_ms", True), ("p99_ms", True), ("time", True), ("power_w", True), ("loss", True),
        ("accuracy", False), ("offline_throughput", False), ("samples_per_s", False),
        ("energy_per_s", False), ("batch", None), ("answer", None),
        ("mapping", None), ("mapping_ms", True), ("accuracy_loss", True), ("latency.p99", True),
    ],
)  # fmt: skip
def test_what_names_tell(name, lower):
    assert lower_by_name(name) is lower
