from operator import itemgetter

import pytest

from cm_core import UsageError
from cm_report.arithmetic import ExpressionError
from cm_report.grid import Columns
from cm_report.grouping import Grouping, group_rows

ROWS = [
    {"kind": "a", "mode": "x", "speed": 10, "latency_ms": 5, "name": "one", "unit": "u"},
    {"kind": "a", "mode": "y", "speed": 30, "latency_ms": 9, "name": "two", "unit": "u"},
    {"kind": "b", "mode": "x", "speed": 20, "latency_ms": 2, "name": "three", "unit": "u"},
    {"kind": "b", "mode": "x", "speed": 40, "latency_ms": 4, "name": "four", "unit": "u"},
    {"kind": "c", "mode": "y", "speed": None, "latency_ms": None, "name": "five", "unit": "u"},
]


class Apart(Columns):
    """Speeds in different units cannot be compared, and names tell what else changes."""

    def apart(self, name, rows):
        units = {row["unit"] for row in rows}
        return f"different units: {', '.join(sorted(units))}" if name == "speed" and len(units) > 1 else ""

    def change(self, name, first, second):
        return f"{first['name']} to {second['name']}" if first and second else ""


def table(rows=ROWS, cls=Columns, **asked):
    found = group_rows(
        cls({name: itemgetter(name) for name in ROWS[0]}), rows, Grouping(**{"by": (), **asked})
    )
    return [found.grid.header, *map(tuple, found.grid.rows)], found.remarks


def test_groups_are_counted_the_largest_first():
    rows = [*ROWS, ROWS[2]]
    assert table(rows, by=("kind",))[0] == [("kind", "count"), ("b", 3), ("a", 2), ("c", 1)]
    assert table(rows, by=("kind", "mode"), sort=("mode", "-kind"))[0][1:] == [
        ("b", "x", 3), ("a", "x", 1), ("c", "y", 1), ("a", "y", 1),
    ]  # fmt: skip


def test_different_values_are_counted():
    assert table(by=("kind",), count="mode")[0] == [("kind", "count mode"), ("a", 2), ("b", 1), ("c", 1)]
    assert table(count="speed")[0] == [("count speed",), (4,)]
    assert table(pivot="kind", count="mode", ratio="a/b")[0][1] == (2, 1, 1, 2)


def test_the_best_of_each_group_with_columns_of_its_row():
    assert table(by=("kind",), best="speed:max", columns=("name",))[0] == [
        ("kind", "speed", "name"), ("b", 40, "four"), ("a", 30, "two"), ("c", None, None),
    ]  # fmt: skip
    assert table(by=("kind",), best="latency_ms")[0][1:] == [("b", 2), ("a", 5), ("c", None)]
    assert table(best="speed:min")[0] == [("speed",), (10,)]
    assert table(by=("kind",), best="speed / latency_ms:max")[0][1] == ("b", 10)


def test_several_numbers_of_each_group():
    assert table(by=("kind",), best="speed:max", median="latency_ms", count="rows")[0] == [
        ("kind", "speed", "median latency_ms", "count"),
        ("b", 40, 3, 2),
        ("a", 30, 7, 2),
        ("c", None, None, 1),
    ]


def test_values_of_a_column_as_columns():
    assert table(by=("kind",), pivot="mode")[0] == [
        ("kind", "x", "y"), ("b", 2, None), ("a", 1, 1), ("c", None, 1),
    ]  # fmt: skip
    assert table(pivot="kind", median="latency_ms")[0] == [("a", "b", "c"), (7, 3, None)]
    versions = [{**ROWS[0], "mode": mode} for mode in ("v10.0", "v2.1", "v3.0")]
    assert table(versions, pivot="mode")[0][0] == ("v2.1", "v3.0", "v10.0")


def test_a_ratio_says_how_many_times_as_good():
    assert table(by=("kind",), pivot="mode", best="speed:max", ratio="Y/x")[0] == [
        ("kind", "x", "y", "Y/x"), ("a", 10, 30, 3), ("b", 40, None, None), ("c", None, None, None),
    ]  # fmt: skip
    assert table(by=("kind",), pivot="mode", best="latency_ms", ratio="y/x")[0][1] == ("a", 5, 9, 5 / 9)
    slashed = [{**ROWS[0], "mode": mode, "speed": speed} for mode, speed in (("a/b", 2), ("c", 8))]
    assert table(slashed, pivot="mode", best="speed:max", ratio="c/a/b")[0][1] == (2, 8, 4)


def test_what_cannot_be_compared_is_neither_ordered_nor_divided():
    rows = [{**row, "unit": row["mode"]} for row in ROWS]
    with pytest.raises(UsageError, match="the group 'a' cannot be compared: different units: x, y"):
        table(rows, Apart, by=("kind",), best="speed:max")
    found, remarks = table(rows, Apart, by=("kind",), pivot="mode", best="speed:max", ratio="y/x")
    assert found[1:] == [("b", 40, None, None), ("a", 10, 30, None), ("c", None, None, None)]
    assert remarks == ("y/x is left out in 1 row: different units: x, y",)


def test_what_else_changes_stands_beside_a_ratio():
    found, _ = table(cls=Apart, by=("kind",), pivot="mode", best="speed:max", ratio="y/x")
    assert found[0][-1] == "change"
    assert found[1] == ("a", 10, 30, 3, "one to two")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"by": ("kind",), "columns": ("name",)}, "the columns are those of the best row"),
        ({"pivot": "mode", "best": "speed:max", "columns": ("name",)}, "those of the best row"),
        ({"pivot": "mode", "best": "speed:max", "count": "rows"}, "a pivot shows one number"),
        ({"by": ("kind",), "ratio": "x/y"}, "--ratio divides two columns of a pivot"),
        ({"pivot": "mode", "ratio": "x"}, "--ratio cannot be 'x'"),
        ({"pivot": "mode", "ratio": "x/x"}, "--ratio cannot be 'x/x'"),
        ({"pivot": "mode", "ratio": "x/z"}, "--ratio cannot be 'x/z'"),
        ({"best": "speed"}, "a low or a high 'speed'"),
        ({"best": "name:max"}, "'name' is text, but a number is needed"),
        ({"median": "name"}, "'name' is text, but a number is needed"),
    ],
)
def test_flags_that_do_not_go_together(asked, message):
    with pytest.raises(UsageError, match=message):
        table(**asked)


def test_a_pivot_of_too_many_values_is_refused():
    rows = [{**ROWS[0], "name": f"n{place}"} for place in range(41)]
    with pytest.raises(UsageError, match="'name' has 41 values"):
        table(rows, pivot="name")


def test_an_unknown_column_is_refused():
    for asked in ({"by": ("kin",)}, {"best": "sped"}, {"pivot": "mod"}):
        with pytest.raises(ExpressionError, match="there is no column"):
            table(**asked)


def test_nothing_is_wanted_without_a_flag():
    assert not Grouping(columns=("a",), sort=("b",)).wanted
    assert Grouping(count="rows").wanted


def test_without_rows_there_are_no_groups():
    assert table([], by=("kind",), best="speed:max")[0] == [("kind", "speed")]
