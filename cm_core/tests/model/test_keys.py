import pytest
from jsonschema import Draft202012Validator

from cm_core.errors import MetaError
from cm_core.model.keys import (
    BlocksKey,
    EntriesKey,
    FlagKey,
    Key,
    ListsKey,
    MappingKey,
    NamesKey,
    NumberKey,
    TextKey,
    TextsKey,
    WordsKey,
    object_schema,
)

LEVEL = ("thing",)
# Class, what is written, what is read; then what cannot be read.
GOOD = [
    (Key, [1], [1]),
    (Key, None, None),
    (TextKey, None, ""),
    (TextKey, " a ", "a"),
    (TextKey, 1.5, "1.5"),
    (FlagKey, None, False),
    (FlagKey, True, True),
    (FlagKey, "yes", True),
    (FlagKey, 1, True),
    (FlagKey, "maybe", False),
    (NumberKey, None, 0),
    (NumberKey, 2.5, 2.5),
    (WordsKey, None, []),
    (WordsKey, ["a", 28, True], ["a", "28", "True"]),
    (NamesKey, "a, b,", ("a", "b")),
    (NamesKey, ["a", 1], ("a", "1")),
    (NamesKey, None, ()),
    (MappingKey, None, {}),
    (MappingKey, {"a": None}, {"a": None}),
    (TextsKey, None, {}),
    (TextsKey, {"a": 1}, {"a": "1"}),
    (EntriesKey, None, []),
    (EntriesKey, [{"a": 1}], [{"a": 1}]),
    (BlocksKey, None, {}),
    (BlocksKey, {"a": None, "1": {"b": 1}}, {"a": {}, "1": {"b": 1}}),
    (ListsKey, None, []),
    (ListsKey, [["a", 1]], [["a", "1"]]),
]
BAD = [
    (TextKey, True),
    (TextKey, ["a"]),
    (NumberKey, "1"),
    (NumberKey, True),
    (WordsKey, "a"),
    (WordsKey, [None]),
    (WordsKey, [["a"]]),
    (NamesKey, {"a": 1}),
    (NamesKey, [None]),
    (MappingKey, ["a"]),
    (TextsKey, "a"),
    (EntriesKey, {"a": 1}),
    (EntriesKey, ["a"]),
    (BlocksKey, ["a"]),
    (BlocksKey, {"a": "b"}),
    (ListsKey, "a"),
    (ListsKey, ["a"]),
]
EMPTY = {kind: read for kind, written, read in GOOD if written is None}


def valid(key, value):
    schema = object_schema({key.name: key}, closed=True)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema).is_valid({key.name: value})


@pytest.mark.parametrize(("kind", "written", "read"), GOOD)
def test_what_is_read(kind, written, read):
    key = kind("a", LEVEL, "a key")
    assert key.of({"a": written}, "file") == read
    assert key.or_empty({"a": written}) == read
    assert key.has_shape(written)
    assert valid(key, written)


@pytest.mark.parametrize(("kind", "written"), BAD)
def test_what_is_refused(kind, written):
    key = kind("a", LEVEL, "a key")
    with pytest.raises(MetaError, match="repo/file: 'a") as caught:
        key.of({"a": written}, "repo/file")
    assert key.wanted in caught.value.message or "a dictionary" in caught.value.message
    assert not key.has_shape(written)
    if kind not in (EntriesKey, BlocksKey):  # their parts have schemas of their own
        assert not valid(key, written)


@pytest.mark.parametrize("written", [float("nan"), float("-inf")])
def test_numbers_are_finite(written):
    with pytest.raises(MetaError, match="file: 'a' must be a number, not "):
        NumberKey("a", LEVEL, "a key").of({"a": written}, "file")


@pytest.mark.parametrize(("kind", "written"), [case for case in BAD if case[0] is not BlocksKey])
def test_what_others_wrote_counts_as_empty(kind, written):
    assert kind("a", LEVEL, "a key").or_empty({"a": written}) == EMPTY[kind]


def test_of_blocks_of_others_the_good_ones_count():
    assert BlocksKey("a", LEVEL, "").or_empty({"a": {"b": "c", 1: {"d": 1}}}) == {"b": {}, "1": {"d": 1}}


def test_an_absent_key_is_empty():
    assert {kind: kind("a", LEVEL, "").of({}, "") for kind in EMPTY} == EMPTY


def test_a_key_is_an_attribute_of_what_has_metadata():
    class Thing:
        size = TextKey("size", LEVEL, "how large")

        def __init__(self, raw):
            self.raw, self.source = raw, "the thing"

    assert Thing({"size": "5"}).size == "5"
    assert Thing.size.name == "size"
    with pytest.raises(MetaError, match="the thing: 'size' must be text, not a list"):
        Thing({"size": []}).size  # noqa: B018


def test_schemas_of_dictionaries():
    keys = {"b": TextKey("b", LEVEL, "the `b`"), "a": FlagKey("a", LEVEL, "the a", {"type": "boolean"})}
    assert object_schema(keys, closed=True) == {
        "type": "object",
        "properties": {
            "a": {"description": "the a", "type": "boolean"},
            "b": {"description": "the b", "type": ["string", "number", "null"]},
        },
        "additionalProperties": False,
    }
    assert "additionalProperties" not in object_schema(keys, closed=False)
    assert object_schema({}, closed=False, empty=True)["type"] == ["object", "null"]
