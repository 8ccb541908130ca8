"""Rows of tables at once: the objects that decoding one by one gives, or nothing."""

import math
from collections.abc import Mapping
from typing import Literal

import pytest

from cm_core.base.frozen import frozen
from cm_core.base.recordrows import decode_alike
from cm_core.base.records import decode


@frozen
class Cell:
    """A row of a table."""

    name: str
    state: Literal["running", "finished"]
    value: float
    metrics: Mapping[str, str | float]


_CELL = {"name": "a", "state": "finished", "value": 1.5, "metrics": {"x": 1, "y": 0.5, "z": "no"}}


def test_rows_that_are_alike_are_the_objects_that_decoding_them_one_by_one_gives():
    rows = [_CELL, {**_CELL, "name": "b", "value": 2, "metrics": {}}]
    assert decode_alike(Cell, rows) == [decode(Cell, row, source="rows") for row in rows]
    assert decode_alike(Cell, []) == []


@pytest.mark.parametrize(
    "other",
    [
        {**_CELL, "more": 1},
        {key: value for key, value in _CELL.items() if key != "value"},
        {**_CELL, "name": 3},
        {**_CELL, "state": "lost"},
        {**_CELL, "state": ["running"]},
        {**_CELL, "value": math.inf},
        {**_CELL, "value": True},
        {**_CELL, "metrics": {"x": None}},
        {**_CELL, "metrics": {"x": math.nan}},
        {**_CELL, "metrics": [1]},
        "no row",
    ],
)
def test_rows_of_which_one_is_different_are_left_to_decoding_one_by_one(other):
    assert decode_alike(Cell, [_CELL, other]) is None
