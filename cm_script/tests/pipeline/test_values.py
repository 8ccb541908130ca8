"""Env and state are values: what recipes do to theirs reaches nobody else but by export."""

import copy

from cm_core import Request

VANDAL = """
def spoil(value):
    for item in list(value.values()) if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            spoil(item)
    if isinstance(value, dict):
        value["SPOILED"] = "yes"
    else:
        value.append("SPOILED")

def spoil_all(i):
    given = i["run_script_input"]
    assert given["env"] is i["env"] and given["state"] is i["state"] and given["meta"] is i["meta"]
    for part in (i["env"], i["state"], i["meta"]["variations"], i["input"], i["customize"], i["os_info"],
                 given["const"], given["const_state"], given["add_deps_recursive"]):
        spoil(part)
    return {"return": 0}

def preprocess(i):
    i["meta"]["prehook_deps"][0]["env"]["LATE"].append("/by-hook")
    return spoil_all(i)

def postprocess(i):
    assert i["env"]["LATE"] == ["/l", "/by-hook"]
    assert i["env"]["SPOILED"] == "yes" and "/d" in i["env"]["+PATH"]
    return spoil_all(i)
"""
SCRIPTS = {
    "main": {
        "deps": [
            {"tags": "vandal", "env": {"OWN": ["/o"]}, "state": {"own": {"l": [1]}}, "const": {"C": ["/c"]}},
            {"tags": "witness"},
        ],
        "env": {"+PATH": ["/a"], "D": {"l": [1]}},
        "state": {"s": {"l": [1]}},
        "new_env_keys": ["+PATH", "D", "SPOILED", "OWN", "C"],
        "new_state_keys": ["*"],
    },
    "vandal": {
        "variations": {"v": {"default": True, "group": "g", "env": {"V": ["/v"]}}},
        "prehook_deps": [{"tags": "witness", "env": {"LATE": ["/l"]}}],
        "customize": {"x": {"y": [1]}},
        "const_state": {"cs": [1]},
        "env": {"+PATH": ["/d"]},
        "customize.py": VANDAL,
    },
    "witness": {"env": {"+PATH": ["/w"]}, "new_env_keys": ["LATE"]},
}


def test_a_recipe_that_changes_all_that_it_gets_changes_nothing_of_others(lab):
    lab.add(SCRIPTS)
    options = {"tags": "main", "env": {"+PATH": ["/u"], "U": {"l": [1]}}, "adr": {"x": {"tags": "_y"}}}
    given = copy.deepcopy(options)
    answers = [
        lab.session.call(Request(action="run", automation="script", options=options)).data for _ in range(2)
    ]
    assert options == given
    for answer in answers:
        assert answer["new_env"] == {"+PATH": ["/a"], "D": {"l": [1]}}
        assert answer["new_state"] == {"s": {"l": [1]}, "docker": {}}
    assert answers[0]["env"] == answers[1]["env"]
