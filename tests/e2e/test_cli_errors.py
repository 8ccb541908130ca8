"""Every kind of bad input gives one sentence, the right exit status and no traceback."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.testing import CommandOutcome, CommandRunner

MakeRepo = Callable[..., Path]

BAD_LINES = [
    # words, exit status, part of the sentence, part of the hint
    (["fnd"], 4, "no action 'fnd'", "did you mean 'find'"),
    (["docter"], 4, "no action 'docter'", "did you mean 'doctor'"),
    (["fnd", "script"], 4, "no action 'fnd'", "did you mean 'find'"),
    (["find", "scrpt"], 4, "no automation 'scrpt'", "did you mean 'script'"),
    (["find"], 4, "needs an automation", "cm find AUTOMATION, one of automation, "),
    (["find", "--tags=x", "script"], 4, "right after the action", "cm find script --tags=x"),
    (["--tags=x", "find", "script"], 1, "first word must be an action", "cm find AUTOMATION --tags="),
    (["@file.json"], 1, "first word must be an action", ""),
    ([""], 1, "first word must be an action", ""),
    (["find", "script", "--tags"], 1, "--tags needs a value", "--tags="),
    (["find", "script", "--k,"], 1, "--k, needs values", "--k,="),
    (["find", "script", "--a=1", "--a.b=2"], 1, "--a.b contradicts --a", ""),
    (["find", "script", "@missing.json"], 16, "missing.json does not exist", ""),
    (["find", "script", "@file.txt"], 1, "neither a .json nor a .yaml", ""),
    (["find", "script", "@broken.json"], 4, "broken.json line 1 is not valid JSON", ""),
    (["find", "script", "@broken.yaml"], 4, "broken.yaml line 2 is not valid YAML", ""),
    (["find", "script", "@list.yaml"], 4, "list.yaml must hold keys and values", ""),
    (["find", "script", "--out=xml"], 1, "--out cannot be 'xml'", "--out=json"),
    (["find", "script", "--save_to_json"], 1, "--save_to_json needs a value", ""),
    (["find", "script", "a,b,c"], 1, "more than one comma", ""),
    (["find", "script", "a:b:c"], 1, "more than one colon", ""),
    (["find", "script", "--tgas=x"], 1, "flag --tgas; did you mean --tags?", ""),
    (["load", "script", "detect-0s"], 16, "detect-0s", "did you mean 'detect-os'"),
    (["load", "script", "--tags=detekt,os"], 16, "detekt", "detect"),
    (["add", "automation", "../escape"], 1, "path separator", ""),
    (["rm", "automation"], 1, "no artifact to remove was given", "--all"),
    (["add", "automation", "nowhere:thing"], 16, "'nowhere' is not registered", ""),
    (["help", "nonsense"], 4, "no action or automation 'nonsense'", ""),
    (["pull", "script", "--help"], 4, "no action 'pull'", "cm help script"),
    (["plugins", "nonsense"], 1, "no such command 'nonsense'", "cm plugins --help"),
    (["plugins", "info", "scrpt"], 16, "no plugin 'scrpt'", "did you mean 'script'"),
    (["completion", "tcsh"], 1, "tcsh", "cm completion --help"),
    (["completion"], 1, "missing argument", ""),
]


@pytest.fixture
def bad_files(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "list.yaml").write_text("- a")


def assert_one_sentence(outcome: CommandOutcome) -> None:
    assert "Traceback" not in outcome.stderr
    errors = [line for line in outcome.stderr.splitlines() if line.startswith("CM error: ")]
    others = [line for line in outcome.stderr.splitlines() if not line.startswith(("CM error: ", "hint: "))]
    assert len(errors) == 1, outcome.stderr
    assert not others, outcome.stderr


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(
    ("words", "status", "sentence", "hint"), BAD_LINES, ids=[" ".join(row[0]) for row in BAD_LINES]
)
def test_bad_lines(run_cm: CommandRunner, words: list[str], status: int, sentence: str, hint: str) -> None:
    outcome = run_cm(*words)
    assert outcome.status == status
    assert outcome.stdout == ""
    assert_one_sentence(outcome)
    assert sentence in outcome.stderr
    assert hint in outcome.stderr.partition("hint: ")[2]


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["fnd", "--out=json"], 4),
        (["find", "scrpt", "--json"], 4),
        (["find", "script", "--k,", "--out=json"], 1),
        (["find", "script", "--a=1", "--a.b=2", "-j"], 1),
        (["find", "script", "@missing.json", "--out=json"], 16),
        (["load", "script", "nothing", "--out=json"], 16),
        (["plugins", "info", "nothing", "--json"], 16),
        (["plugins", "list", "--nonsense", "--json"], 1),
    ],
)
def test_errors_as_a_document(run_cm: CommandRunner, words: list[str], status: int) -> None:
    outcome = run_cm(*words)
    assert outcome.status == status
    document = outcome.json()
    assert document["return"] == status
    assert document["error"]
    assert "\n" not in document["error"]
    assert "Traceback" not in outcome.stderr


def test_errors_as_yaml(run_cm: CommandRunner) -> None:
    outcome = run_cm("load", "script", "nothing", "--out=yaml")
    assert outcome.status == 16
    assert "return: 16" in outcome.stdout


def test_silent_errors(run_cm: CommandRunner) -> None:
    outcome = run_cm("load", "script", "nothing", "--out=none")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (16, "", "")


def test_the_form_may_come_from_a_file(run_cm: CommandRunner, tmp_path: Path) -> None:
    (tmp_path / "form.json").write_text('{"out": "json"}')
    assert run_cm("load", "script", "nothing", "@form.json").json()["return"] == 16


def test_an_error_is_saved(run_cm: CommandRunner, tmp_path: Path) -> None:
    outcome = run_cm("load", "script", "nothing", "--save_to_json=answer.json")
    assert outcome.status == 16
    assert_one_sentence(outcome)
    assert json.loads((tmp_path / "answer.json").read_text())["return"] == 16


@pytest.mark.parametrize("words", [["find", "script"], ["load", "script", "nothing"]])
def test_a_file_that_cannot_be_saved(run_cm: CommandRunner, words: list[str]) -> None:
    outcome = run_cm(*words, "--save_to_json=no/such/folder.json", "--out=json")
    assert outcome.status in (1, 16)
    assert outcome.json()["return"] == outcome.status
    assert "folder.json" in outcome.stdout + outcome.stderr


def test_debug_shows_where(run_cm: CommandRunner) -> None:
    outcome = run_cm("load", "script", "nothing", "--debug")
    assert outcome.status == 16
    assert "Traceback" in outcome.stderr
    assert "CM error: " in outcome.stderr


# -- questions ------------------------------------------------------------------------------------------


@pytest.fixture
def artifact(run_cm: CommandRunner) -> Path:
    assert run_cm("add", "automation", "doomed").status == 0
    return run_cm.home / "repos" / "local" / "automation" / "doomed"


def test_closed_input_at_a_question(run_cm: CommandRunner, artifact: Path) -> None:
    outcome = run_cm("rm", "automation", "doomed")
    assert outcome.status == 1
    assert "Traceback" not in outcome.stderr
    assert "--yes" in outcome.stderr.splitlines()[-1]
    assert artifact.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="a closed file descriptor cannot be handed on there")
def test_no_input_at_all(run_cm: CommandRunner, artifact: Path) -> None:
    line = subprocess.list2cmdline(run_cm.argv("rm", "automation", "doomed"))
    done = subprocess.run(
        ["sh", "-c", f"{line} <&-"], env=dict(run_cm.env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert artifact.is_dir()


def test_an_answer_from_a_pipe(run_cm: CommandRunner, artifact: Path) -> None:
    assert run_cm("rm", "automation", "doomed", stdin="n\n").status == 1
    assert artifact.is_dir()
    assert run_cm("rm", "automation", "doomed", stdin="y\n").status == 0
    assert not artifact.exists()


@pytest.mark.parametrize("flag", ["--yes", "-y", "-f"])
def test_consent_by_flag(run_cm: CommandRunner, artifact: Path, flag: str) -> None:
    assert run_cm("rm", "automation", "doomed", flag).status == 0
    assert not artifact.exists()


def test_a_question_does_not_spoil_the_document(run_cm: CommandRunner, artifact: Path) -> None:
    outcome = run_cm("rm", "automation", "doomed", "--out=json", stdin="y\n")
    assert outcome.json()["deleted_list"][0]["alias"] == "doomed"
    assert "sure?" in outcome.stderr


# -- signals and pipes ----------------------------------------------------------------------------------


def interrupted(run_cm: CommandRunner, *words: str) -> CommandOutcome:
    """The outcome of a command that waits for an answer and gets Ctrl-C instead."""
    process = subprocess.Popen(
        run_cm.argv(*words),
        env=dict(run_cm.env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    shown = ""
    while "sure?" not in shown:
        piece = process.stderr.read(1)
        assert piece, shown
        shown += piece
    time.sleep(0.2)  # from the question to the system call that waits for the answer
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    return CommandOutcome(status=process.returncode, stdout=stdout, stderr=stderr)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c(run_cm: CommandRunner, artifact: Path) -> None:
    outcome = interrupted(run_cm, "rm", "automation", "doomed")
    assert outcome.status == 130
    assert outcome.stderr.splitlines()[-1] == "CM error: interrupted"
    assert "Traceback" not in outcome.stderr
    assert artifact.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.usefixtures("artifact")
def test_ctrl_c_as_a_document(run_cm: CommandRunner) -> None:
    outcome = interrupted(run_cm, "rm", "automation", "doomed", "--out=json")
    assert outcome.status == 130
    assert outcome.json() == {"return": 130, "error": "interrupted"}


@pytest.mark.parametrize("words", [["find", "script"], ["find", "script", "--out=json"], ["--help"]])
def test_a_reader_that_leaves(run_cm: CommandRunner, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        run_cm.argv(*words),
        env=dict(run_cm.env),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "words",
    [["find", "script"], ["find", "script", "--out=json"], ["--help"], ["plugins"]],
)
def test_a_full_disk_under_the_answer(run_cm: CommandRunner, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            run_cm.argv(*words),
            env=dict(run_cm.env),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("CM error: ")
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_an_error_document(run_cm: CommandRunner) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            run_cm.argv("load", "nonsense", "--json"),
            env=dict(run_cm.env),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert "no automation 'nonsense'" in done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_the_errors(run_cm: CommandRunner) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            run_cm.argv("load", "script", "nothing"), env=dict(run_cm.env), stderr=full, check=False
        )
    assert done.returncode == 16


# -- places ---------------------------------------------------------------------------------------------


def test_a_home_that_cannot_be_made(run_cm: CommandRunner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run_cm("add", "automation", "thing", env={"CM_REPOS": str(tmp_path / "file" / "home")})
    assert outcome.status == 1
    assert_one_sentence(outcome)
    assert str(tmp_path / "file" / "home") in outcome.stderr


@pytest.mark.skipif(os.name == "nt", reason="permissions mean something else there")
def test_a_read_only_home(run_cm: CommandRunner, tmp_path: Path, need_tool: Callable[[str], str]) -> None:
    home = tmp_path / "read-only"
    home.mkdir(mode=0o500)
    powerless: list[str] = []
    if os.geteuid() == 0:
        # Root may write everywhere unless it gives that power away.
        powerless = [need_tool("setpriv"), "--bounding-set", "-dac_override,-dac_read_search"]

    def run(*words: str) -> CommandOutcome:
        done = subprocess.run(
            [*powerless, *run_cm.argv(*words)],
            env={**run_cm.env, "CM_REPOS": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        return CommandOutcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr)

    found = run("find", "script", "--tags=detect,os")
    assert (found.status, found.stderr) == (0, "")
    assert "detect-os" in found.stdout
    outcome = run("add", "automation", "thing")
    assert outcome.status == 1
    assert_one_sentence(outcome)
    assert f"{home}: Permission denied" in outcome.stderr
    assert "CM_REPOS" in outcome.stderr
    assert run("doctor").status == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that refuses folders")
@pytest.mark.parametrize("words", [["find", "script", "--tags=detect,os"], ["load", "script", "detect-os"]])
def test_reading_needs_no_home(run_cm: CommandRunner, words: list[str]) -> None:
    outcome = run_cm(*words, env={"CM_REPOS": "/proc/no-home"})
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "detect-os" in outcome.stdout


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_current_folder_that_is_gone(run_cm: CommandRunner, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = subprocess.list2cmdline(run_cm.argv("find", "script"))
    done = subprocess.run(
        ["sh", "-c", f"cd {gone} && rmdir {gone} && {line}"],
        env=dict(run_cm.env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "CM error: " in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("flags", [[], ["--out=json"]])
def test_ctrl_c_in_a_native_script(run_cm: CommandRunner, tmp_path: Path, flags: list[str]) -> None:
    folder = Path(run_cm("add", "script", "sleeper", "--tags=sleeper", "--out=json").json()["path"])
    (folder / "run.sh").write_text(
        f"echo $$ > {tmp_path}/pid.new\nmv {tmp_path}/pid.new {tmp_path}/pid\nsleep 300\n"
    )
    process = subprocess.Popen(
        run_cm.argv("run", "script", "sleeper", *flags),
        env=dict(run_cm.env),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "pid").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    if flags:
        assert json.loads(stdout)["return"] == 130
    else:
        assert stderr.splitlines()[-1] == "CM error: interrupted"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
