"""Flags that neither the engine nor a script declares."""

import pytest

from cm_core.model.errors import UsageError
from cm_script.flags import declared_inputs, unknown_flags
from cm_script.model.meta import ScriptMeta
from cm_script.options import RUN_OPTIONS

RAW = {
    "alias": "demo",
    "uid": "0" * 16,
    "input_mapping": {"speed": "SPEED"},
    "input_description": {"colour": {"desc": "x"}},
    "variations": {"v": {"input_mapping": {"size": "SIZE"}}, "odd": None},
    "versions": {"1": {"input_description": {"depth": {}}}},
    "docker": {"docker_input_mapping": {"mount": "MOUNT"}},
}


@pytest.fixture
def meta():
    return ScriptMeta.from_mapping(RAW, source="demo")


def test_declared(meta):
    assert declared_inputs(meta) == {"speed", "colour", "size", "depth", "mount"}


def test_known_flags_give_no_sentence(meta):
    options = {option.name: "x" for option in RUN_OPTIONS}
    options |= dict.fromkeys((*declared_inputs(meta), "out", "quiet", "docker_image", "cm_repo"), "x")
    assert unknown_flags(options, meta, "demo", strict=True) == []


def test_the_nearest_one_is_named(meta):
    (sentence,) = unknown_flags({"spede": "1"}, meta, "demo", strict=False)
    assert "--spede" in sentence
    assert "did you mean --speed or --space?" in sentence
    (sentence,) = unknown_flags({"zzzzzzz": "1"}, meta, "demo", strict=False)
    assert "cm run script demo --help" in sentence


def test_strict(meta):
    with pytest.raises(UsageError, match="--spede") as caught:
        unknown_flags({"spede": "1"}, meta, "demo", strict=True)
    assert caught.value.hint == "did you mean --speed or --space?"
