"""Flags that neither the engine nor a script declares."""

import pytest

from cm_core import UsageError
from cm_core.testing import CommandRunner
from cm_script.flags import Run
from cm_script.model.meta import ScriptMeta
from cm_script.undeclared import declared_inputs, unknown_flags

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
    options = dict.fromkeys(Run.__by_key__, "x")
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


@pytest.mark.parametrize(("action", "key"), [("run", "fake_run"), ("run", "quiet"), ("prepare", "silent")])
def test_switches_of_the_engine_say_yes_or_no(lab, action, key):
    lab.add({"main": {"input_mapping": {"new": "CM_NEW"}}})
    with pytest.raises(UsageError, match=f"--{key}=nope is neither yes nor no"):
        lab.run(artifact="main", action=action, **{key: "nope"})
    assert lab.trace == []
    # A recipe's own input takes any word, whatever else is called so.
    lab.run(artifact="main", action=action, **{key: "Yes", "new": "a/folder", "speed": "nope"})


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["detect-os", "--colour", "red"], "write --colour=red"),
        (["--colour", "red"], "write --colour=red"),
        (["--tags=detect,os", "--colour", "red"], "write --colour=red"),
        (["detect-os", "--env.CM_X", "1"], "write --env.CM_X=1"),
        (["--tag", "detect,os"], "write --tag=detect,os; did you mean --tags"),
    ],
)
def test_a_word_that_means_nothing_may_be_a_value(run_cm: CommandRunner, words: list[str], hint: str) -> None:
    done = run_cm("run", "script", *words)
    assert done.status == 1
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["get-gcc", "--pth", "x"], "--pth is a flag of recipes, whose value comes after '='"),
        (["get-gcc", "--env.CM_X", "1"], "--env.CM_X is a flag whose value comes after '='"),
    ],
)
def test_a_flag_of_the_engine_is_not_called_one_of_recipes(
    run_cm: CommandRunner, words: list[str], sentence: str
) -> None:
    assert sentence in run_cm("run", "script", *words).stderr


def test_no_other_flag_is_meant_where_the_script_has_it(run_cm: CommandRunner) -> None:
    meta = ["--meta.input_mapping.count=CM_COUNT", "--tags=a,demo"]
    run_cm("add", "script", "demo", *meta)
    for words in (["demo"], ["a demo"]):
        done = run_cm("run", "script", *words, "--count", "3")
        assert "hint: write --count=3\n" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--colour", "detect-os"],
        ["--colour", "detect os"],
        ["--env.CM_X", "detect-os"],
        ["detect-os", "--quiet", "ignored"],
    ],
)
def test_a_word_that_means_something_is_no_value(run_cm: CommandRunner, words: list[str]) -> None:
    assert run_cm("run", "script", *words).status == 0
