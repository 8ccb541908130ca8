"""Defaults of inputs as recipes write them, and as schemas show them."""

import pytest
from jsonschema import Draft202012Validator

from cm_script.schema.accepted import accepted


@pytest.mark.parametrize(
    ("facts", "default", "shown"),
    [
        ({"type": "integer"}, "4", 4),
        ({"type": "integer"}, 4.0, 4),
        ({"type": "integer"}, "4.5", None),
        ({"type": "integer"}, True, None),
        ({"type": "integer", "max": 3}, "4", None),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "number"}, "inf", None),
        ({"type": "integer"}, "1_0", None),
        ({"type": "number"}, "<<<CM_X>>>", None),
        ({"boolean": True}, "yes", True),
        ({"boolean": True}, "off", False),
        ({"boolean": True}, "maybe", None),
        ({"choices": [1, 2]}, "2", 2),
        ({"choices": [1, 2]}, 7, None),
        ({}, 5, "5"),
        ({}, ["a"], None),
        ({"pattern": "^[a-z]+$"}, "A", None),
        ({"pattern": "("}, "A", None),
    ],
)
def test_a_default_keeps_to_its_type(facts, default, shown):
    for raw in (
        {"input_description": {"x": {**facts, "default": default}}},
        {"input_description": {"x": facts}, "input_mapping": {"x": "CM_X"}, "default_env": {"CM_X": default}},
    ):
        schema = accepted(raw)["properties"]["inputs"]["properties"]["x"]
        assert (schema.get("default"), type(schema.get("default"))) == (shown, type(shown))
        assert shown is None or Draft202012Validator(schema).is_valid(shown)
