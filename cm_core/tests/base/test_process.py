import os
import sys
import time
from pathlib import Path

import pytest

from cm_core.base.process import (
    ProgramHangsError,
    ask_program,
    describe_status,
    find_program,
    redact,
    run_command,
    run_interactive,
    start_program,
)
from cm_core.errors import CMError, NotFoundError, UsageError


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (3, "exit status 3"),
        (126, "cannot be executed (126): check its permissions"),
        (127, "command not found (127)"),
        (255, "exit status 255"),
        (200, "exit status 200"),
        (3221225477, "exit status 3221225477"),
    ],
)
def test_statuses(status, words):
    assert describe_status(status) == words


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("status", [137, -9])
def test_a_killed_process(status):
    assert describe_status(status) == "killed by SIGKILL (137): often out of memory"


def test_the_encoding_is_that_of_the_caller():
    code = r"import os; os.write(1, b'\xfc')"
    for settings, said in (({}, "\ufffd"), ({"encoding": "latin-1"}, "\xfc"), ({"errors": "ignore"}, "")):
        with start_program([sys.executable, "-c", code], stdout=-1, text=True, **settings) as process:
            assert process.communicate()[0] == said


def test_output_is_captured():
    done = run_command(
        [sys.executable, "-c", "import sys; print('ü'); sys.stderr.write('e')"],
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert (done.status, done.stdout.strip(), done.stderr) == (0, "ü", "e")


def test_no_shell_looks_at_arguments(tmp_path):
    words = ["$(touch x)", "`touch y`", "; touch z", "a b", "*"]
    done = run_command([sys.executable, "-c", "import sys; print(sys.argv[1:])", *words], cwd=tmp_path)
    assert done.stdout.strip() == repr(words)
    assert not list(tmp_path.iterdir())


def test_failure_is_one_sentence_without_secrets():
    code = "import sys; print('fatal: https://me:w@rd@host/x', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CMError, match="ended with exit status 3") as caught:
        run_command([sys.executable, "-c", code])
    assert "w@rd" not in str(caught.value)
    assert "https://***@host/x" in str(caught.value)
    assert run_command([sys.executable, "-c", code], check=False).status == 3


@pytest.mark.skipif(os.name != "posix", reason="process groups of POSIX")
def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path):
    program = tmp_path / "hangs"
    # The second process keeps the output open, and would after the end of the first.
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path / 'child'}\nsleep 600\n")
    program.chmod(0o755)
    with pytest.raises(ProgramHangsError, match=r"hangs --version' did not finish within 2 s"):
        run_command([program, "--version"], timeout_s=2)
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    if Path("/proc/self/stat").exists():
        deadline = time.monotonic() + 60
        while child.exists() and child.read_text().split()[2] != "Z":
            assert time.monotonic() < deadline, "what it started lives on"
            time.sleep(0.01)


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_a_program_has_ended_though_what_it_started_has_not():
    started = time.monotonic()
    done = run_command(["sh", "-c", "echo ü; echo e >&2; sleep 20 & exit 3"], check=False, timeout_s=30)
    assert (done.status, done.stdout, done.stderr) == (3, "ü\n", "e\n")
    assert time.monotonic() - started < 15


@pytest.mark.skipif(os.name != "posix", reason="a program of POSIX")
def test_a_program_that_never_stops_printing_is_ended():
    with pytest.raises(ProgramHangsError, match="'yes' never stopped printing"):
        run_command(["yes"], timeout_s=30)


@pytest.mark.skipif(os.name != "posix", reason="a program of POSIX")
def test_a_question_has_a_limit_that_the_user_can_change():
    env = {"PATH": os.environ["PATH"], "CM_PROBE_TIMEOUT": "0.5"}
    with pytest.raises(ProgramHangsError, match=r"'sleep 600' did not finish within 0.5 s") as caught:
        ask_program(["sleep", "600"], env=env, check=False)
    assert caught.value.hint == "if it is only slow, set CM_PROBE_TIMEOUT to more seconds than 0.5"
    assert ask_program(["echo", "5.1"], env={"PATH": os.environ["PATH"]}).stdout == "5.1\n"


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_limit_is_a_number_of_seconds(text):
    with pytest.raises(UsageError, match=f"CM_PROBE_TIMEOUT is no number of seconds: '{text}'"):
        ask_program(["echo"], env={"CM_PROBE_TIMEOUT": text})


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="'no-such-program' is not installed"):
        run_command(["no-such-program"])
    with pytest.raises(NotFoundError, match="does not exist"):
        run_command([sys.executable, "-c", ""], cwd=tmp_path / "missing")


def test_the_terminal_is_handed_over(tmp_path):
    env = dict(os.environ)
    assert run_interactive([sys.executable, "-c", "raise SystemExit(3)"], cwd=tmp_path, env=env) == 3
    with pytest.raises(NotFoundError, match="'no-such-program' is not installed"):
        run_interactive(["no-such-program"], cwd=tmp_path, env=env)
    with pytest.raises(NotFoundError, match=r"folder .*missing does not exist"):
        run_interactive([sys.executable], cwd=tmp_path / "missing", env=env)
    with pytest.raises(CMError, match=f"cannot run {tmp_path}: "):
        run_interactive([tmp_path], cwd=tmp_path, env=env)


def test_the_search_path_is_that_of_the_environment(tmp_path):
    name = Path(sys.executable).name
    assert find_program(name, {"PATH": str(Path(sys.executable).parent)}) is not None
    assert find_program(name, {"PATH": str(tmp_path)}) is None
    assert find_program("sh", {}) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://token@host/a", "https://***@host/a"),
        ("https://me:p@ss@host/a@b", "https://***@host/a@b"),
        ("https://host/a@b", "https://host/a@b"),
        ("git@github.com:a/b", "git@github.com:a/b"),
        ("a s3cret b", "a *** b"),
    ],
)
def test_secrets_are_hidden(text, shown):
    assert redact(text, ["s3cret", ""]) == shown
