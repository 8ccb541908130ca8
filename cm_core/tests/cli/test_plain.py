"""Documents are complete, whatever the data."""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cm_core.cli.plain import to_json_text, to_plain, to_yaml_text


@dataclass
class Thing:
    name: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "where": PurePosixPath("/a")}


@dataclass
class Fields:
    name: str
    place: Any = None


class Strange:
    def __str__(self) -> str:
        return "strange"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("é", "é"),
        (Fields("a", PurePosixPath("/b")), {"name": "a", "place": "/b"}),
        (Fields("a", [Thing("b")]), {"name": "a", "place": [{"name": "b", "where": "/a"}]}),
        (Fields, str(Fields)),
        (PurePosixPath("/a/b"), "/a/b"),
        (b"ab\xff", "ab\\xff"),
        ({"b", "a", 1}, [1, "a", "b"]),
        (("a", ["b"]), ["a", ["b"]]),
        ({1: {None: "x"}}, {"1": {"None": "x"}}),
        ({"a": 1}.keys(), ["a"]),
        ([Thing("n")], [{"name": "n", "where": "/a"}]),
        (Thing, str(Thing)),
        (Strange(), "strange"),
    ],
)
def test_plain_values(value: Any, plain: Any) -> None:
    assert to_plain(value) == plain
    assert json.loads(to_json_text(value)) == plain
    assert yaml.safe_load(to_yaml_text(value)) == plain


def test_a_value_that_contains_itself() -> None:
    loop: dict[str, Any] = {"same": [1]}
    loop["self"] = loop
    shared = loop["same"]
    loop["again"] = shared
    alone = Fields("a")
    alone.place = alone
    assert to_plain(alone) == {"name": "a", "place": "(this value contains itself)"}
    assert to_plain(loop) == {"same": [1], "again": [1], "self": "(this value contains itself)"}


def test_json_is_sorted_and_keeps_letters() -> None:
    assert to_json_text({"b": "ü", "a": 1}) == '{\n  "a": 1,\n  "b": "ü"\n}\n'


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "no-such-encoding"])
def test_json_fits_every_terminal(encoding: str) -> None:
    data = {"name": "日本\udc80ü"}
    text = to_json_text(data, encoding=encoding)
    assert json.loads(text) == data
    text.encode("ascii")


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(Path("/x")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.slow
@given(_ANYTHING)
def test_anything_becomes_one_valid_document(value: Any) -> None:
    assert json.loads(to_json_text({"value": value}))["value"] == to_plain(value)
