"""What a stranger types first, and what scripts rely on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cm_core
from cm_core.testing import CommandRunner


def test_alone(run_cm: CommandRunner) -> None:
    outcome = run_cm()
    assert outcome.status == 0
    assert outcome.stdout.startswith("usage: cm ACTION AUTOMATION")
    assert not run_cm.home.exists()


@pytest.mark.parametrize("words", [["version"], ["--version"], ["-version"], ["-v"], ["-V"]])
def test_version(run_cm: CommandRunner, words: list[str]) -> None:
    outcome = run_cm(*words)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, f"{cm_core.__version__}\n", "")
    assert not run_cm.home.exists()


def test_version_as_a_document(run_cm: CommandRunner) -> None:
    assert run_cm("version", "--out=json").json() == {"return": 0, "version": cm_core.__version__}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["help", "--help"]])
def test_help(run_cm: CommandRunner, words: list[str]) -> None:
    outcome = run_cm(*words)
    assert (outcome.status, outcome.stderr) == (0, "")
    for word in (
        "find, ls, list, search",
        "Automations:",
        "script",
        "--quiet",
        "@file.yaml",
        "doctor",
        "Next:",
    ):
        assert word in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 110


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["find", "--help"], ["--tags=WORD,WORD", "also: ls, list, search", "script"]),
        (["ls", "-h"], ["Usage: cm find"]),
        (["help", "run"], ["Usage: cm run", "script"]),
        (
            ["run", "script", "--help"],
            ["--env.KEY=VALUE", "--quiet", "passed on", 'cm run script "detect os"'],
        ),
        (["help", "run", "script"], ["--env.KEY=VALUE"]),
        (["help", "script"], ["script,5b4e0237da074764", "run", "cm-plugin-script"]),
        (["help", "5b4e0237da074764"], ["script,5b4e0237da074764"]),
        (["find", "automation", "--help"], ["--tags"]),
        (["plugins", "--help"], ["list", "info"]),
    ],
)
def test_pages_of_help(run_cm: CommandRunner, words: list[str], expected: list[str]) -> None:
    outcome = run_cm(*words)
    assert (outcome.status, outcome.stderr) == (0, "")
    for text in expected:
        assert text in outcome.stdout


def test_help_of_an_automation_in_a_repository(
    run_cm: CommandRunner, make_repo: Callable[..., Path], cm_session: cm_core.Session
) -> None:
    make_repo("mine", {"automation/widget": {}}, register=cm_session)
    outcome = run_cm("help", "widget")
    assert outcome.status == 0
    assert "lives in a repository" in outcome.stdout


def test_help_for_programs(cm_session: cm_core.Session) -> None:
    answer = cm_session.access({"action": "help", "automation": "script"})
    assert answer["return"] == 0
    assert {"find", "run", "prepare"} <= set(answer["actions"])
    assert cm_session.access("help scrpt")["return"] == 4


def test_as_a_module(run_cm: CommandRunner) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cm_core", "version"],
        env=dict(run_cm.env),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{cm_core.__version__}\n"


def test_the_input_as_it_was_understood(run_cm: CommandRunner) -> None:
    words = ["--a=b", "-c", "--d.e=f", "art1", "art2", "--", "rest", "--x"]
    assert json.loads(run_cm("print-input", "automation", *words).stdout) == {
        "action": "print-input",
        "automation": "automation",
        "a": "b",
        "c": True,
        "d": {"e": "f"},
        "artifact": "art1",
        "unparsed_cmd": ["rest", "--x"],
        "artifacts": ["art2"],
        "cmd": words,
        "out": "con",
        "parsed_automation": [["automation", "bbeb15d8f0a944a4"]],
        "parsed_artifacts": [[["art2", ""]]],
        "parsed_artifact": [["art1", ""]],
    }


@pytest.mark.parametrize("verb", ["find", "ls", "list", "search"])
def test_words_for_finding(run_cm: CommandRunner, verb: str) -> None:
    assert run_cm(verb, "script", "--tags=detect,os").stdout.rstrip().endswith("detect-os")


def test_shortcuts(run_cm: CommandRunner) -> None:
    outcome = run_cm("--help", program="cm_script.shortcut:main")
    assert "Usage: cm run script" in outcome.stdout
    outcome = run_cm("detect os", "--out=json", program="cm_script.shortcut:main")
    assert outcome.json()["new_env"]["CM_HOST_OS_TYPE"]


@pytest.mark.parametrize("flag", ["--json", "-j", "--out=json"])
def test_a_document_lists_everything(run_cm: CommandRunner, flag: str) -> None:
    document = run_cm("find", "script", "detect-os", flag).json()
    assert document["return"] == 0
    (artifact,) = document["list"]
    assert artifact["alias"] == "detect-os"
    assert artifact["meta"]["alias"] == "detect-os"
    assert Path(artifact["path"]).is_dir()


def test_a_saved_document(run_cm: CommandRunner, tmp_path: Path) -> None:
    outcome = run_cm("find", "script", "detect-os", "--save_to_json=found.json")
    assert "detect-os" in outcome.stdout
    assert json.loads((tmp_path / "found.json").read_text())["list"][0]["alias"] == "detect-os"


def test_letters_that_the_terminal_does_not_know(run_cm: CommandRunner) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert run_cm("add", "automation", "größe", "--tags=日本", env=ascii_only).status == 0
    found = run_cm("find", "automation", "größe", env=ascii_only)
    assert (found.status, found.stderr) == (0, "")
    assert run_cm("find", "automation", "größe", "--out=json", env=ascii_only).json()["list"][0]["tags"] == [
        "日本"
    ]


def test_toolkit_actions_need_no_automation(run_cm: CommandRunner) -> None:
    assert len(run_cm("uid").stdout.strip()) == 16
    assert str(run_cm.home) in run_cm("init").stdout
    assert run_cm.home.is_dir()


NOISY = """
import os, subprocess, sys

def preprocess(i):
    print("noise from print")
    os.system("echo noise from os.system")
    subprocess.run([sys.executable, "-c", "print('noise from a child')"])
    return {"return": 0}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the recipe has no run.bat")
def test_recipes_cannot_spoil_the_document(
    run_cm: CommandRunner, make_repo: Callable[..., Path], cm_session: cm_core.Session
) -> None:
    repo = make_repo(
        "noisy", {"script/noisy": {"tags": ["noisy"], "new_env_keys": ["CM_NOISY"]}}, register=cm_session
    )
    (repo / "script/noisy/customize.py").write_text(NOISY)
    (repo / "script/noisy/run.sh").write_text("echo noise from run.sh\necho CM_NOISY=yes > tmp-run-env.out\n")
    outcome = run_cm("run", "script", "noisy", "--tags=noisy", "--out=json")
    assert outcome.json()["new_env"] == {"CM_NOISY": "yes"}
    for noise in ("print", "os.system", "a child", "run.sh"):
        assert f"noise from {noise}" in outcome.stderr
    outcome = run_cm("run", "script", "noisy", "--tags=noisy")
    assert "noise from run.sh" in outcome.stdout


@pytest.mark.parametrize(
    "words", [["--help"], ["help"], ["help", "cache"], ["find", "--help"], ["find", "cache", "--help"]]
)
def test_help_as_a_document(run_cm: CommandRunner, words: list[str]) -> None:
    document = run_cm(*words, "--out=json").json()
    assert document["return"] == 0
    assert document["text"].rstrip("\n") == run_cm(*words).stdout.rstrip("\n")


_INTERRUPTED_IMPORT = """
import os, signal, sys
from cm_core.cli import main

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "cm_core.cli.app":
            os.kill(os.getpid(), getattr(signal, sys.argv.pop()))

sys.meta_path.insert(0, Finder())
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 143), ("SIGINT", 130)])
def test_a_signal_while_modules_are_imported(run_cm: CommandRunner, name: str, status: int) -> None:
    command = [sys.executable, "-c", _INTERRUPTED_IMPORT, "version", name]
    done = subprocess.run(command, env=run_cm.env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
