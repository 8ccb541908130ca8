import copy
from pathlib import Path

import pytest

from cm_core import CMError, Interaction, NotFoundError
from cm_script.errors import ScriptFailedError
from cm_script.runtime.customize import hook_failure, load_customize
from cm_script.runtime.failure import explain
from cm_script.runtime.host import host_os_info
from cm_script.runtime.step import ScriptStep, StepOptions, StepOutput
from cm_script.runtime.toolbox import Toolbox

DETECT = """
def detect_version(i):
    return i['automation'].parse_version({
        'match_text': r'tool version ([0-9.]+)', 'group_number': 1,
        'env_key': 'CM_TOOL_VERSION', 'which_env': i['env']})

def postprocess(i):
    return detect_version(i)
"""
FIND = """
def preprocess(i):
    r = i['automation'].find_artifact({
        'file_name': 'tool', 'env': i['env'], 'os_info': i['os_info'],
        'default_path_env_key': 'PATH', 'detect_version': True, 'env_path_key': 'CM_TOOL',
        'run_script_input': i['run_script_input'], 'recursion_spaces': i['recursion_spaces']})
    if r['return'] > 0:
        return r
    return {'return': 0, 'found': r}
"""


class Recipe:
    """A recipe in a folder of its own, with tools to find."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "recipe"
        self.work = tmp_path / "work"
        self.bin = tmp_path / "bin"
        for folder in (self.folder, self.work, self.bin):
            folder.mkdir()
        self.printed: list[str] = []
        self.answers: list[str] = []

    def tool(self, name: str, version: str, folder: Path | None = None) -> str:
        path = (folder or self.bin) / name
        path.write_text(f"#!/bin/sh\necho 'tool version {version}'\n")
        path.chmod(0o755)
        return str(path)

    def step(
        self, customize: str = "", *, interactive=False, meta=None, options=None, **changes
    ) -> ScriptStep:
        if customize:
            (self.folder / "customize.py").write_text(customize)
        common = {"os_info": host_os_info(), "recursion_spaces": "", "input": {"a": 1}}
        step = ScriptStep(
            name="get-tool",
            path=self.folder,
            meta=meta if meta is not None else {"alias": "get-tool"},
            os_info=host_os_info(),
            process_env={"PATH": f"{self.bin}:/usr/bin:/bin"},
            customize=load_customize(self.folder / "customize.py"),
            common=common,
            script_input={"state": {}, "path": str(self.folder)},
            output=StepOutput(
                on_output=self.printed.append,
                log_path=self.work.parent / "logs" / "step.log",
                interaction=Interaction(interactive=interactive, read=lambda _prompt: self.answers.pop(0)),
            ),
            options=options or StepOptions(),
            **changes,
        )
        common["automation"] = Toolbox(step, cmind=None)
        return step

    def call(self, step: ScriptStep, hook: str, env: dict) -> dict:
        return step.call(hook, env, {}, cwd=self.work).data


@pytest.fixture
def recipe(tmp_path):
    recipe = Recipe(tmp_path)
    (recipe.folder / "run.sh").write_text("$CM_TOOL > tmp-ver.out\ntest $? -eq 0 || exit 1\n")
    return recipe


def test_the_first_tool_that_fits_is_taken(recipe):
    recipe.tool("tool", "1.0")
    expected = recipe.tool("tool-2", "2.5")
    recipe.tool("tool-3", "3.0")
    broken = recipe.bin / "tool.1"
    broken.write_text("#!/bin/sh\nexit 9\n")
    broken.chmod(0o755)
    env = {"CM_VERSION_MIN": "2", "CM_VERSION_MAX": "2.9", "CM_QUIET": "yes"}
    found = recipe.call(recipe.step(FIND + DETECT), "preprocess", env)["found"]
    assert env["CM_TOOL"] == found["found_file_path"] == expected
    assert found["found_path"] == str(recipe.bin)
    assert found["found_file_name"] == "tool-2"
    assert found["default_path_list"][0] == str(recipe.bin)
    assert "CM_TOOL_VERSION" not in env
    assert "+PATH" not in env


def test_nothing_that_fits_is_sixteen_and_says_what_was_seen(recipe):
    path = recipe.tool("tool", "1.0")
    data = recipe.call(recipe.step(FIND + DETECT), "preprocess", {"CM_VERSION": "7"})
    assert data["return"] == 16
    assert data["error"] == f"found no tool == 7; looked at: {path} (1.0)"


def test_a_version_is_exact_and_the_message_says_what_is_not(recipe):
    recipe.tool("tool", "3.9.18")
    data = recipe.call(recipe.step(FIND + DETECT), "preprocess", {"CM_VERSION": "3.9"})
    meant = "(exactly this; for any 3.9.x use --version_min=3.9 --version_max=3.9.999)"
    assert data["error"].startswith(f"found no tool == 3.9 {meant}; looked at: ")


def test_nothing_at_all_is_sixteen(recipe):
    data = recipe.call(recipe.step(FIND + DETECT), "preprocess", {})
    assert data["return"] == 16
    assert "tool was not found in" in data["error"]


def test_a_requested_path_outside_the_default_one_is_exported(recipe, tmp_path):
    (tmp_path / "opt" / "bin").mkdir(parents=True)
    (tmp_path / "opt" / "include").mkdir()
    recipe.tool("tool", "1.0")
    expected = recipe.tool("tool", "2.0", tmp_path / "opt" / "bin")
    text = (FIND + DETECT).replace(
        "'env_path_key'", "'extra_paths': {'include': '+CPATH', 'no': '+NO'}, 'env_path_key'"
    )
    env = {"CM_TMP_PATH": str(tmp_path / "opt" / "bin"), "CM_QUIET": "yes"}
    assert recipe.call(recipe.step(text), "preprocess", env)["return"] == 0
    assert env["CM_TOOL"] == expected
    assert env["+PATH"] == [str(tmp_path / "opt" / "bin")]
    assert env["+CPATH"] == [str(tmp_path / "opt" / "include")]
    assert "+NO" not in env


def test_a_requested_path_must_exist(recipe):
    recipe.tool("tool", "1.0")
    env = {"CM_TMP_PATH": "/no/such/folder"}
    data = recipe.call(recipe.step(FIND + DETECT), "preprocess", env)
    assert (data["return"], "/no/such/folder" in data["error"]) == (1, True)
    env["CM_TMP_PATH_IGNORE_NON_EXISTANT"] = "yes"
    assert recipe.call(recipe.step(FIND + DETECT), "preprocess", env)["return"] == 16


def test_a_forced_file_is_the_one(recipe, tmp_path):
    recipe.tool("tool", "1.0")
    other = recipe.tool("another-name", "9.9", tmp_path)
    env = {"CM_INPUT": other}
    assert recipe.call(recipe.step(FIND + DETECT), "preprocess", env)["return"] == 0
    assert env["CM_TOOL"] == other
    data = recipe.call(recipe.step(FIND + DETECT), "preprocess", {"CM_INPUT": "/no/such/file"})
    assert data["return"] == 1


def test_several_tools_are_a_question(recipe):
    recipe.tool("tool", "1.0")
    second = recipe.tool("tool-2", "2.0")
    recipe.answers.append("1")
    env = {}
    assert recipe.call(recipe.step(FIND + DETECT, interactive=True), "preprocess", env)["return"] == 0
    assert env["CM_TOOL"] == second
    data = recipe.call(recipe.step(), "preprocess", {})
    assert data["return"] == 1
    assert "no one can answer" in data["error"]
    assert "--quiet" in data["hint"]


def test_the_check_of_a_recipe_may_reject_candidates(recipe):
    recipe.tool("tool", "1.0")
    expected = recipe.tool("tool-2", "2.0")
    text = FIND.replace("'env_path_key'", "'hook': veto, 'env_path_key'") + DETECT
    text += "\ndef veto(i):\n    return {'return': 0, 'skip': i['file'].endswith('/tool')}\n"
    env = {}
    assert recipe.call(recipe.step(text), "preprocess", env)["return"] == 0
    assert env["CM_TOOL"] == expected


def test_an_incompatible_version_is_passed_over(recipe):
    recipe.tool("tool", "1.0")
    text = FIND + "def detect_version(i):\n    return {'return': 0, 'version': -1}\n"
    assert recipe.call(recipe.step(text), "preprocess", {})["return"] == 16


def test_parsing_a_version(recipe, tmp_path, monkeypatch):
    tools = recipe.step().common["automation"]
    monkeypatch.chdir(tmp_path)
    env = {}
    request = {"match_text": r"v([0-9]+)\.(\d+)", "group_number": 2, "env_key": "K", "which_env": env}
    assert tools.parse_version(request)["return"] == 16
    Path("tmp-ver.out").write_text("tool v3.7\n")
    assert tools.parse_version(request) == {"return": 0, "version": "7", "string": "tool v3.7\n"}
    assert env == {"K": "7", "CM_DETECTED_VERSION": "7"}
    Path("tmp-ver.out").write_text("tool v3.13.0rc1\n")
    whole = {**request, "match_text": r"v([\d.]+)", "group_number": 1}
    assert tools.parse_version(whole)["version"] == "3.13.0rc1"
    assert tools.parse_version({**request, "group_number": 3})["return"] == 1
    Path("other").write_text("nothing here")
    data = tools.parse_version({**request, "file_name": "other"})
    assert (data["return"], "nothing here" in data["error"]) == (1, True)
    assert tools.parse_version({})["return"] == 1


def test_another_native_script(recipe):
    (recipe.folder / "install.sh").write_text(
        'echo "installing $WHAT"\necho "CM_DONE=$WHAT" > tmp-run-env.out\n'
    )
    step = recipe.step(
        "def preprocess(i):\n"
        "    return i['automation'].run_native_script({'run_script_input': i['run_script_input'],"
        " 'env': i['env'], 'script_name': 'install'})\n"
    )
    env = {"WHAT": "x"}
    data = recipe.call(step, "preprocess", env)
    assert data["return"] == 0
    assert env["CM_DONE"] == data["env_tmp"]["CM_DONE"] == "x"
    assert env["CM_TMP_CURRENT_SCRIPT_PATH"] == str(recipe.folder)
    assert env["CM_TMP_CURRENT_SCRIPT_WORK_PATH"] == str(recipe.work)
    assert "".join(recipe.printed) == "installing x\n"


def test_a_missing_native_script_is_nothing(recipe):
    tools = recipe.step().common["automation"]
    assert tools.run_native_script({"script_name": "donotrun", "env": {}})["return"] == 0


def test_the_story_of_a_native_failure_survives_the_hook(recipe):
    (recipe.folder / "install.sh").write_text("echo last words\nexit 7\n")
    step = recipe.step(
        "def preprocess(i):\n"
        "    r = i['automation'].run_native_script({'env': i['env'], 'script_name': 'install'})\n"
        "    if r['return'] > 0:\n        return r\n",
        options=StepOptions(
            chain=("app", "get-tool"), rerun=lambda: ("cm", "run", "script", "--tags=get,tool")
        ),
    )
    data = recipe.call(step, "preprocess", {})
    assert data["return"] == 2
    error = hook_failure(step.customize, "preprocess", data)
    assert error.exit_code == 2
    assert error.message == "native script of recipe get-tool failed: exit status 7"
    assert "cm run script --tags=get,tool" in error.hint
    assert "  | last words" in explain(error.details)


def test_detecting_by_script(recipe):
    env = {"CM_TOOL": recipe.tool("tool", "4.2"), "CM_VERSION_MIN": "4"}
    text = DETECT + (
        "\ndef preprocess(i):\n    return i['automation'].detect_version_using_script("
        "{'env': i['env'], 'run_script_input': i['run_script_input'], 'recursion_spaces': ''})\n"
    )
    step = recipe.step(text)
    assert recipe.call(step, "preprocess", env) == {"return": 0, "detected_version": "4.2"}
    env["CM_VERSION_MIN"] = "5"
    assert recipe.call(step, "preprocess", env)["return"] == 16
    env["CM_TOOL"] = "/no/such/tool"
    assert recipe.call(step, "preprocess", env)["return"] == 16


def test_changing_dependencies(recipe):
    deps = [{"tags": "get,python3", "names": ["python"]}, {"tags": "get,x"}]
    tools = recipe.step().common["automation"]
    changed = {"python": {"tags": "_y", "version": "3.9"}, "nobody": {"tags": "z"}}
    assert tools.update_deps({"deps": deps, "update_deps": changed})["return"] == 0
    assert deps == [{"tags": "get,python3,_y", "names": ["python"], "version": "3.9"}, {"tags": "get,x"}]


def test_small_helpers(recipe, tmp_path):
    tools = recipe.step().common["automation"]
    assert tools.get_default_path_list({"default_path_env_key": "PATH", "os_info": host_os_info()})[1:] == [
        "/usr/bin",
        "/bin",
    ]
    assert tools.get_default_path_list({"os_info": host_os_info()}) == []
    (recipe.work / "tmp-state.json").touch()
    (recipe.work / "mine").touch()
    env = {"CM_TMP_CURRENT_SCRIPT_WORK_PATH": str(recipe.work)}
    assert tools.clean_some_tmp_files({"env": env}) == {"return": 0}
    assert [path.name for path in recipe.work.iterdir()] == ["mine"]
    assert tools.find_file_back({"path": str(recipe.work), "file_name": "bin"})["found_path"] == ""
    assert tools.find_file_deep({"paths": [str(tmp_path)], "file_name": "mine"})["found_paths"] == [
        str(recipe.work)
    ]
    data = tools._available_variations({"meta": {"alias": "x", "variations": {"b": {}, "a": {}}}})
    assert (data["return"], data["hint"]) == (1, "add one of: _a _b")
    assert copy.deepcopy({"automation": tools})["automation"] is tools
    assert (tools.path, tools.meta["alias"]) == (str(recipe.folder), "get-tool")


def test_constants_win_and_hooks_get_copies(recipe):
    step = recipe.step(
        "def preprocess(i):\n    i['input']['a'] = 2\n    i['os_info']['bits'] = 'x'\n    return {'return': 0, 'a': i['env']['A']}\n",
        const={"A": "const"},
    )
    assert recipe.call(step, "preprocess", {"A": "mine"})["a"] == "const"
    assert step.common["input"] == {"a": 1}
    assert step.common["os_info"]["bits"] != "x"


def test_native_of_a_step(recipe):
    (recipe.folder / "run.sh").write_text(
        'echo "K=$K" > tmp-run-env.out\necho \'{"l": [2]}\' > tmp-run-state.json\nexit ${STATUS:-0}\n'
    )
    env, state = {"K": "v"}, {"l": [1]}
    step = recipe.step(options=StepOptions(locks_dir=recipe.work / "locks"))
    assert step.run_native(env, state, cwd=recipe.work).status == 0
    assert (env["K"], state) == ("v", {"l": [1, 2]})
    with pytest.raises(ScriptFailedError, match="exit status 3"):
        step.run_native({"STATUS": 3}, {}, cwd=recipe.work)
    ignoring = recipe.step(options=StepOptions(ignore_status=True))
    assert ignoring.run_native({"STATUS": 3}, {}, cwd=recipe.work).status == 3


def test_files_to_be_seen_after_a_failure(recipe):
    (recipe.folder / "run.sh").write_text("seq 30 > build.log\nexit 1\n")
    step = recipe.step(meta={"print_files_if_script_error": ["build.log", "missing.log"]})
    with pytest.raises(ScriptFailedError) as raised:
        step.run_native({}, {}, cwd=recipe.work)
    lines = explain(raised.value.details)
    assert lines[:2] == ["end of build.log:", "  | 11"]
    assert "  | 30" in lines


def test_which_native_script_a_step_takes(recipe):
    for name in ("run", "other", "named"):
        (recipe.folder / f"{name}.sh").write_text(f"echo {name}")
    step = recipe.step(meta={"script_name": "named"})
    assert step.run_native({}, {}, cwd=recipe.work).tail == ("named",)
    step.script_input["script_name"] = "other"
    assert step.run_native({}, {}, cwd=recipe.work).tail == ("other",)
    step.script_input["script_name"] = "none"
    assert step.run_native({}, {}, cwd=recipe.work) is None
    with pytest.raises(NotFoundError, match="no native script 'lost'"):
        recipe.step(meta={"script_name": "lost"}).run_native({}, {}, cwd=recipe.work)


def test_an_exception_in_detection_is_not_hidden(recipe):
    recipe.tool("tool", "1.0")
    data = recipe.call(recipe.step(FIND + "def detect_version(i):\n    return 1 / 0\n"), "preprocess", {})
    assert data["return"] == 1
    assert "ZeroDivisionError" in data["error"]
    assert isinstance(hook_failure(recipe.step().customize, "preprocess", data), CMError)
