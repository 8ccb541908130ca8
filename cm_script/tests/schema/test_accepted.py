"""What a recipe accepts, as data and as a JSON Schema."""

import json

import pytest
from jsonschema import Draft202012Validator

from cm_script.schema.accepted import accepted
from cm_script.schema.interface import interface_of

RECIPE = {
    "alias": "demo",
    "name": "A demonstration",
    "input_mapping": {"size": "CM_SIZE", "out": "CM_OUT_PATH", "mode": "CM_MODE", "fast": "CM_FAST"},
    "input_description": {
        "size": {"desc": "how much", "type": "integer", "min": 1, "max": 9},
        "mode": {"desc": "which way", "choices": ["a", "b"], "default": "a"},
        "fast": {"boolean": True},
        "note": "a text for people",
        "word": {"pattern": "^[a-z]+$"},
    },
    "default_env": {"CM_SIZE": 5, "CM_OTHER": "x"},
    "default_variation": "free",
    "variations": {
        "cpu": {"group": "device", "default": True},
        "cuda": {"group": "device", "input_mapping": {"gpu": "CM_GPU"}},
        "n.#": {"group": "batch"},
        "one": {"group": "batch"},
        "free": None,
        "w.#": {},
        "cpu,free": {},
    },
    "versions": {"1.0": {}, "2.0": {}},
    "default_version": "2.0",
}


def is_valid(raw, request):
    schema = accepted(raw)
    Draft202012Validator.check_schema(schema)
    json.dumps(schema)
    return Draft202012Validator(schema).is_valid(request)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"groups": {"device": "cuda", "batch": "one"}},
        {"groups": {"batch": "n.128"}, "variations": {"free": False, "w.#": "7"}},
        {"inputs": {"size": 9, "out": "/x", "mode": "b", "fast": True, "gpu": "0", "note": "x", "word": "a"}},
        {"version": "2.0"},
        {"version": "3.1"},
    ],
)
def test_accepted(request_):
    assert is_valid(RECIPE, request_)


@pytest.mark.parametrize(
    "request_",
    [
        {"groups": {"device": "tpu"}},
        {"groups": {"batch": "n."}},
        {"groups": {"colour": "red"}},
        {"variations": {"cpu": True}},
        {"variations": {"w.#": ""}},
        {"variations": {"cpu,free": True}},
        {"inputs": {"size": 10}},
        {"inputs": {"size": "5"}},
        {"inputs": {"mode": "c"}},
        {"inputs": {"fast": "yes"}},
        {"inputs": {"word": "A"}},
        {"inputs": {"sice": 5}},
        {"version": 2},
        {"else": 1},
    ],
)
def test_refused(request_):
    assert not is_valid(RECIPE, request_)


def test_what_forms_need_is_there():
    schema = accepted(RECIPE)
    parts = schema["properties"]
    assert (schema["title"], schema["description"]) == ("demo", "A demonstration")
    assert parts["groups"]["properties"]["device"] == {
        "type": "string",
        "enum": ["cpu", "cuda"],
        "default": "cpu",
    }
    assert parts["variations"]["properties"]["free"] == {"type": "boolean", "default": True}
    inputs = parts["inputs"]["properties"]
    assert inputs["size"] == {
        "description": "how much",
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "default": 5,
    }
    assert inputs["out"] == {"description": "sets CM_OUT_PATH", "type": "string", "format": "path"}
    assert inputs["mode"] == {"description": "which way", "enum": ["a", "b"], "default": "a"}
    assert inputs["note"]["description"] == "a text for people"
    assert parts["version"]["default"] == "2.0"


def test_a_required_input():
    raw = {"input_description": {"model": {"required": True}}}
    assert is_valid(raw, {"inputs": {"model": "x"}})
    assert not is_valid(raw, {"inputs": {}})
    assert not is_valid(raw, {})


TOGETHER = {
    "variations": {
        "a": {"group": "g", "default": True},
        "b": {"group": "g"},
        "x": {"group": "h"},
        "y": {"group": "h"},
        "z": {},
    }
}


@pytest.mark.parametrize(
    ("key", "lists", "request_", "valid"),
    [
        ("valid_variation_combinations", [["a", "x"], ["b", "y"]], {"groups": {"h": "x"}}, True),
        ("valid_variation_combinations", [["a", "x"], ["b", "y"]], {"groups": {"g": "b", "h": "y"}}, True),
        ("valid_variation_combinations", [["a", "x"], ["b", "y"]], {"groups": {"g": "b", "h": "x"}}, False),
        ("valid_variation_combinations", [["a", "x"]], {}, False),
        ("valid_variation_combinations", [["a"]], {}, True),
        ("invalid_variation_combinations", [["a", "x"]], {"groups": {"h": "x"}}, False),
        ("invalid_variation_combinations", [["a", "x"]], {"groups": {"g": "b", "h": "x"}}, True),
        ("invalid_variation_combinations", [["b", "z"]], {"groups": {"g": "b"}}, True),
        (
            "invalid_variation_combinations",
            [["b", "z"]],
            {"groups": {"g": "b"}, "variations": {"z": True}},
            False,
        ),
        ("invalid_variation_combinations", [["b", "unknown"]], {"groups": {"g": "b"}}, True),
    ],
)
def test_combinations(key, lists, request_, valid):
    assert is_valid({**TOGETHER, key: lists}, request_) is valid


def test_possible_combinations_do_not_count_where_variations_switch_on_others():
    more = {**TOGETHER["variations"], "z": {"base": ["x"]}}
    raw = {"variations": more, "valid_variation_combinations": [["a", "x"]]}
    assert is_valid(raw, {"variations": {"z": True}})


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"variations": ["a"], "versions": "1", "input_mapping": "x", "input_description": [1]},
        {
            "variations": {1: {"group": 2, "default": "yes"}},
            "input_description": {5: None, "a": {"choices": 3}},
        },
        {"input_description": {"a": {"default": {"b": [1]}, "type": "colour", "pattern": 5}}},
        {"alias": "a\n$(x)", "input_mapping": {"'\"$(x)": "CM_$"}},
    ],
)
def test_whatever_metadata_hold_the_schema_is_one(raw):
    assert is_valid(raw, {})


def test_the_interface():
    found = interface_of(RECIPE)
    assert [group.name for group in found.groups] == ["batch", "device", ""]
    assert found.combinations == ("cpu,free",)
    assert {item.flag: item.keys for item in found.inputs} == {
        "size": ("CM_SIZE",),
        "mode": ("CM_MODE",),
        "fast": ("CM_FAST",),
        "note": (),
        "word": (),
        "out": ("CM_OUT_PATH",),
        "gpu": ("CM_GPU",),
    }
    assert (found.versions, found.default_version) == (("1.0", "2.0"), "2.0")


@pytest.mark.parametrize(
    "block", [{"find_tool": {"names": "x"}}, {"variations": {"v": {"find_tool": {"names": "x"}}}}]
)
def test_a_detector_accepts_what_its_hint_says(block):
    raw = {**block, "input_description": {"path": {"desc": "of its own"}}}
    assert is_valid(raw, {"inputs": {"path": "/opt/bin", "input": "/opt/bin/gcc"}})
    assert not is_valid({}, {"inputs": {"path": "/opt/bin"}})
    facts = {item.flag: (item.about, item.kind) for item in interface_of(raw).inputs}
    assert facts == {"path": ("of its own", ""), "input": ("take this file", "file")}


def test_patterns_are_regular_expressions_of_ecmascript_too():
    (group,) = accepted({"variations": {"a-b.c/(d).#": {"group": "g"}}})["properties"]["groups"][
        "properties"
    ].values()
    assert group["anyOf"] == [{"pattern": r"^a-b\.c\/\(d\)\..+$"}]


def test_a_pattern_is_no_default():
    schema = accepted({"variations": {"n.#": {"group": "g", "default": True}, "one": {"group": "g"}}})
    assert "default" not in schema["properties"]["groups"]["properties"]["g"]


WITH_PATTERNS = {"variations": {"a": {"group": "g"}, "n.#": {"group": "b"}, "w.#": {}}}


@pytest.mark.parametrize(
    ("names", "request_"),
    [
        (["a", "n.#"], {"groups": {"g": "a", "b": "n.128"}}),
        (["a", "w.#"], {"groups": {"g": "a"}, "variations": {"w.#": "7"}}),
    ],
)
def test_patterns_in_combinations_stand_for_any_value(names, request_):
    assert is_valid({**WITH_PATTERNS, "valid_variation_combinations": [names]}, request_)
    assert not is_valid({**WITH_PATTERNS, "valid_variation_combinations": [names]}, {"groups": {"g": "a"}})
    assert not is_valid({**WITH_PATTERNS, "invalid_variation_combinations": [names]}, request_)


def test_possible_combinations_do_not_count_where_one_cannot_be_told():
    raw = {**WITH_PATTERNS, "valid_variation_combinations": [["a", "w.#"], ["a", "n.128"]]}
    assert is_valid(raw, {"groups": {"g": "a", "b": "n.128"}})
