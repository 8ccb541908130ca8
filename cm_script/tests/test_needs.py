from __future__ import annotations

from cm_script.needs import Dependencies

SCRIPTS = {
    "make-soup": {
        "tags": ["make", "soup"],
        "deps": [
            {"tags": "get,pot", "names": ["pot"], "version_min": "1.2"},
            {"tags": "get,lid", "enable_if_env": {"CM_LID": [True, "round"]}},
        ],
        "post_deps": [{"tags": "get,<<<CM_WHAT>>>"}, {"tags": "get,pot", "skip_if_fake_run": True}],
        "variations": {"cold": {"deps": [{"tags": "get,ice"}]}},
    },
    "get-pot": {"tags": ["get", "pot"]},
    "get-lid": {"tags": ["get", "lid"]},
    "get-lid-of-glass": {"tags": ["get", "lid", "glass"]},
}


def needs_of(lab, alias: str):
    lab.add(SCRIPTS)
    (script,) = lab.session.find("script", alias)
    return Dependencies(lab.session).of(script.path)


def test_every_entry_with_its_phase_and_condition(lab):
    needs = needs_of(lab, "make-soup")
    assert [(need.phase, need.tags, need.only_with) for need in needs] == [
        ("deps", "get,pot", ""),
        ("deps", "get,lid", ""),
        ("post_deps", "get,<<<CM_WHAT>>>", ""),
        ("post_deps", "get,pot", ""),
        ("deps", "get,ice", "_cold"),
    ]
    assert [need.is_certain for need in needs] == [True, False, True, False, False]
    assert (needs[0].names, needs[0].version) == (("pot",), "≥ 1.2")
    (condition,) = needs[1].conditions
    assert (condition.word, condition.tests) == ("if", (("CM_LID", "yes or round"),))


def test_scripts_that_an_entry_may_mean(lab):
    names = [sorted(target.name for target in need.targets) for need in needs_of(lab, "make-soup")]
    lids = ["get-lid", "get-lid-of-glass"]
    assert names == [["get-pot"], lids, [*lids, "get-pot"], ["get-pot"], []]


def test_a_folder_without_a_script_needs_nothing(lab):
    assert Dependencies(lab.session).of(lab.folder) == ()
