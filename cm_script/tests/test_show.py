import json

import pytest
from jsonschema import Draft202012Validator

from cm_core import NotFoundError, Request

SCRIPTS = {
    "make-cake": {
        "tags": ["make", "cake"],
        "input_mapping": {"size": "CM_SIZE"},
        "input_description": {"size": {"desc": "how large", "choices": ["1", "2"]}},
        "variations": {
            "round": {"group": "form", "default": True},
            "square": {"group": "form"},
            "iced": {"input_mapping": {"icing": "CM_ICING"}},
        },
        "versions": {"1": {}, "2": {}},
    }
}


@pytest.fixture
def show(lab):
    lab.add(SCRIPTS)

    def call(artifact="", **options):
        return lab.session.call(
            Request(action="show", automation="script", artifact=artifact, options=options)
        )

    return call


def test_the_summary(show):
    result = show("make-cake")
    assert result.data["variations"] == {
        "form": {"round": True, "square": False},
        "": {"iced": False},
    }
    text = "\n".join(result.lines)
    assert 'cm run script "make cake [_variation ...]"' in text
    assert "_round  (default)" in text
    assert "how large; one of 1, 2; sets CM_SIZE" in text
    assert "--icing" in text
    assert "Versions: 1, 2 (default none)" in text
    assert show(tags="make,cake").lines == result.lines


def test_the_schema_of_a_script(show):
    result = show("make-cake", schema=True)
    schema = json.loads("\n".join(result.lines))
    Draft202012Validator.check_schema(schema)
    assert schema == result.data
    assert schema["title"] == "make-cake"
    assert Draft202012Validator(schema).is_valid({"groups": {"form": "square"}, "inputs": {"size": "2"}})


def test_the_schema_of_all_scripts(show):
    schema = json.loads("\n".join(show(schema=True).lines))
    Draft202012Validator.check_schema(schema)
    assert {"variations", "deps", "input_mapping"} <= schema["properties"].keys()
    assert "real_run" in schema["$defs"]["docker"]["properties"]


def test_an_unknown_script(show):
    with pytest.raises(NotFoundError, match="there is no script 'make-cakes'"):
        show("make-cakes", schema=True)
