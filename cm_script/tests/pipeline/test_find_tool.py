"""``find_tool``: programs that fit, programs that do not, and what a run makes of them."""

import dataclasses
import os
import sys
import time
from pathlib import Path

import pytest

from cm_core import CMError
from cm_script.errors import ScriptFailedError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="tools are shell scripts")

FIND = {"names": "tool", "path_key": "CM_TOOL", "version_key": "CM_TOOL_VERSION"}
RECIPE = {"tags": ["get-tool"], "cache": True, "new_env_keys": ["CM_TOOL*", "+PATH", "+CPATH"]}
HOOKS = """
def preprocess(i):
    i['env']['CM_TMP_PATH'] = i['env']['CM_WHERE']
    return {'return': 0}

def postprocess(i):
    i['env']['CM_TOOL_SEEN'] = i['env']['CM_TOOL_VERSION']
    return {'return': 0, 'version': i['env']['CM_TOOL_VERSION'] + '.9'}
"""


@pytest.fixture
def tool(lab, tmp_path):
    """Make a program; what it prints, or else does, is a line of shell."""

    def make(line, folder="bin", name="tool"):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
        return str(path)

    lab.env["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return make


@pytest.fixture
def get(lab):
    """Run a detector; returns what it exports."""

    def run(more=(), *, recipe=(), **options):
        if not lab.session.find("script", tags="get-tool"):
            lab.add({"get-tool": {**RECIPE, **dict(recipe), "find_tool": {**FIND, **dict(more)}}})
        return lab.run("get-tool", **options)["new_env"]

    return run


def why(get, more=(), **options):
    with pytest.raises(ScriptFailedError) as caught:
        get(more, **options)
    return caught.value


def test_a_program_and_its_version(lab, tool, get):
    path = tool("echo tool 2.5")
    assert get() == {"CM_TOOL": path, "CM_TOOL_VERSION": "2.5"}
    assert "Detected version: 2.5" in lab.listener.text
    assert lab.result.data["version"] == "2.5"
    (entry,) = lab.entries("get-tool")
    assert "version-2.5" in (entry / "_cm.json").read_text()


def test_it_is_looked_for_again_when_it_has_gone(lab, tool, get):
    first = tool("echo tool 2.5")
    get()
    Path(first).unlink()
    other = tool("echo tool 2.6", name="tool-2")
    assert get()["CM_TOOL"] == other


def test_the_first_that_fits_is_taken_and_no_other_is_run(lab, tool, get):
    tool("echo tool 1.0")
    path = tool("echo tool 2.5", name="tool-2")
    tool(f"touch {lab.folder}/touched; echo tool 2.6", name="tool-3")
    assert get(version_min="2")["CM_TOOL"] == path
    assert not (lab.folder / "touched").exists()


def test_preprocess_may_say_what_to_look_for(tool, get):
    path = tool("echo tool 2.5", name="other")
    hook = (
        'def preprocess(i):\n    i["meta"]["find_tool"]["names"].append("other")\n    return {"return": 0}\n'
    )
    assert get({"names": ["tool"]}, recipe={"customize.py": hook})["CM_TOOL"] == path


def test_a_wrapper_that_names_no_interpreter(tool, get):
    path = Path(tool("echo 'tool 2.5'"))
    path.write_text("echo tool 2.5\n")
    assert get()["CM_TOOL"] == str(path)


def test_a_program_may_leave_a_server_behind(tool, get):
    path = tool("echo tool 2.5\nsleep 20 &")
    started = time.monotonic()
    assert get()["CM_TOOL"] == path
    assert time.monotonic() - started < 15


def test_names_are_tried_in_their_order(tool, get):
    tool("echo 1.0")
    path = tool("echo 2.0", "later", "better")
    assert get({"names": ["better", "tool"], "folders": [str(Path(path).parent)]})["CM_TOOL"] == path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("exit 3", "exit status 3"),
        ("kill -9 $$", "killed by SIGKILL"),
        ("sleep 60", "did not finish within 0.5 s"),
        ("sleep 60 & sleep 60", "did not finish within 0.5 s"),
        ("exec yes", "never stopped printing"),
        ("true", "it prints nothing"),
        ("echo 'I am clang'", "no version in 'I am clang'"),
        ("head -c 300000 /dev/urandom; exit 1", "exit status 1"),
    ],
)
def test_a_program_that_is_of_no_use_is_passed_over(tool, get, line, reason):
    path = tool(line)
    error = why(get, {"timeout_s": 0.5, "version_pattern": r"tool ([0-9.]+)", "hint": "make one"})
    assert (error.exit_code, error.hint) == (16, "make one")
    assert f"found no usable tool; looked at: {path} ({reason}" in error.message
    good = tool("echo tool 2.5", name="tool-2")
    assert get()["CM_TOOL"] == good


def test_what_cannot_be_run_is_passed_over(tool, get):
    Path(tool("echo tool 2.5")).chmod(0o644)
    if os.access(Path(tool("x", name="y")).with_name("tool"), os.X_OK):
        pytest.skip("this user may run everything")
    assert "ermission denied" in why(get).message


def test_a_version_on_standard_error_counts(tool, get):
    tool("echo 'tool 2.5' >&2")
    assert get()["CM_TOOL_VERSION"] == "2.5"


def test_other_arguments(tool, get):
    tool('test "$1$2" = "-v all" && echo tool 2.5'.replace("-v all", "-vall"))
    assert get({"version_arguments": ["-v", "all"]})["CM_TOOL_VERSION"] == "2.5"


def test_more_folders_of_several_the_newest(lab, tool, get, tmp_path):
    for number in (2, 9, 10, "1²2"):
        tool(f"echo tool {number}.0", f"opt/tool-{number}/bin")
    lab.env["TOOL_ROOT"] = str(tmp_path / "opt")
    env = get({"folders": ["$NOT_SET/bin", "${TOOL_ROOT}/tool-*/bin"], "extra_paths": {"include": "+CPATH"}})
    assert env["CM_TOOL_VERSION"] == "10.0"
    assert env["+PATH"] == [str(tmp_path / "opt/tool-10/bin")]
    (tmp_path / "opt/tool-9/include").mkdir()
    again = get(path=str(tmp_path / "opt/tool-9/bin"), new=True)
    assert (again["CM_TOOL_VERSION"], again["+CPATH"]) == ("9.0", [str(tmp_path / "opt/tool-9/include")])


def test_what_else_is_exported(lab, tool, get):
    path = tool("echo tool 2.5", name="tool-2")
    env = get(
        {
            "partner": {"tool": "other"},
            "env": {
                "CM_TOOL_ALL": "<<<folder>>>|<<<name>>>|<<<version>>>|<<<partner>>>",
                "CM_TOOL_PARTNER": "<<<partner_path>>>",
                "CM_TOOL_HOME": "<<<CM_GIVEN>>>",
                "CM_TOOL_NOT": "<<<CM_NOBODY_SETS_THIS>>>",
                "CM_TOOL_LIST": ["<<<version>>>"],
            },
        },
        env={"CM_GIVEN": "x"},
    )
    folder = str(Path(path).parent)
    assert env["CM_TOOL_ALL"] == f"{folder}|tool-2|2.5|other-2"
    assert env["CM_TOOL_PARTNER"] == f"{folder}/other-2"
    assert (env["CM_TOOL_HOME"], env["CM_TOOL_LIST"]) == ("x", ["2.5"])
    assert "CM_TOOL_NOT" not in env


def test_a_path_that_is_named_is_kept_if_it_fits(tool, get):
    tool("echo tool 3.0")
    known = tool("echo tool 2.5", "elsewhere")
    assert get(env={"CM_TOOL": known})["CM_TOOL_VERSION"] == "2.5"
    assert get(env={"CM_TOOL": known}, version_max="2.9", new=True)["CM_TOOL_VERSION"] == "2.5"


@pytest.mark.parametrize("way", ["env", "const", "local_env"])
def test_a_path_that_is_named_and_does_not_fit_is_refused(tool, get, way):
    tool("echo tool 3.0")
    known = tool("echo tool 2.5", "elsewhere")
    error = why(get, **{way: {"CM_TOOL": known}}, version_min="2.9")
    assert (error.exit_code, error.hint) == (
        16,
        "name one that matches, or leave CM_TOOL out to search for one",
    )
    assert f"CM_TOOL names {known} (2.5), but >= 2.9 is requested" in error.message
    assert "exit status 3" in why(get, env={"CM_TOOL": tool("exit 3", "broken")}, version_min="2.9").message


@pytest.fixture
def dependents(lab, tool):
    """Scripts that need a tool of 2.0 or later and one of 2.9 or later; before it, one that finds 2.5."""
    tool("echo tool 3.0")
    folder = str(Path(tool("echo tool 2.5", "elsewhere")).parent)
    recipes = {"get-tool": {**RECIPE, "find_tool": FIND}}
    for name in ("2.0", "2.9"):
        older = {"tags": "get-tool", "env": {"CM_TMP_PATH": folder}}
        deps = [older, {"tags": "get-tool", "version_min": name}]
        recipes[f"for-{name}"] = {"tags": [f"for-{name}"], "new_env_keys": ["CM_TOOL*"], "deps": deps}
    lab.add(recipes)
    return folder


def test_a_path_that_was_named_for_the_whole_run_is_refused_in_a_dependency(lab, dependents):
    with pytest.raises(CMError, match=r"CM_TOOL names .*elsewhere/tool \(2\.5\)"):
        lab.run("for-2.9", env={"CM_TOOL": f"{dependents}/tool"})


@pytest.mark.parametrize(("least", "version"), [("2.0", "2.5"), ("2.9", "3.0")])
def test_a_path_that_another_script_left_is_forgotten_if_it_does_not_fit(lab, dependents, least, version):
    assert lab.run(f"for-{least}")["new_env"]["CM_TOOL_VERSION"] == version


def test_what_is_named_is_not_installed_instead(tool, get):
    older = tool("echo tool 2.5", "elsewhere")
    error = why(get, {"when_missing": {"CM_REQUIRE_INSTALL": "yes"}}, input=older, version_min="2.9")
    assert f"looked at: {older} (2.5)" in error.message


def test_a_known_path_that_is_of_no_use_is_an_error(tool, get):
    error = why(get, env={"CM_TOOL": tool("exit 3", "elsewhere")})
    assert error.exit_code == 2
    assert "elsewhere/tool --version' gave no version: exit status 3" in error.message


def test_a_named_file_or_folder_must_exist(tool, get):
    tool("echo tool 2.5")
    for option in ("path", "input"):
        with pytest.raises(CMError, match="/no/such"):
            get(**{option: "/no/such"})


def test_nothing_there(tool, get):
    error = why(get, {"label": "Tool", "names": ["tool-a", "tool-b"]})
    assert error.exit_code == 16
    assert "there is no Tool here: tool-a or tool-b was not found in" in error.message


def test_a_dependency_may_install_what_is_missing(lab, tool, tmp_path):
    condition = {"CM_REQUIRE_INSTALL": ["yes"]}
    path = tool("echo tool 7.0", "installed")
    lab.add(
        {
            "get-tool": {
                **RECIPE,
                "find_tool": {**FIND, "when_missing": {"CM_REQUIRE_INSTALL": "yes"}},
                "prehook_deps": [{"tags": "install-tool", "enable_if_env": condition}],
            },
            "install-tool": {
                "tags": ["install-tool"],
                "new_env_keys": ["CM_TOOL"],
                "run.sh": f"echo CM_TOOL={path} > tmp-run-env.out",
            },
        }
    )
    env = lab.run("get-tool")["new_env"]
    assert (env["CM_TOOL"], env["CM_TOOL_VERSION"]) == (path, "7.0")


def test_an_installer_that_forgets_the_path(tool, get):
    error = why(get, {"when_missing": {"CM_REQUIRE_INSTALL": "yes"}})
    assert "nothing has set CM_TOOL to the path of tool" in error.message


def test_hooks_are_around_it(lab, tool, get, tmp_path):
    path = tool("echo tool 2.5", "elsewhere")
    where = {"CM_WHERE": str(Path(path).parent)}
    env = get(recipe={"customize.py": HOOKS, "run.sh": 'echo "native $CM_TOOL" > "@trace"'}, env=where)
    assert lab.trace == [f"native {path}"]
    assert env["CM_TOOL_SEEN"] == "2.5"
    assert lab.result.data["version"] == "2.5.9"


def test_a_hook_may_tell_the_version_instead(tool, get):
    tool("exit 1")
    answer = "def detect_version(i):\n    return {'return': 0, 'version': '4.2'}\n"
    env = get({"env": {"CM_TOOL_IS": "<<<version>>>"}}, recipe={"customize.py": answer})
    assert (env["CM_TOOL_VERSION"], env["CM_TOOL_IS"]) == ("4.2", "4.2")


def test_keys_of_a_variation_replace_those_of_the_script(lab, tool):
    tool("echo tool 1.0")
    tool("echo other 2.0", name="other")
    changed = {"names": "other", "version_pattern": r"other ([0-9.]+)", "path_key": "CM_TOOL_OTHER"}
    lab.add({"get-tool": {**RECIPE, "find_tool": FIND, "variations": {"other": {"find_tool": changed}}}})
    assert lab.run("get-tool")["new_env"]["CM_TOOL_VERSION"] == "1.0"
    env = lab.run("get-tool,_other")["new_env"]
    assert (env["CM_TOOL_VERSION"], Path(env["CM_TOOL_OTHER"]).name) == ("2.0", "other")


def test_the_program_sees_what_native_scripts_see(lab, tool, get, tmp_path):
    tool('echo "tool $(helper)$CM_TAIL"')
    tool("echo 2", "helpers", "helper")
    env = {"+PATH": [str(tmp_path / "helpers")], "CM_TAIL": "${CM_A}.5", "CM_A": ".4"}
    assert get(env=env)["CM_TOOL_VERSION"] == "2.4.5"


def test_nobody_is_asked(lab, tool, get):
    tool("echo tool 1.0")
    tool("echo tool 2.0", name="tool-2")
    lab.session.interaction = dataclasses.replace(
        lab.session.interaction, interactive=True, read=lambda _prompt: pytest.fail("a question")
    )
    assert get()["CM_TOOL_VERSION"] == "1.0"


def test_a_faulty_description_is_one_sentence(lab, tool):
    tool("echo tool 1.0")
    lab.add({"get-tool": {**RECIPE, "find_tool": {"names": "tool"}}})
    with pytest.raises(CMError, match="find_tool needs the key 'path_key'"):
        lab.run("get-tool")
