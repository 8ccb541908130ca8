"""Cached results whose recipe has changed since: they are used, and the run says so."""

import json
import os
from pathlib import Path

import pytest

from cm_core import Session

WORD = "its recipe has changed since; --renew makes it again"


@pytest.fixture
def recipe(lab):
    """The folder of a cached recipe that has run once."""
    lab.add({"thing": {"cache": True, "customize.py": "def preprocess(i):\n    return {'return': 0}\n"}})
    lab.run("thing")
    lab.run("thing")
    assert WORD not in lab.listener.finished[-1]
    return Path(lab.session.find("script", "", "thing")[0].path)


@pytest.mark.parametrize("name", ["customize.py", "run.sh"])
def test_a_changed_or_new_file_is_named_until_the_result_is_made_again(lab, recipe, name):
    with (recipe / name).open("a") as file:
        file.write("# changed\n")
    lab.run("thing")
    assert WORD in lab.listener.finished[-1]
    lab.run("thing", renew=True)
    lab.run("thing")
    assert WORD not in lab.listener.finished[-1]


def test_a_change_of_the_same_size_is_named(lab, recipe):
    file = recipe / "customize.py"
    file.write_text(file.read_text().replace("preprocess", "preproces5"))
    lab.run("thing")
    assert WORD in lab.listener.finished[-1]


def test_other_times_and_data_are_no_change(lab, recipe):
    os.utime(recipe / "customize.py", (1, 1))
    (recipe / "data.txt").write_text("data")
    lab.run("thing")
    assert WORD not in lab.listener.finished[-1]


def test_entries_without_facts_say_nothing(lab, recipe):
    path = lab.entries("thing")[0] / "_cm.json"
    meta = json.loads(path.read_text())
    assert meta.pop("cm_recipe")
    path.write_text(json.dumps(meta))
    (recipe / "run.sh").write_text("echo\n")
    lab.run("thing")
    assert WORD not in lab.listener.finished[-1]


def test_in_a_shared_home_it_is_said_with_the_home_and_in_the_answer(lab, recipe, tmp_path):
    (recipe / "run.sh").write_text("echo\n")
    env = {**lab.env, "CM_REPOS": str(tmp_path / "own"), "CM_SHARED_HOMES": str(lab.home)}
    lab.session.close()
    lab.session = Session(env=env, cwd=lab.folder)
    note = lab.run("thing")["steps"][-1]["note"]
    assert note == f"in the shared home {lab.home}; {WORD}"
