"""One task in its folder, run as executors run it: in a process of its own."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest

from cm_core import __version__
from cm_experiment.executors import task as task_module
from cm_experiment.executors.contract import Task, read_ending, write_task
from cm_experiment.executors.task import _start_of

RUN = [sys.executable, "-m", "cm_experiment.executors.task"]


@pytest.fixture
def task(tmp_path):
    def make(*command, **facts):
        made = Task(uid="17", folder=tmp_path, command=command, env=facts.pop("env", {}), **facts)
        write_task(made)
        return made

    return make


def _text(path):
    return path.read_text() if path.exists() else ""


def run(task, *details):
    return subprocess.run([*RUN, task.folder, *details], check=False).returncode


def test_status_output_environment_and_details(task):
    made = task("sh", "-c", "echo $WORD; echo oops >&2; pwd; exit 3", env={"WORD": "hello"})
    before = time.time()
    assert run(made, "job=4_2") == 3
    ending = read_ending(made)
    assert (ending.uid, ending.exit_status, ending.reason) == ("17", 3, "")
    assert before - 1 <= ending.started <= time.time()
    assert ending.host
    assert ending.details["job"] == "4_2"
    assert 0 <= ending.details["cpu_s"] < 10
    assert (made.folder / "stdout.txt").read_text().split() == ["hello", str(made.folder)]
    assert (made.folder / "stderr.txt").read_text() == "oops\n"


def test_a_task_with_a_result_is_not_run_again(task):
    made = task("sh", "-c", "echo again >> runs")
    assert [run(made), run(made)] == [0, 0]
    assert (made.folder / "runs").read_text() == "again\n"
    write_task(made)
    assert read_ending(made) is None
    assert run(made) == 0
    assert (made.folder / "runs").read_text() == "again\nagain\n"


def test_a_time_limit_ends_all_that_was_started(task):
    marked = f"1000.{uuid.uuid4().int}"
    made = task("sh", "-c", f"sleep {marked} & sleep 100", timeout_s=0.2)
    assert run(made) == 143
    ending = read_ending(made)
    assert (ending.exit_status, ending.reason) == (143, "stopped after its time limit of 0.2 s")
    deadline = time.monotonic() + 60
    while subprocess.run(["pgrep", "-f", f"sleep {marked}"], check=False).returncode == 0:
        assert time.monotonic() < deadline, "what it started lives on"
        time.sleep(0.05)


def test_asked_to_end_it_still_leaves_a_result(task):
    made = task("sh", "-c", "touch begun; exec sleep 100")
    process = subprocess.Popen([*RUN, made.folder])
    while not (made.folder / "begun").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    ending = read_ending(made)
    assert (ending.exit_status, ending.reason) == (None, "stopped by SIGTERM")


def test_what_was_stopped_runs_again_and_keeps_what_is_not_of_it(task):
    made = task("sh", "-c", "test -e $PWD.go && exit; touch begun $PWD.go; sleep 100")
    (made.folder / "cm-task-slurm.json").write_text("{}")
    process = subprocess.Popen([*RUN, made.folder])
    while not (made.folder / "begun").exists():
        time.sleep(0.01)
    # As batch systems do: everybody hears of it, in whatever order.
    subprocess.run(["pkill", "-TERM", "-P", str(process.pid)], check=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    assert read_ending(made).exit_status is None
    assert run(made) == 0
    assert read_ending(made).exit_status == 0
    assert (made.folder / "cm-task-slurm.json").exists()
    assert not (made.folder / "begun").exists()


def test_a_script_without_a_shebang_is_one_for_the_shell(task, tmp_path):
    (tmp_path / "script").write_text("echo $A $1\n")
    (tmp_path / "script").chmod(0o755)
    made = task(str(tmp_path / "script"), "b c", env={"A": "a"})
    assert run(made) == 0
    assert (made.folder / "stdout.txt").read_text() == "a b c\n"


@pytest.mark.parametrize(("program", "status"), [("no-such-program", 127), ("/etc/passwd", 126)])
def test_what_cannot_be_started(task, program, status):
    made = task(program)
    assert run(made) == status
    assert program in read_ending(made).reason


def test_a_folder_without_a_task(tmp_path):
    done = subprocess.run([*RUN, tmp_path], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "cm-task.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_result_is_an_ending_without_status(task):
    made = task("true")
    (made.folder / "cm-task-result.json").write_text(json.dumps(["what"]))
    assert read_ending(made).exit_status is None
    (made.folder / "cm-task-result.json").write_text("{")
    assert "cannot be read" in read_ending(made).reason


def test_repeats_have_folders_of_their_own_and_a_warm_up_comes_first(task):
    made = task("sh", "-c", "basename $PWD; sleep 0.05", repeat=2, warmup=1)
    assert run(made) == 0
    executions = read_ending(made).executions
    assert [(one["folder"], one["warmup"]) for one in executions] == [
        ("warmup-1", True),
        ("repeat-1", False),
        ("repeat-2", False),
    ]
    assert (made.folder / "repeat-2" / "stdout.txt").read_text() == "repeat-2\n"
    assert all(one["duration_s"] >= 0.05 for one in executions)


def test_the_first_failure_ends_the_repeats(task):
    made = task("sh", "-c", "exit 7", repeat=3)
    assert run(made) == 7
    assert len(read_ending(made).executions) == 1


def test_a_stop_file_ends_the_task(task):
    made = task("sh", "-c", "touch begun; exec sleep 100")
    process = subprocess.Popen([*RUN, made.folder])
    while not (made.folder / "begun").exists():
        time.sleep(0.01)
    (made.folder / "cm-task-stop").write_text("worse than the others\n")
    assert process.wait(30) == 143
    assert read_ending(made).reason == "worse than the others"


def test_a_second_try_ends_the_first_and_takes_nothing_from_it(task):
    made = task("sh", "-c", "test -e begun && exit 9; echo $$ > begun; touch cm-result.json; exec sleep 100")
    process = subprocess.Popen([*RUN, made.folder])
    # The command has begun, and its starter has noted which process it is.
    while not ((made.folder / "cm-result.json").exists() and _text(made.folder / "cm-task-running.json")):
        time.sleep(0.01)
    process.kill()
    process.wait()
    pid = int((made.folder / "begun").read_text())
    os.kill(pid, 0)  # it outlived its starter
    second = subprocess.Popen([*RUN, made.folder])
    words = {"", f"{pid}\n"}
    while second.poll() is None and _text(made.folder / "begun") in words:
        time.sleep(0.01)
    assert second.poll() is None, "the second try found files of the first"
    assert not _start_of(pid)
    second.terminate()
    assert second.wait(30) == 143


def test_a_shell_whose_command_was_stopped_first(task):
    made = task("sh", "-c", "sleep 100 & echo $! >child; mv child begun; wait $!")
    process = subprocess.Popen([*RUN, made.folder])
    while not (made.folder / "begun").exists():
        time.sleep(0.01)
    os.kill(int((made.folder / "begun").read_text()), signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    ending = read_ending(made)
    assert (ending.exit_status, ending.reason) == (None, "stopped by SIGTERM")


def test_cm_is_the_one_of_this_python(task):
    made = task("cm", "version", env={"PATH": "/nowhere"})
    assert run(made) == 0
    assert (made.folder / "stdout.txt").read_text() == f"{__version__}\n"


def test_the_command_may_run_elsewhere(task, tmp_path_factory):
    place = tmp_path_factory.mktemp("elsewhere")
    made = task("sh", "-c", "pwd", cwd=place)
    assert run(made) == 0
    assert (made.folder / "stdout.txt").read_text() == f"{place}\n"
    missing = task("true", cwd=place / "gone")
    assert run(missing) == 126
    assert str(place / "gone") in read_ending(missing).reason


def test_it_needs_nothing_but_an_old_python(task):
    source = Path(task_module.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    names = {node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    names |= {
        name.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    old = shutil.which("python3.8")
    if old is None or subprocess.run([old, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip("there is no Python 3.8 to run it for real")
    made = task("sh", "-c", "echo hi")
    assert subprocess.run([old, task_module.__file__, made.folder], check=False).returncode == 0
    assert read_ending(made).details["system"]["python"].startswith("3.8")


def test_the_status_of_a_command_is_not_taken_for_a_signal_that_nobody_can_send(task):
    made = task("sh", "-c", "exit 143")
    stop = task_module.Stop()
    late = threading.Timer(1.0, stop.ask, ("too late",))
    late.start()
    ended = task_module.run(made.folder, {}, stop)
    late.cancel()
    assert (ended["exit_status"], ended["reason"]) == (143, "")
