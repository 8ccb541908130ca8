from pathlib import Path

from cm_core.base import Secrets
from cm_script.runtime.failure import explain, hide_secrets, native_failure
from cm_script.runtime.nativeoutcome import NativeOutcome


def outcome(status, **changes):
    fields = {
        "status": status,
        "env": {},
        "state": {},
        "command": "cd /w && bash -c '. /l/run.sh'",
        "log_path": None,
        "tail": ("first", "token is hush"),
        "script": Path("/l/run.sh"),
    }
    return NativeOutcome(**{**fields, **changes})


def test_a_failure_says_everything(tmp_path):
    error = native_failure(
        outcome(137, log_path=tmp_path / "run.log"),
        recipe="get-model",
        chain=("app", "get-dataset", "get-model"),
        rerun=("cm", "run", "script", "--tags=get,model,_x y"),
    )
    hide_secrets(error, Secrets({"CM_MY_TOKEN": "hush"}))
    assert error.exit_code == 2
    assert (
        error.message
        == "native script of recipe get-model failed: killed by SIGKILL (137): often out of memory"
    )
    assert error.hint == "to run just this step again: cm run script '--tags=get,model,_x y'"
    assert error.explanation() == [
        "needed by:",
        "  app",
        "    get-dataset",
        "      get-model",
        "last 2 lines of its output:",
        "  | first",
        "  | token is ***",
        "command: cd /w && bash -c '. /l/run.sh'",
        f"log: {tmp_path / 'run.log'}",
    ]


def test_statuses_are_decoded():
    said = {
        status: native_failure(outcome(status), recipe="r").message.partition(": ")[2]
        for status in (3, 127, -11)
    }
    assert said[3] == "exit status 3"
    assert said[127].startswith("command not found")
    assert said[-11].startswith("killed by SIGSEGV")


def test_line_endings_of_windows_are_named(tmp_path):
    script = tmp_path / "my run.sh"
    script.write_bytes(b"echo hi\nif true; then\r\nfi\r\n")
    error = native_failure(outcome(2, script=script), recipe="r", rerun=("cm",))
    assert error.hint.splitlines() == [
        (
            r"my run.sh has the line endings of Windows (\r\n), which bash does not know; to change them: "
            rf"sed -i 's/\r$//' '{script}'"
        ),
        "to run just this step again: cm",
    ]
    script.write_bytes(b"if true; then\n")
    assert native_failure(outcome(2, script=script), recipe="r").hint == ""


def test_nothing_to_explain():
    assert explain({}) == []
    assert explain({"chain": ["only"], "tail": [], "command": "", "log": ""}) == []
