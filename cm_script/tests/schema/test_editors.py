"""The JSON Schema of ``_cm.yaml`` says what ``cm lint`` says."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

import cm_script
from cm_core import jsonable, read_meta
from cm_script.schema.editors import recipe_schema
from cm_script.schema.table import KeyTable

SCHEMA = Draft202012Validator(recipe_schema(KeyTable()))
RECIPES = sorted((Path(cm_script.__file__).parent / "recipes" / "script").iterdir())


@pytest.mark.parametrize("folder", RECIPES, ids=lambda folder: folder.name)
def test_built_in_recipes_are_valid(folder):
    SCHEMA.validate(jsonable(read_meta(folder)))


@pytest.mark.parametrize(
    "text",
    [
        "deps:\nvariations:\n  a:\nversions:\n  '1.0':\n",
        "deps: [{tags: 'get,target', size: 5, version_min: '3', names: goal}]\n",
        "env: {'+PATH': [a], CM_X: 1, CM_Y: ''}\ndocker: {whatever_a_plugin_reads: 1, run: false}\n",
        "variations:\n  a: {update_meta_if_env: [{enable_if_env: {CM_A: ['yes']}, env: {CM_B: '1'}}]}\n",
        "input_description:\n  a: text\n  b: {desc: text, default: 5}\n",
        "sort: 5\ncache: yes\ntests: {run_inputs: [{}]}\ndevelopers: [a]\n",
    ],
)
def test_good(text):
    SCHEMA.validate(jsonable(yaml.safe_load(text)))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("evn: {}\n", []),
        ("uid: short\n", ["uid"]),
        ("env: {'+PATH': a}\n", ["env", "+PATH"]),
        ("variations:\n  a: {alis: b}\n", ["variations", "a"]),
        ("variations:\n  a: text\n", ["variations", "a"]),
        ("versions:\n  '1': {group: g}\n", ["versions", "1"]),
        ("deps: [get]\n", ["deps", 0]),
        ("deps: [{tags: [a]}]\n", ["deps", 0, "tags"]),
        ("deps: [{enable_if_env: {CM_A: 'yes'}}]\n", ["deps", 0, "enable_if_env", "CM_A"]),
        (
            "variations:\n  a: {update_meta_if_env: [{enable_if_evn: {}}]}\n",
            ["variations", "a", "update_meta_if_env", 0],
        ),
        ("input_description:\n  a: {desc: one, two: 2}\n", ["input_description", "a"]),
    ],
)
def test_bad(text, place):
    (error,) = SCHEMA.iter_errors(jsonable(yaml.safe_load(text)))
    assert list(error.absolute_path) == place
