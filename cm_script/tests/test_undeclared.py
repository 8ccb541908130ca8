"""Flags that neither the engine nor a script declares."""

import pytest

from cm_core import Request, UsageError
from cm_core.testing import CommandRunner
from cm_script.flags import Run
from cm_script.model.meta import ScriptMeta
from cm_script.schema.interface import declared_inputs
from cm_script.undeclared import Undeclared

RAW = {
    "alias": "demo",
    "uid": "0" * 16,
    "input_mapping": {"speed": "SPEED"},
    "input_description": {"colour": {"desc": "x", "choices": ["red", 2]}},
    "variations": {"v": {"input_mapping": {"size": "SIZE"}}, "odd": None},
    "versions": {"1": {"input_description": {"depth": {}}}},
    "docker": {"docker_input_mapping": {"mount": "MOUNT"}},
}


@pytest.fixture
def meta():
    return ScriptMeta.from_mapping(RAW, source="demo")


def undeclared(meta: ScriptMeta, *used: str) -> Undeclared:
    return Undeclared(Run.__by_key__.keys(), meta, "demo", used.__contains__)


def test_declared(meta):
    assert declared_inputs(meta.raw) == {"speed", "colour", "size", "depth", "mount"}


def test_known_flags_give_no_sentence(meta):
    options = dict.fromkeys(Run.__by_key__, "x")
    options |= dict.fromkeys((*declared_inputs(meta.raw), "out", "quiet", "docker_image", "cm_repo"), "x")
    options |= {"colour": "red"}
    assert undeclared(meta).sentences(options, strict=True) == []


def test_the_nearest_one_is_named(meta):
    (sentence,) = undeclared(meta).sentences({"spode_x": "1"}, strict=None)
    assert "declares the flag --spode_x; it is passed on" in sentence
    (sentence,) = undeclared(meta).sentences({"zzzzzzz": "1"}, strict=None)
    assert "cm run script demo --help" in sentence


@pytest.mark.parametrize(
    ("flag", "meant"), [("spede", "speed"), ("quite", "quiet"), ("fake_rnu", "fake_run")]
)
def test_a_slip_is_an_error(meta, flag, meant):
    with pytest.raises(UsageError, match=f"declares the flag --{flag}") as caught:
        undeclared(meta).sentences({flag: "1"}, strict=None)
    assert caught.value.hint == f"did you mean --{meant}? to pass it on as it is, add --strict=no"
    assert len(undeclared(meta).sentences({flag: "1"}, strict=False)) == 1
    # A recipe may read what it does not declare.
    assert len(undeclared(meta, flag).sentences({flag: "1"}, strict=None)) == 1
    with pytest.raises(UsageError, match=f"--{flag}") as caught:
        undeclared(meta, flag).sentences({flag: "1"}, strict=True)
    assert caught.value.hint == f"did you mean --{meant}?"


def test_a_value_that_is_not_declared(meta):
    (sentence,) = undeclared(meta).sentences({"colour": "purple"}, strict=None)
    assert sentence == "--colour=purple is none of the declared values: red, 2"
    assert undeclared(meta).sentences({"colour": "2"}, strict=True) == []
    with pytest.raises(UsageError, match="--colour=purple"):
        undeclared(meta).sentences({"colour": "purple"}, strict=True)


def test_what_a_recipe_sets_itself_is_declared():
    raw = {
        **RAW,
        "input_mapping": {"colour": "COLOUR"},
        "default_env": {"COLOUR": "green"},
    }
    meta = ScriptMeta.from_mapping(raw, source="demo")
    assert undeclared(meta).sentences({"colour": "green"}, strict=True) == []
    assert len(undeclared(meta).sentences({"colour": "None"}, strict=None)) == 1


def test_what_a_dependency_reads_is_no_slip(lab):
    lab.add(
        {
            "inner": {
                "customize.py": "def preprocess(i):\n    i['input'].get('spede')\n    return {'return': 0}\n"
            },
            "main": {"input_mapping": {"speed": "SPEED"}, "deps": [{"tags": "inner"}]},
            "other": {"input_mapping": {"speed": "SPEED"}},
        }
    )
    lab.run(artifact="main", spede="1")
    with pytest.raises(UsageError, match="--spede"):
        lab.run(artifact="other", spede="1")
    lab.run(artifact="other", spede="1", strict="no")


@pytest.mark.parametrize("words", [{"artifacts": ("x",)}, {"artifacts": ("_v", "x")}, {"unparsed": ("x",)}])
def test_words_that_mean_nothing_are_refused(lab, words):
    lab.add({"main": {"variations": {"v": {}}}})
    with pytest.raises(UsageError, match=r"no meaning|does not read"):
        lab.session.call(Request(action="run", automation="script", artifact="main", **words))
    assert lab.trace == []


def test_a_recipe_may_read_further_words(lab):
    code = "def preprocess(i):\n    print(i['input'].get('artifacts'))\n    return {'return': 0}\n"
    lab.add({"main": {"customize.py": code}})
    asked = Request(action="run", automation="script", artifact="main", artifacts=("my-env",))
    assert lab.session.call(asked).warnings == ()


def test_tags_in_two_places(lab):
    lab.add({"main": {}})
    for action in ("run", "find"):
        asked = Request(action=action, automation="script", artifact="ma in", options={"tags": "main"})
        with pytest.raises(UsageError, match="'ma in' are tags, so --tags would be ignored"):
            lab.session.call(asked)


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
    ],
)
def test_a_word_that_means_something_is_no_value(run_cm: CommandRunner, words: list[str]) -> None:
    assert run_cm("run", "script", *words).status == 0
