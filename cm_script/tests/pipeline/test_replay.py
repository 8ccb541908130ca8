"""When a result comes from the cache, and what still runs then."""

import json

import pytest

from cm_core import CMError, NotFoundError
from cm_script.errors import ScriptFailedError


def say(word):
    return f'echo {word} >> "@trace"'


COUNTED = {"cache": True, "run.sh": 'echo "made $CM_VERSION$IN" >> "@trace"; echo 1 > made-by-run'}


def test_a_hit_runs_nothing_and_exports_the_same(lab):
    lab.add(
        {
            "main": {
                **COUNTED,
                "deps": [{"tags": "leaf"}],
                "env": {"A": "1", "+PATH": ["/x"]},
                "state": {"s": {"t": 1}},
                "new_env_keys": ["A", "+PATH"],
                "new_state_keys": ["s"],
                "customize.py": "def preprocess(i):\n    print('hook')\n    return {'return': 0}\n",
            },
            "leaf": {"run.sh": say("leaf")},
        }
    )
    first = lab.run("main")
    assert lab.trace == ["leaf", "made "]
    second = lab.run("main")
    assert lab.trace == []
    assert lab.listener.text.count("hook") == 1
    for key in ("new_env", "new_state", "deps", "path"):
        assert first[key] == second[key]
    assert second["env"]["+PATH"] == ["/x"]
    (entry,) = lab.entries("main")
    assert str(entry) == second["path"]
    assert (entry / "made-by-run").exists()
    assert [step["status"] for step in second["steps"]] == ["cached"]
    assert list(lab.folder.iterdir()) == []


def test_only_dynamic_dependencies_run_on_a_hit(lab):
    kinds = ("deps", "prehook_deps", "posthook_deps", "post_deps")
    lab.add(
        {
            "main": {
                **COUNTED,
                **{
                    kind: [{"tags": "leaf", "env": {"IN": kind}}, {"tags": "leaf", "env": {"IN": f"dynamic {kind}"}, "dynamic": True}]
                    for kind in kinds
                },
                "new_env_keys": ["SEEN"],
                "env": {"SEEN": "stored"},
            },
            "leaf": {"run.sh": 'echo "$IN" >> "@trace"'},
        }
    )  # fmt: skip
    lab.run("main")
    assert len(lab.trace) == 9
    assert lab.run("main")["new_env"] == {"SEEN": "stored"}
    assert lab.trace == [f"dynamic {kind}" for kind in kinds]


def test_a_dependency_that_fails_fails_the_hit(lab):
    lab.add(
        {
            "main": {**COUNTED, "deps": [{"tags": "leaf", "dynamic": True}]},
            "leaf": {"run.sh": f'test ! -e "{lab.folder}/broken"'},
        }
    )
    lab.run("main")
    (lab.folder / "broken").touch()
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("main")
    assert caught.value.details["chain"] == ["main", "leaf"]
    assert len(lab.entries("main")) == 1


# -- the recipe's own check ----------------------------------------------------------------------------------


def test_the_own_check_accepts_or_rejects(lab):
    check = 'test "$KEPT" = stored && test -e made-by-run && echo check >> "@trace"'
    lab.add(
        {
            "main": {
                **COUNTED,
                "validate_cache.sh": check,
                "env": {"KEPT": "stored"},
                "new_env_keys": ["KEPT"],
            }
        }
    )
    first = lab.run("main")
    assert lab.trace == ["made "]
    lab.run("main")
    assert lab.trace == ["check"]
    (lab.entries("main")[0] / "made-by-run").unlink()
    third = lab.run("main")
    assert lab.trace == ["made "]
    assert third["path"] != first["path"]
    lab.run("main")
    assert lab.trace[-1] == "check"


@pytest.mark.parametrize(("now", "made_again"), [("1.0", False), ("2.0", True)])
def test_the_own_check_may_compare_versions(lab, now, made_again):
    hooks = f"""
def postprocess(i):
    return {{"return": 0, "version": "1.0"}}

def detect_version(i):
    return {{"return": 0, "version": "{now}"}}
"""
    lab.add({"main": {**COUNTED, "validate_cache.sh": "true", "customize.py": hooks}})
    lab.run("main")
    lab.run("main")
    assert lab.trace == ["made "] * (2 if made_again else 1)


def test_what_the_own_check_changes_is_forgotten_when_the_result_is_made_again(lab):
    hooks = """
def postprocess(i):
    return {"return": 0, "version": "1.0"}

def detect_version(i):
    i["env"]["SEEN"].append("env")
    i["meta"]["prehook_deps"][0]["env"]["+SEEN"].append("meta")
    return {"return": 0, "version": "2.0"}
"""
    entry = {"tags": "child", "env": {"+SEEN": ["entry"]}}
    lab.add(
        {
            "child": {"new_env_keys": ["+SEEN"]},
            "main": {
                **COUNTED,
                "env": {"SEEN": ["own"]},
                "new_env_keys": ["SEEN", "+SEEN"],
                "prehook_deps": [entry],
                "validate_cache.sh": "true",
                "customize.py": hooks,
            },
        }
    )
    exports = [lab.run("main")["new_env"] for _ in range(2)]
    assert lab.trace == ["made "] * 2
    assert exports == [{"SEEN": ["own"], "+SEEN": ["entry"]}] * 2


def test_an_entry_whose_state_is_damaged_is_made_again(lab):
    lab.add({"main": COUNTED})
    lab.run("main")
    (entry,) = lab.entries()
    (entry / "cm-cached-state.json").write_text("{")
    lab.run("main")
    assert lab.trace == ["made ", "made "]
    (warning,) = lab.result.warnings
    assert f"the script runs again (to remove the entry: cm rm cache {entry.name} -f)" in warning


def test_an_entry_that_depends_on_a_path_that_is_gone(lab):
    lab.add({"main": {**COUNTED, "env": {"CM_GET_DEPENDENT_CACHED_PATH": str(lab.folder / "data")}}})
    (lab.folder / "data").mkdir()
    lab.run("main")
    lab.run("main")
    assert lab.trace == ["made "]
    (lab.folder / "data").rmdir()
    lab.run("main")
    assert lab.trace == ["made "]


# -- identity ------------------------------------------------------------------------------------------------

GROUPS = {
    **COUNTED,
    "variations": {
        "g1": {"group": "g", "default": True, "env": {"G": "1"}},
        "g2": {"group": "g", "env": {"G": "2"}},
    },
    "new_env_keys": ["G"],
}


def test_default_variations_belong_to_the_identity(lab):
    lab.add({"main": GROUPS})
    first, second, third, spelled = (lab.run(tags) for tags in ("main", "main,_g2", "main", "main,_g1"))
    assert [data["new_env"]["G"] for data in (first, second, third, spelled)] == ["1", "2", "1", "1"]
    assert first["path"] == third["path"] == spelled["path"] != second["path"]
    assert lab.trace == ["made ", "made "]


def test_the_default_version_belongs_to_the_identity(lab):
    lab.add({"main": {**COUNTED, "default_version": "2.0", "versions": {"1.0": {}, "2.0": {}}}})
    old = lab.run("main", version="1.0")
    new = lab.run("main")
    assert lab.trace == ["made 1.0", "made 2.0"]
    assert lab.run("main")["path"] == lab.run("main", version="2.0")["path"] == new["path"]
    assert lab.run("main", version="1.0")["path"] == old["path"]
    assert lab.trace == []
    assert len(lab.entries("version-1.0")) == len(lab.entries("version-2.0")) == 1


def test_bounds_are_checked_against_what_is_there(lab):
    lab.add({"main": {**COUNTED, "default_version": "2.0"}})
    lab.run("main", version="1.0")
    one = lab.run("main", version_max="1.5")
    assert lab.trace == ["made 1.0"]
    two = lab.run("main", version_min="1.5")
    assert lab.trace == ["made 2.0"]
    three = lab.run("main", version_min="3.0")
    assert lab.trace == ["made 3.0"]
    assert len({one["path"], two["path"], three["path"]}) == 3
    assert lab.run("main", version_min="10.0", version_max="12.0", version_max_usable="11.0")["path"]
    assert lab.trace == ["made 10.0"]


def test_inputs_belong_to_the_identity_and_silence_matches_any(lab):
    lab.add({"main": {**COUNTED, "input_mapping": {"in": "IN"}, "new_env_keys": ["IN"]}})
    five = lab.run("main", **{"in": "5"})
    six = lab.run("main", **{"in": "6"})
    assert lab.trace == ["made 5", "made 6"]
    assert lab.run("main", **{"in": "5"})["path"] == five["path"]
    silent = lab.run("main")
    assert silent["path"] == six["path"]
    assert "in=6" in silent["steps"][0]["note"]
    assert lab.trace == []
    assert lab.run("main", env={"OTHER": "1"})["path"] not in (five["path"], six["path"])


def test_a_label_is_found_by_that_label_only(lab):
    lab.add({"main": COUNTED})
    plain = lab.run("main")["path"]
    named = lab.run("main", name="Mine")["path"]
    tagged = lab.run("main", extra_cache_tags="x,y")["path"]
    assert len({plain, named, tagged}) == 3
    assert lab.run("main")["path"] == plain
    assert lab.run("main", name="mine")["path"] == named
    assert lab.run("main", extra_cache_tags="x,y")["path"] == tagged
    assert len(lab.trace) == 3


def test_excluded_tags_exclude_entries(lab):
    lab.add({"main": COUNTED})
    lab.run("main", extra_cache_tags="bad")
    lab.run("main,-bad", extra_cache_tags="good")
    assert len(lab.trace) == 2


# -- flags ---------------------------------------------------------------------------------------------------


def test_new_makes_another_entry(lab):
    lab.add({"main": COUNTED})
    first, second = lab.run("main"), lab.run("main", new=True)
    assert first["path"] != second["path"]
    assert lab.run("main")["path"] == second["path"]
    assert lab.trace == ["made ", "made "]


def test_renew_works_in_the_same_folder_and_keeps_the_old_answer_when_it_fails(lab):
    run = f"""echo "made $CM_RENEW_CACHE_ENTRY" >> "@trace"
ls >> "@trace"
echo x > made-by-run
test ! -e "{lab.folder}/broken" """
    lab.add(
        {"main": {"cache": True, "run.sh": run, "deps": [{"tags": "leaf"}]}, "leaf": {"run.sh": say("leaf")}}
    )
    first = lab.run("main")
    assert lab.trace == ["leaf", "made ", "_cm.json"]
    again = lab.run("main", renew=True)
    assert again["path"] == first["path"]
    seen = lab.trace
    assert seen[:2] == ["leaf", "made yes"]
    assert "made-by-run" in seen
    (lab.folder / "broken").touch()
    with pytest.raises(ScriptFailedError):
        lab.run("main", renew=True)
    assert lab.trace
    assert lab.run("main")["path"] == first["path"]
    assert lab.trace == []
    assert len(lab.entries()) == 1


def test_skip_cache_and_force_cache(lab):
    lab.add(
        {
            "main": COUNTED,
            "forced": {**COUNTED, "cache": False, "can_force_cache": True},
            "never": {**COUNTED, "cache": False},
        }
    )
    lab.run("main", skip_cache=True)
    assert "path" not in lab.result.data
    assert (lab.folder / "made-by-run").exists()
    for tags, options in (("forced", {}), ("never", {"force_cache": True})):
        lab.run(tags, **options)
        assert "path" not in lab.result.data
    assert lab.entries() == []
    lab.run("forced", force_cache=True)
    lab.run("forced", force_cache=True)
    assert len(lab.entries()) == 1
    assert len(lab.trace) == 4


def test_only_from_the_cache(lab):
    lab.add({"main": COUNTED})
    with pytest.raises(NotFoundError, match="the cache has no result"):
        lab.run("main", only_execute_from_cache=True)
    assert (lab.trace, lab.entries()) == ([], [])
    made = lab.run("main")
    assert lab.run("main", only_execute_from_cache=True)["path"] == made["path"]


def test_a_failed_run_leaves_no_entry_and_the_next_one_starts_empty(lab):
    run = f'ls >> "@trace"; touch left-over; test -e "{lab.folder}/good"'
    lab.add({"main": {"cache": True, "run.sh": run}})
    with pytest.raises(CMError):
        lab.run("main")
    assert lab.entries() == []
    (lab.folder / "good").touch()
    lab.run("main")
    assert lab.trace == ["_cm.json"] * 2


def test_constants_win_over_what_is_stored(lab):
    lab.add({"main": {**COUNTED, "env": {"A": "stored", "B": "b"}, "new_env_keys": ["A", "B"]}})
    lab.run("main")
    lab.add({"parent": {"deps": [{"tags": "main"}], "new_env_keys": ["A", "B"]}}, alias="more")
    assert lab.run("parent", const={"A": "const"})["new_env"] == {"A": "const", "B": "b"}


def test_files_on_disk_are_those_of_the_original(lab):
    lab.add({"main": {**GROUPS, "variations": {**GROUPS["variations"], "v": {}}}})
    lab.run("main,_v", name="Mine")
    (entry,) = lab.entries()
    meta = json.loads((entry / "_cm.json").read_text())
    assert {"main", "_v", "name-mine", f"script-artifact-{meta['associated_script_artifact_uid']}"} <= set(
        meta["tags"]
    )
    assert "_g1" not in meta["tags"]
    assert "tmp" not in meta["tags"]
    assert meta["associated_script_artifact"] == f"main,{meta['associated_script_artifact_uid']}"
    state = json.loads((entry / "cm-cached-state.json").read_text())
    assert (state["new_env"], state["deps"], state["version"]) == ({"G": "1"}, [], "")
