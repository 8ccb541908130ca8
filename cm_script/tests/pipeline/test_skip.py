"""A recipe that finds nothing to do, or has another script do it."""

import pytest


def echo(*names):
    """A native script that writes the values of env keys."""
    return "\n".join(f'echo "{name}=${name}" >> "@trace"' for name in names)


def say(word):
    return f'echo {word} >> "@trace"'


SKIPPING = """
def preprocess(i):
    i["env"]["LEAK"] = "yes"
    i["state"]["leak"] = 1
    return {"return": 0, "skip": True}
"""


@pytest.mark.parametrize("cache", [False, True])
def test_skip_leaks_nothing_and_leaves_no_entry(lab, cache):
    lab.add(
        {
            "main": {"deps": [{"tags": "skips"}], "run.sh": echo("LEAK")},
            "skips": {
                "cache": cache,
                "customize.py": SKIPPING,
                "new_env_keys": ["LEAK"],
                "run.sh": say("never"),
            },
        }
    )
    data = lab.run("main")
    assert lab.trace == ["LEAK="]
    assert "LEAK" not in data["env"]
    assert lab.run("skips")["skipped"] is True
    assert lab.entries() == []
    assert not any(lab.cache_folder.glob("[!.]*")) if lab.cache_folder.exists() else True
    assert ("skips", "skipped") in [entry[:2] for entry in lab.listener.finished]


def test_skip_in_favour_of_another_script(lab):
    instead = """
def preprocess(i):
    i["env"]["LEAK"] = "yes"
    return {"return": 0, "skip": True, "script": {"tags": "other", "env": {"WHO": "asked"}}}
"""
    lab.add(
        {
            "main": {"deps": [{"tags": "skips"}], "run.sh": echo("LEAK", "OTHER")},
            "skips": {"cache": True, "customize.py": instead, "run.sh": say("never")},
            "other": {
                "env": {"OTHER": "exported"},
                "new_env_keys": ["OTHER"],
                "run.sh": echo("WHO", "LEAK"),
            },
        }
    )
    data = lab.run("main")
    assert lab.trace == ["WHO=asked", "LEAK=", "LEAK=", "OTHER=exported"]
    assert ("skips", "done", "replaced by other") in lab.listener.finished
    assert "LEAK" not in data["env"]
    assert lab.entries() == []
