"""Tools that were upgraded in place: their cache entries are made again, from what they were made from."""

from pathlib import Path

import pytest

from cm_core import CMError, NotFoundError, Session
from cm_script.errors import ScriptFailedError

FIND = """
import os

def preprocess(i):
    env = i["env"]
    if "CM_TOOL" not in env:
        folder = env.get("CM_TMP_PATH") or "@bin"
        env["CM_TOOL"] = os.path.join(folder, "tool")
    return {"return": 0}

def postprocess(i):
    env = i["env"]
    with open(env["CM_TOOL"]) as file:
        version = file.read().strip()
    if version == "broken":
        return {"return": 1, "error": "it is broken"}
    env["CM_TOOL_VERSION"] = version
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_TOOL"]
    with open("@trace", "a") as file:
        file.write("looked at " + version + "\\n")
    return {"return": 0, "version": version}
"""


@pytest.fixture
def tools(lab):
    """Folders with a tool each, and the recipe of the old style that finds one."""

    def put(folder, version):
        place = lab.folder / folder
        place.mkdir(exist_ok=True)
        (place / "tool").write_text(version)
        return str(place)

    bin_folder = put("bin", "1.0")
    hooks = FIND.replace("@bin", bin_folder)
    lab.add({"tool": {"cache": True, "new_env_keys": ["CM_TOOL*"], "customize.py": hooks}})
    return put


def test_an_upgraded_tool_is_looked_at_again_once(lab, tools):
    first = lab.run("tool")
    tools("bin", "2.0.1")
    second = lab.run("tool")
    assert lab.trace == ["looked at 1.0", "looked at 2.0.1"]
    assert second["new_env"]["CM_TOOL_VERSION"] == "2.0.1"
    assert second["path"] == first["path"]
    assert f"{lab.folder}/bin/tool has changed since it was cached" in lab.listener.finished[-1]
    assert lab.run("tool")["version"] == "2.0.1"
    assert lab.trace == []
    assert len(lab.entries("tool")) == 1


def test_the_one_that_was_registered_stays_the_one(lab, tools):
    """A request without the path gets the registered tool, also when it is looked at again."""
    other = tools("other", "1.5")
    lab.run("tool", path=other)
    tools("other", "1.5.1")
    assert lab.run("tool")["new_env"] == {"CM_TOOL": f"{other}/tool", "CM_TOOL_VERSION": "1.5.1"}
    tools("other", "1.5.22")
    assert lab.run("tool", path=other)["version"] == "1.5.22"
    assert len(lab.entries("tool")) == 1


def test_a_name_goes_on_to_mean_the_same_path(lab, tools):
    """No input says where it is: whoever registered it had the path from another script."""
    other = tools("other", "1.5")
    maker = {"env": {"CM_TOOL": f"{other}/tool"}, "post_deps": [{"tags": "tool", "name": "mine"}]}
    lab.add({"maker": maker}, alias="more")
    lab.run("maker")
    tools("other", "1.5.1")
    assert lab.run("tool", name="mine")["new_env"]["CM_TOOL_VERSION"] == "1.5.1"
    assert lab.run("tool")["new_env"]["CM_TOOL_VERSION"] == "1.0"


def test_inputs_given_as_env_are_given_again(lab, tools):
    other = tools("other", "1.5")
    lab.run("tool", env={"CM_TOOL": f"{other}/tool"})
    tools("other", "1.5.1")
    assert lab.run("tool")["version"] == "1.5.1"


def test_a_tool_that_broke_leaves_the_entry_as_it_was(lab, tools):
    path = lab.run("tool")["path"]
    tools("bin", "broken")
    with pytest.raises(ScriptFailedError, match="it is broken"):
        lab.run("tool")
    tools("bin", "3.0.0")
    data = lab.run("tool")
    assert (data["path"], data["version"]) == (path, "3.0.0")


def test_a_version_that_nobody_asks_for_is_not_looked_for_again(lab, tools):
    other = tools("other", "1.5")
    lab.run("tool", path=other, version="1.5")
    tools("other", "1.5.1")
    assert lab.run("tool")["version"] == "1.0"


def test_only_from_the_cache_means_what_is_still_true(lab, tools):
    lab.run("tool")
    tools("bin", "2.0.1")
    with pytest.raises(CMError, match="the cache has no result"):
        lab.run("tool", only_execute_from_cache=True)
    assert lab.trace == ["looked at 1.0"]


def test_a_data_set_that_was_registered_and_changed(lab):
    """The recipe of a file, not of a tool: nothing is fetched instead of it."""
    hooks = """
def preprocess(i):
    env = i["env"]
    env["CM_FILE"] = env.get("CM_TMP_PATH") or "downloaded"
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_FILE"]
    return {"return": 0}
"""
    lab.add({"data": {"cache": True, "new_env_keys": ["CM_FILE"], "customize.py": hooks}})
    data = lab.folder / "data.tar"
    data.write_text("1")
    lab.run("data", path=str(data))
    data.write_text("22")
    assert lab.run("data")["new_env"]["CM_FILE"] == str(data)


# -- what is gone --------------------------------------------------------------------------------------------


@pytest.fixture
def lost(lab, tools):
    """A tool with the name *mine* that was there once."""
    folder = tools("other", "1.5")
    lab.run("tool", name="mine", path=folder)
    (lab.folder / "other" / "tool").unlink()
    return folder


def test_a_name_never_comes_to_mean_something_else(lab, lost):
    with pytest.raises(NotFoundError) as caught:
        lab.run("tool", name="mine")
    assert str(caught.value) == f"'mine' of script 'tool' is gone: {lost}/tool no longer exists"
    assert caught.value.hint == f"add --path=FOLDER, or forget it: cm rm cache {lab.entries('tool')[0].name}"


def test_a_name_can_be_given_again(lab, lost, tools):
    other = tools("bin", "1.6.1")
    assert lab.run("tool", name="mine", path=other)["version"] == "1.6.1"
    assert lab.run("tool", name="mine")["new_env"]["CM_TOOL"] == f"{other}/tool"


@pytest.mark.parametrize("more", [{"new": True}, {"extra_cache_tags": "virtual"}, {"env": {"CM_TOOL": "@"}}])
def test_whoever_says_more_than_the_name_makes_it_again(lab, lost, tools, more):
    other = tools("bin", "1.6.1")
    more = {"env": {"CM_TOOL": f"{other}/tool"}} if "env" in more else more
    assert lab.run("tool", name="mine", **more)["new_env"]["CM_TOOL"] == f"{other}/tool"


def test_without_a_name_another_tool_will_do(lab, lost, tools):
    assert lab.run("tool")["version"] == "1.0"
    assert lab.run("tool", name="another")["version"] == "1.0"


def test_what_has_changed_in_a_shared_home_is_made_for_oneself(lab, tools, tmp_path):
    """Nobody writes there, so the others go on with what they have."""
    shared = lab.run("tool")["path"]
    state = Path(shared, "cm-cached-state.json").read_bytes()
    tools("bin", "2.0.1")
    env = {**lab.env, "CM_REPOS": str(tmp_path / "own"), "CM_SHARED_HOMES": str(lab.home)}
    lab.session.close()
    lab.session = Session(env=env, cwd=lab.folder)
    lab.trace  # noqa: B018 - those of the owner
    made = lab.run("tool")
    assert made["version"] == "2.0.1"
    assert made["path"].startswith(str(tmp_path / "own"))
    assert lab.run("tool")["path"] == made["path"]
    assert lab.trace == ["looked at 2.0.1"]
    assert Path(shared, "cm-cached-state.json").read_bytes() == state


SEARCH = """
def preprocess(i):
    query = {"file_name": "tool", "default_path_env_key": "CM_PLACES", "env_path_key": "CM_TOOL_PATH"}
    i["env"].setdefault("CM_TMP_PATH", "@bin")
    return i["automation"].find_artifact({**query, "env": i["env"], "os_info": i["os_info"]})

def postprocess(i):
    env = i["env"]
    with open(env["CM_TOOL_PATH"]) as file:
        env["CM_TOOL_VERSION"] = file.read().strip()
    return {"return": 0, "version": env["CM_TOOL_VERSION"]}
"""


def test_what_a_recipe_of_others_found_and_exports_is_looked_at_again(lab, tools):
    """It does not say that its result depends on that file."""
    hooks = SEARCH.replace("@bin", f"{lab.folder}/bin")
    exports = ["CM_TOOL_*"]
    lab.add({"search": {"cache": True, "new_env_keys": exports, "customize.py": hooks}}, alias="others")
    assert lab.run("search")["version"] == "1.0"
    tools("bin", "2.0.1")
    assert lab.run("search")["version"] == "2.0.1"
    assert len(lab.entries("search")) == 1
    (lab.folder / "bin" / "tool").unlink()
    with pytest.raises(CMError):
        lab.run("search")


def test_a_python_that_a_recipe_was_told_of_must_be_there(lab):
    """As an environment that a public recipe makes and then registers under a name."""
    python = lab.folder / "python3"
    python.write_text("")
    keys = {"cache": True, "new_env_keys": ["CM_PYTHON_BIN_WITH_PATH"]}
    env = {"CM_PYTHON_BIN_WITH_PATH": str(python)}
    register = {"post_deps": [{"tags": "python", "name": "mine"}], "env": env}
    lab.add({"python": keys, "register": register}, alias="others")
    lab.run("register")
    assert lab.run("python", name="mine")["new_env"] == env
    python.unlink()
    with pytest.raises(NotFoundError, match="'mine' of script 'python' is gone"):
        lab.run("python", name="mine")
