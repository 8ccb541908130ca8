"""Rows of tables: many objects at once, from dictionaries that mostly are alike and right as they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from cm_core.base.records import field_shapes

R = TypeVar("R")


def decode_alike(record: type[R], items: Sequence[Any]) -> list[R] | None:
    """An object for each dictionary, in a third of the time that one after the other would take.

    Args:
        record: a class of :func:`~cm_core.frozen` with slots and without ``__post_init__``.

    Returns:
        ``None`` where one lacks a field, has another key, or has a value that is wrong or is to be converted;
        decode them one by one then.
    """
    shapes = field_shapes(cast("Any", record))
    if not all(type(item) is dict and item.keys() == shapes.keys() for item in items):
        return None
    made = [object.__new__(record) for _ in items]
    for name, shape in shapes.items():
        column = [item[name] for item in items]
        if not shape.are_right(column):
            return None
        # The loop over all objects is one in C.
        deque(map(getattr(record, name).__set__, made, column), maxlen=0)
    return made
