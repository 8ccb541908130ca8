"""The order of a run, what native scripts see, what leaves a run, what stays inside."""

import json

import pytest

from cm_core import CMError

HOOKS = """
def write(word):
    with open("@trace", "a") as trace:
        trace.write(word + "\\n")
    return {"return": 0}

def preprocess(i):
    return write("preprocess")

def postprocess(i):
    return write("postprocess")
"""


def echo(*names):
    """A native script that writes the values of env keys."""
    return "\n".join(f'echo "{name}=${name}" >> "@trace"' for name in names)


def say(word):
    return f'echo {word} >> "@trace"'


KINDS = ("deps", "prehook_deps", "posthook_deps", "post_deps")


def test_order(lab):
    lab.add(
        {
            "main": {
                **{kind: [{"tags": kind}] for kind in KINDS},
                "run.sh": say("native"),
                "customize.py": HOOKS,
            },
            **{kind: {"tags": [kind], "run.sh": say(kind)} for kind in KINDS},
        }
    )
    data = lab.run("main")
    assert lab.trace == [
        "deps", "preprocess", "prehook_deps", "native", "posthook_deps", "postprocess", "post_deps",
    ]  # fmt: skip
    assert data["deps"] == list(KINDS)


def test_a_fake_run_runs_dependencies_and_prehook_dependencies_only(lab):
    lab.add(
        {
            "main": {
                **{kind: [{"tags": kind}] for kind in KINDS},
                "run.sh": say("native"),
                "customize.py": HOOKS,
            },
            **{kind: {"tags": [kind], "run.sh": say(kind)} for kind in KINDS},
        }
    )
    lab.run("main", fake_run=True)
    assert lab.trace == ["deps", "prehook_deps"]
    lab.run("main", action="prepare")
    assert lab.trace == ["deps", "prehook_deps"]
    data = lab.run("main", fake_run=True, fake_deps=True)
    assert (data["deps"], lab.trace) == (["deps", "prehook_deps"], [])


def test_a_fake_run_is_not_called_done(lab):
    lab.add({"main": {"deps": [{"tags": "it"}], "customize.py": ""}, "it": {"tags": ["it"]}})
    data = lab.run("main", dry_run=True)
    assert data["deps"] == ["it"]
    assert [(step["status"], step["note"]) for step in data["steps"]] == [("skipped", "would run")]
    data = lab.run("main", fake_run=True)
    assert [(step["status"], step["note"]) for step in data["steps"]] == [
        ("done", ""), ("skipped", "only what it needs"),
    ]  # fmt: skip


# -- env -----------------------------------------------------------------------------------------------------

LAYERS = {
    "default_env": {"K": "default"},
    "input_mapping": {"flag": "K"},
    "variations": {"v": {"env": {"K": "v"}}, "w": {"env": {"K": "w"}}, "v,w": {"env": {"K": "v,w"}}},
    "versions": {"1": {"env": {"K": "version"}}},
    "run.sh": echo("K"),
}


def test_precedence_as_seen_by_the_native_script(lab):
    lab.add({"layers": LAYERS, "set-layers": {**LAYERS, "tags": ["set"], "env": {"K": "meta"}}})

    def seen(tags, **options):
        lab.run(tags, **options)
        return lab.trace[-1].removeprefix("K=")

    assert seen("layers") == "default"
    assert seen("layers", env={"K": "caller"}) == "caller"
    assert seen("set", env={"K": "caller"}) == "meta"
    assert seen("set,_v", env={"K": "caller"}) == "v"
    assert seen("set,_v,_w") == "v,w"
    assert seen("set,_v,_w", version="1") == "version"
    assert seen("set,_v,_w", version="1", flag="flag") == "flag"
    assert seen("set,_v,_w", version="1", const={"K": "const"}) == "const"


def test_mapped_flags_and_constants_win_in_dependencies_too(lab):
    lab.add(
        {
            "main": {"input_mapping": {"flag": "K"}, "deps": [{"tags": "child"}], "run.sh": echo("K", "C")},
            "child": {"env": {"K": "meta", "C": "meta"}, "run.sh": echo("K", "C")},
        }
    )
    lab.run("main", flag="flag", const={"C": "const"})
    assert lab.trace == ["K=flag", "C=const"] * 2


def test_only_exports_reach_the_parent(lab):
    lab.add(
        {
            "main": {
                "deps": [{"tags": "child", "env": {"ENTRY": "entry"}}],
                "run.sh": echo("OUT", "OUT_MORE", "PRIVATE", "ENTRY", "REPORTED"),
                "new_env_keys": ["OUT*", "<<<NAMED>>>", "MINE"],
                "env": {"NAMED": "REPORTED"},
            },
            "child": {
                "env": {"OUT": "1", "OUT_MORE": "2", "PRIVATE": "3"},
                "new_env_keys": ["OUT*", "REPORTED"],
                "run.sh": 'test "$ENTRY" = entry && echo "REPORTED=a=b" > tmp-run-env.out',
            },
        }
    )
    data = lab.run("main")
    assert lab.trace == ["OUT=1", "OUT_MORE=2", "PRIVATE=", "ENTRY=", "REPORTED=a=b"]
    assert data["new_env"] == {"OUT": "1", "OUT_MORE": "2", "REPORTED": "a=b"}
    assert lab.run("main", force_new_env_keys=["OUT"])["new_env"] == {"OUT": "1"}


def test_state_of_dependencies_and_hooks(lab):
    lab.add(
        {
            "main": {
                "deps": [{"tags": "child"}],
                "new_state_keys": ["shared", "mine"],
                "customize.py": "def postprocess(i):\n    i['state']['mine'] = i['state']['shared']['list']\n    return {'return': 0}\n",
            },
            "child": {
                "state": {"shared": {"list": [1]}, "hidden": 1},
                "new_state_keys": ["shared"],
                "run.sh": """echo '{"shared": {"list": [2]}}' > tmp-run-state.json""",
            },
        }
    )
    data = lab.run("main")
    assert data["new_state"] == {"shared": {"list": [1, 2]}, "mine": [1, 2]}
    assert "hidden" not in data["state"]


def test_paths_grow_and_are_exported_as_one_value(lab):
    lab.add(
        {
            "main": {
                "deps": [{"tags": "child"}],
                "env": {"+PATH": ["/main"]},
                "new_env_keys": ["+PATH"],
                "run.sh": 'echo "$PATH" | cut -d: -f1,2 >> "@trace"',
            },
            "child": {"env": {"+PATH": ["/child"]}, "new_env_keys": ["+PATH"]},
        }
    )
    assert lab.run("main")["new_env"]["+PATH"] == ["/main", "/child"]
    assert lab.trace == ["/main:/child"]


def test_local_keys_stay_hidden_unless_forced(lab):
    child = echo("CM_VERSION", "CM_TMP_X", "CM_GIT_URL", "MINE", "OPEN", "HALF")
    lab.add(
        {
            "main": {
                "env": {
                    "CM_TMP_X": "tmp",
                    "CM_GIT_URL": "url",
                    "MINE": "mine",
                    "OPEN": "open",
                    "HALF": "<<<NO>>>",
                },
                "local_env_keys": ["MI*"],
                "deps": [
                    {"tags": "child"},
                    {"tags": "child", "force_env_keys": ["CM_TMP_*", "MINE"], "reuse_version": True},
                ],
                "run.sh": echo("CM_VERSION", "MINE"),
            },
            "child": {"run.sh": child},
        }
    )
    lab.run("main", version="7")
    assert lab.trace == [
        *["CM_VERSION=", "CM_TMP_X=", "CM_GIT_URL=", "MINE=", "OPEN=open", "HALF="],
        *["CM_VERSION=7", "CM_TMP_X=tmp", "CM_GIT_URL=", "MINE=mine", "OPEN=open", "HALF="],
        *["CM_VERSION=7", "MINE=mine"],
    ]


def test_ad_for_direct_and_adr_for_all_dependencies(lab):
    child = {"names": ["leaf"], "tags": "leaf"}
    lab.add(
        {
            "main": {"deps": [{"tags": "middle", "names": ["middle"]}, child]},
            "middle": {"deps": [child]},
            "leaf": {"variations": {"x": {"env": {"X": "x"}}}, "run.sh": echo("X", "CM_VERSION")},
        }
    )
    lab.run("main", ad={"leaf": {"tags": "_x"}})
    assert lab.trace == ["X=", "CM_VERSION=", "X=x", "CM_VERSION="]
    lab.run("main", adr={"leaf": {"tags": "_x", "version": "3"}})
    assert lab.trace == ["X=x", "CM_VERSION=3"] * 2
    lab.run("main", adr={"nobody": {"tags": "_x"}})
    with pytest.raises(CMError, match="nobody"):
        lab.run("main", ad={"nobody": {"tags": "_x"}})


def test_conditions_see_what_earlier_dependencies_exported(lab):
    lab.add(
        {
            "main": {
                "deps": [
                    {"tags": "detect"},
                    {"tags": "leaf", "env": {"WHO": "a"}, "enable_if_env": {"FOUND": ["yes"]}},
                    {"tags": "leaf", "env": {"WHO": "b"}, "skip_if_env": {"FOUND": ["yes"]}},
                    {
                        "tags": "leaf",
                        "env": {"WHO": "<<<FOUND>>>"},
                        "skip_if_any_env": {"A": ["1"], "B": ["1"]},
                    },
                ]
            },
            "detect": {"env": {"FOUND": "1"}, "new_env_keys": ["FOUND"]},
            "leaf": {"run.sh": echo("WHO")},
        }
    )
    lab.run("main")
    assert lab.trace == ["WHO=a", "WHO=1"]


# -- hooks ---------------------------------------------------------------------------------------------------


def test_hooks_change_env_version_and_tags(lab):
    hooks = """
def preprocess(i):
    i["env"]["FROM_HOOK"] = i["env"]["CM_TMP_PIP_VERSION_STRING"]
    return {"return": 0}

def postprocess(i):
    i["env"]["AFTER"] = i["env"]["FROM_HOOK"] + "!"
    return {"return": 0, "version": "1.5", "add_extra_cache_tags": ["found-it"]}
"""
    lab.add(
        {
            "main": {
                "cache": True,
                "customize.py": hooks,
                "run.sh": echo("FROM_HOOK"),
                "new_env_keys": ["AFTER"],
                "extra_cache_tags_from_env": [{"env": "AFTER", "prefix": "x-"}],
            }
        }
    )
    data = lab.run("main", version_min="1.0", version_max="2.0")
    assert lab.trace == ["FROM_HOOK=>=1.0,<=2.0"]
    assert data["version"] == "1.5"
    assert data["new_env"] == {"AFTER": ">=1.0,<=2.0!"}
    (entry,) = lab.entries("main,version-1.5,found-it")
    meta = json.loads((entry / "_cm.json").read_text())
    assert {"deps-x->=1.0", "deps-x-<=2.0!"} <= set(meta["tags"])


def test_hooks_know_the_folder_of_their_recipe(lab):
    hooks = """
import os
def preprocess(i):
    assert os.path.samefile(i["env"]["CM_TMP_CURRENT_SCRIPT_PATH"], os.path.dirname(__file__))
    return {"return": 0}
"""
    run = (
        'basename "$CM_TMP_CURRENT_SCRIPT_PATH" >> "@trace"; test "$CM_TMP_CURRENT_SCRIPT_WORK_PATH" = "$PWD"'
    )
    script = {"customize.py": hooks, "run.sh": run}
    lab.add({"main": {**script, "deps": [{"tags": "child"}], "cache": True}, "child": script})
    lab.run("main")
    assert lab.trace == ["child", "main"]


def test_placeholders_are_resolved_before_each_part(lab):
    hooks = """
def preprocess(i):
    i["env"]["SEEN"] = i["env"]["FROM_ENGINE"] + i["env"]["FROM_DEP"]
    i["env"]["HOOK"] = "h"
    return {"return": 0}

def postprocess(i):
    i["env"]["LATE"] = i["env"]["FROM_RUN"]
    return {"return": 0}
"""
    lab.add(
        {
            "main": {
                "env": {
                    "FROM_ENGINE": "<<<CM_TMP_PIP_VERSION_STRING>>>!",
                    "FROM_DEP": "<<<OUT>>>",
                    "FROM_HOOK": "<<<HOOK>>>",
                    "FROM_RUN": "<<<RUN>>>",
                    "NEVER": "<<<NOBODY>>>",
                },
                "deps": [{"tags": "child"}],
                "customize.py": hooks,
                "run.sh": echo("SEEN", "FROM_HOOK", "FROM_RUN", "NEVER") + "\necho RUN=r > tmp-run-env.out",
            },
            "child": {"env": {"OUT": "out"}, "new_env_keys": ["OUT"]},
        }
    )
    lab.run("main", version="3")
    assert lab.trace == ["SEEN===3!out", "FROM_HOOK=h", "FROM_RUN=<<<RUN>>>", "NEVER=<<<NOBODY>>>"]


def test_the_folder_in_which_a_hook_ends_is_that_of_the_native_script(lab):
    hooks = "import os\ndef preprocess(i):\n    os.makedirs('sub')\n    os.chdir('sub')\n    return {'return': 0}\n"
    lab.add({"main": {"customize.py": hooks, "run.sh": 'basename "$PWD" >> "@trace"'}})
    lab.run("main")
    assert lab.trace == ["sub"]


def test_output_folder_and_files_to_clean(lab):
    (lab.folder / "old.txt").write_text("old")
    lab.add(
        {
            "main": {
                "clean_files": ["old.txt", "new.txt", "../escape.txt"],
                "run.sh": 'ls .. >> "@trace"; touch ../new.txt; basename "$PWD" >> "@trace"',
            }
        }
    )
    (lab.folder.parent / "escape.txt").write_text("kept")
    lab.run("main", outdirname="results")
    assert lab.trace == ["results", "results"]
    assert sorted(path.name for path in lab.folder.iterdir()) == ["results"]
    assert (lab.folder.parent / "escape.txt").exists()


def test_prefixes_of_keys_are_copied(lab):
    lab.add(
        {
            "main": {
                "env": {"OLD_A": "1"},
                "env_key_mappings": {"OLD_": "NEW_"},
                "run.sh": echo("NEW_A", "OLD_A"),
            }
        }
    )
    lab.run("main")
    assert lab.trace == ["NEW_A=1", "OLD_A=1"]
