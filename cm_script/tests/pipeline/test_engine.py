"""Whole runs: long chains, cycles, interruption, what is recorded."""

import json
import shlex

import pytest

from cm_cache import DependencyError
from cm_core import CMError


def say(word):
    return f'echo {word} >> "@trace"'


@pytest.mark.slow
def test_a_chain_of_a_thousand(lab):
    length = 1000
    scripts = {
        f"s{number}": {"tags": [f"s{number}"], "deps": [{"tags": f"s{number + 1}"}]}
        for number in range(length)
    }
    scripts[f"s{length}"] = {
        "tags": [f"s{length}"],
        "run.sh": say("end"),
        "env": {"END": "1"},
        "new_env_keys": ["END"],
    }
    lab.add(scripts)
    data = lab.run("s0")
    assert lab.trace == ["end"]
    assert len(data["steps"]) == length + 1
    assert data["steps"][0]["depth"] == length


# -- cycles --------------------------------------------------------------------------------------------------

CYCLES = {
    "direct": ({"a": {"deps": [{"tags": "a"}]}}, "a -> a"),
    "indirect": (
        {"a": {"deps": [{"tags": "b"}]}, "b": {"post_deps": [{"tags": "c"}]}, "c": {"prehook_deps": [{"tags": "a"}]}},
        "a -> b -> c -> a",
    ),
    "cached": ({"a": {"cache": True, "deps": [{"tags": "b"}]}, "b": {"cache": True, "deps": [{"tags": "a"}]}}, "a -> b -> a"),
    "variations": (
        {
            "a": {
                "variations": {"x": {"deps": [{"tags": "a,_y"}]}, "y": {"deps": [{"tags": "a,_x"}]}},
                "deps": [],
            }
        },
        "a,_x -> a,_y -> a,_x",
    ),
    "changing env": (
        {"a": {"deps": [{"tags": "a", "env": {"N": "<<<N>>>x"}}]}},
        "a -> a",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CYCLES)
def test_cycles_are_printed(lab, kind):
    scripts, circle = CYCLES[kind]
    lab.add(scripts)
    with pytest.raises(CMError) as caught:
        lab.run("a,_x" if kind == "variations" else "a", env={"N": "1"})
    assert circle in str(caught.value)
    assert "cycle" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert lab.entries() == []
    assert isinstance(caught.value, DependencyError)


def test_a_script_may_need_itself_under_another_variation_or_env(lab):
    lab.add(
        {
            "a": {
                "variations": {"base": {}, "full": {"deps": [{"tags": "a,_base"}]}},
                "run.sh": 'echo "$N" >> "@trace"',
                "deps": [{"tags": "a,_base", "env": {"N": "second"}, "enable_if_env": {"N": ["first"]}}],
            }
        }
    )
    lab.run("a,_full")
    assert lab.trace == ["", ""]
    lab.run("a,_base", env={"N": "first"})
    assert lab.trace == ["second", "first"]


# -- records -------------------------------------------------------------------------------------------------


def test_steps_tell_what_was_done(lab):
    lab.add(
        {
            "main": {"deps": [{"tags": "kept"}, {"tags": "kept"}, {"tags": "skips"}]},
            "kept": {
                "cache": True,
                "customize.py": "def postprocess(i):\n    return {'return': 0, 'version': '1.2'}\n",
            },
            "skips": {"customize.py": "def preprocess(i):\n    return {'return': 0, 'skip': True}\n"},
        }
    )
    steps = lab.run("main")["steps"]
    assert [(step["title"], step["status"], step["version"], step["depth"]) for step in steps] == [
        ("kept", "done", "1.2", 1),
        ("kept", "cached", "1.2", 1),
        ("skips", "skipped", "", 1),
        ("main", "done", "", 0),
    ]
    assert {step["parent"] for step in steps[:3]} == {steps[3]["id"]}
    json.dumps(steps)


def test_an_interruption_leaves_nothing(lab):
    lab.add(
        {
            "main": {"deps": [{"tags": "stops"}]},
            "stops": {
                "cache": True,
                "customize.py": "def preprocess(i):\n    i['env']['X'] = '1'\n    raise KeyboardInterrupt\n",
            },
        }
    )
    with pytest.raises(KeyboardInterrupt):
        lab.run("main")
    assert lab.entries() == []
    assert [entry[1:] for entry in lab.listener.finished] == [("failed", "interrupted")] * 2


def test_a_recipe_may_run_scripts_by_itself(lab):
    hooks = """
def preprocess(i):
    cm = i["automation"].cmind
    answer = cm.access({"action": "run", "automation": "script", "tags": "leaf", "env": {"IN": "inner"}, "out": "con"})
    if answer["return"] > 0:
        return answer
    i["env"]["GOT"] = answer["new_env"]["OUT"]
    return {"return": 0}
"""
    leaf = {"run.sh": 'echo "OUT=$IN!" > tmp-run-env.out; test "$IN" = inner', "new_env_keys": ["OUT"]}
    lab.add({"main": {"cache": True, "customize.py": hooks, "new_env_keys": ["GOT"]}, "leaf": leaf})
    assert lab.run("main")["new_env"] == {"GOT": "inner!"}
    lab.add({"leaf": {**leaf, "run.sh": "exit 3"}}, alias="broken")
    with pytest.raises(CMError) as caught:
        lab.run("main", new=True)
    assert caught.value.exit_code == 2
    assert "leaf" in str(caught.value)


def test_a_recipe_that_runs_itself_by_hand_does_not_wait_forever(lab):
    hooks = """
def preprocess(i):
    return i["automation"].cmind.access({"action": "run", "automation": "script", "tags": "main"})
"""
    lab.add({"main": {"cache": True, "customize.py": hooks}})
    with pytest.raises(CMError, match="depends on itself"):
        lab.run("main")
    assert lab.entries() == []


def test_a_native_script_that_runs_the_same_cached_script_does_not_wait_forever(lab, run_cm):
    words = shlex.join(run_cm.argv("run", "script", "main"))
    lab.add({"main": {"cache": True, "run.sh": f"{words}\n"}})
    with pytest.raises(CMError) as caught:
        lab.run("main")
    assert any("depends on itself" in line for line in caught.value.details["tail"])
    assert lab.entries("-for-recipes") == []


# -- what is cleaned, exported and wrong -----------------------------------------------------------------------


def test_outputs_of_an_earlier_run_are_removed_first(lab):
    seen = 'ls >> "@trace"'
    lab.add(
        {
            "plain": {"clean_output_files": ["old.txt", "../kept.txt"], "run.sh": seen},
            "stored": {"cache": True, "clean_output_files": ["old.txt"], "run.sh": "true"},
        }
    )
    old, kept = lab.folder / "old.txt", lab.folder.parent / "kept.txt"
    kept.write_text("mine")
    for tags in ("plain", "stored", "stored"):
        old.write_text("old")
        lab.run(tags)
        assert not old.exists(), tags
    assert "old.txt" not in lab.trace
    assert kept.exists()


def test_forced_exports_may_be_given_as_text(lab):
    lab.add({"two": {"env": {"A_B": "1", "C_D": "2", "E": "3"}, "new_env_keys": ["E"], "run.sh": "true"}})
    assert lab.run("two", force_new_env_keys="A_B,C_*")["new_env"] == {"A_B": "1", "C_D": "2"}


def test_a_key_of_the_wrong_shape_is_named(lab):
    lab.add({"odd": {"extra_cache_tags_from_env": ["CM_X"], "run.sh": "true"}})
    with pytest.raises(
        CMError, match=r"odd: 'extra_cache_tags_from_env\[0\]' must be a dictionary, not text"
    ):
        lab.run("odd")
