"""What a customize.py imports from a dependency, where dependencies are only listed."""

import pytest

from cm_core import CMError

GIVES = """
import sys
def preprocess(i):
    sys.path.append(i["env"]["FOLDER"])
    sys.path.append(i["run_script_input"]["path"])
    return {"return": 0}
"""
FAKE = {"fake_run": True, "fake_deps": True}


@pytest.fixture
def provided(lab, monkeypatch):
    """A script that imports a module of this name from the recipe ``helper``, which imports another one."""
    import sys

    monkeypatch.setattr(sys, "path", [*sys.path])

    def add(module, **helper):
        lab.add(
            {
                "main": {
                    "deps": [{"tags": "other"}, {"tags": "helper"}],
                    "prehook_deps": [{"tags": "late"}],
                    "customize.py": f"import {module}\n",
                    "run.sh": 'echo main >> "@trace"',
                },
                "helper": {
                    "deps": [{"tags": "other"}],
                    f"{module}.py": f"import {module}_from_folder\n",
                    "customize.py": GIVES,
                    **helper,
                },
                "other": {"run.sh": 'echo other >> "@trace"'},
                "late": {"run.sh": 'echo late >> "@trace"'},
            }
        )
        folder = lab.folder / "folder"
        folder.mkdir()
        (folder / f"{module}_from_folder.py").write_text("")
        return {"env": {"FOLDER": str(folder)}}

    return add


def test_the_recipe_that_has_the_module_is_run(lab, provided):
    given = provided("provided_one")
    data = lab.run("main", **FAKE, **given)
    assert (data["deps"], lab.trace) == (["other", "helper", "late"], [])
    assert [(step["title"], step["status"]) for step in data["steps"]] == [
        ("helper", "done"),
        ("main", "skipped"),
    ]
    assert "+PYTHONPATH" not in data["new_env"]


def test_what_it_wants_to_know_is_named(lab, provided):
    provided("provided_two")
    with pytest.raises(CMError, match="No module named 'provided_two'") as caught:
        lab.run("main", **FAKE)
    assert caught.value.exit_code == 1
    assert caught.value.hint == (
        "the module comes from the recipe helper, which wants to know FOLDER: add --env.FOLDER=VALUE"
    )


def test_why_it_fails_is_said(lab, provided):
    given = provided("provided_three", **{"customize.py": "def preprocess(i):\n    return {'return': 3}\n"})
    with pytest.raises(CMError, match="No module named 'provided_three'") as caught:
        lab.run("main", **FAKE, **given)
    assert "the recipe helper, which cannot run: preprocess of recipe helper failed" in caught.value.hint


@pytest.mark.parametrize("more", [{"run.sh": 'echo native >> "@trace"'}, {"cache": True}])
def test_only_a_recipe_that_has_nothing_but_hooks_is_run(lab, provided, more):
    given = provided("provided_four", **more)
    with pytest.raises(CMError, match="No module named 'provided_four'") as caught:
        lab.run("main", **FAKE, **given)
    assert "install the Python module" in caught.value.hint
    assert lab.trace == []


def test_a_module_that_no_dependency_has(lab, provided):
    given = provided("provided_five")
    lab.add({"lost": {"deps": [{"tags": "helper"}], "customize.py": "import provided_nowhere\n"}}, "more")
    with pytest.raises(CMError, match="No module named 'provided_nowhere'"):
        lab.run("lost", **FAKE, **given)


def test_a_dry_run_runs_nothing_and_is_content_that_it_is_there(lab, provided):
    provided("provided_six")
    data = lab.run("main", dry_run=True)
    assert [(step["title"], step["note"]) for step in data["steps"]] == [("main", "would run")]
    assert lab.trace == []
