import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import UsageError
from cm_report.grid import Columns, Grid, lower_by_name
from cm_report.query import Axis, front_axes, grouped, ordered, pareto, read_axes


def axis(place, lower):
    return Axis(name=str(place), lower=lower, cell=lambda row: row[place])


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@given(data=st.data())
def test_the_front_is_what_no_other_row_beats(count, data):
    points = data.draw(st.lists(st.tuples(*[st.integers(0, 4)] * count), max_size=25))
    directions = data.draw(st.tuples(*[st.booleans()] * count))
    signs = [1 if lower else -1 for lower in directions]

    def beats(one, other):
        pairs = [(a * sign, b * sign) for a, b, sign in zip(one, other, signs, strict=True)]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    front = pareto(points, [axis(place, lower) for place, lower in enumerate(directions)])
    expected = [one for one in points if not any(beats(other, one) for other in points)]
    assert sorted(front) == sorted(expected)
    firsts = [row[0] * signs[0] for row in front]
    assert firsts == sorted(firsts)


def test_ten_thousand_rows_that_are_all_on_the_front():
    rows = [(n, 10_000 - n, (n * 7919) % 10_000) for n in range(10_000)]
    assert len(pareto(rows, [axis(place, lower=True) for place in range(3)])) == 10_000


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


NAMES = ("n", "name", "cost", "tags", "flag")
ROWS = [
    (3, "beta", 1.5, ("b", "a"), True),
    (None, "Alpha", float("nan"), (), False),
    (1, "gamma", 2.5, ("a",), None),
]
COLUMNS = Columns({name: (lambda row, place=place: row[place]) for place, name in enumerate(NAMES)})


def places(rows):
    return [ROWS.index(row) for row in rows]


def test_orders_put_numbers_before_text_and_what_is_missing_last():
    assert places(ordered(COLUMNS, ROWS, ["n"])) == [2, 0, 1]
    assert places(ordered(COLUMNS, ROWS, ["-n"])) == [0, 2, 1]
    assert places(ordered(COLUMNS, ROWS, ["name"])) == [1, 0, 2]
    assert places(ordered(COLUMNS, ROWS, ["-cost"])) == [2, 0, 1]
    assert places(ordered(COLUMNS, ROWS, ["tags"])) == [1, 2, 0]
    assert places(ordered(COLUMNS, ROWS, ["flag", "n"])) == [1, 0, 2]


def test_axes_take_their_direction_from_the_text_or_the_name():
    axes = read_axes(COLUMNS, ROWS, ["cost", "n:max", "n * cost : min"])
    assert [one.in_words for one in axes] == [
        "cost (less is better)",
        "n (more is better)",
        "n * cost (less is better)",
    ]
    assert front_axes(COLUMNS, ROWS, []) == ()
    assert pareto([], read_axes(COLUMNS, [], ["cost", "name:min"])) == []


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("n", "it is unknown whether a low or a high 'n' is better", "write n:min or n:max"),
        ("name:min", "'name' is text, but a number is needed", "numbers are: n, cost"),
        (
            "n / 0:min",
            "'n / 0' has no value in any row, but a number is needed",
            "numbers are: n, cost",
        ),
    ],
)
def test_what_is_no_objective(text, message, hint):
    with pytest.raises(UsageError) as caught:
        front_axes(COLUMNS, ROWS, ["cost", text])
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_groups_come_in_the_order_of_the_rows():
    cells = [lambda number: number % 3, lambda number: number > 4]
    assert grouped(range(8), cells) == {
        (0, False): [0, 3], (1, False): [1, 4], (2, False): [2], (2, True): [5], (0, True): [6], (1, True): [7],
    }  # fmt: skip


def test_columns_that_say_nothing_are_left_out():
    grid = Grid(header=("a", "b", "c"), rows=[(None, "", 0), (None, "", None)])
    assert grid.filled().header == ("b", "c")
    assert grid.filled((None, "")) == Grid(header=("c",), rows=[(0,), (None,)])
    assert Grid(header=("a",), rows=[]).filled().header == ("a",)
