import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cm_script.runtime.workfolder import (
    HELD_VARIABLE,
    held_environment,
    uses_report_files,
    working_folder_lock,
)

CHILD = """
import os, sys, time
from pathlib import Path
from cm_script.runtime.workfolder import working_folder_lock
locks, folder, log = map(Path, sys.argv[1:4])
with working_folder_lock(locks, folder, os.environ, on_wait=lambda: print("waiting", flush=True)):
    with log.open("a") as stream: stream.write("in\\n")
    time.sleep(float(sys.argv[4]))
    with log.open("a") as stream: stream.write("out\\n")
"""


def child(*words, env=None):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, words)],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_take_turns(tmp_path):
    (tmp_path / "work").mkdir()
    log = tmp_path / "log"
    processes = [child(tmp_path / "locks", tmp_path / "work", log, 0.2) for _ in range(5)]
    for process in processes:
        process.communicate(timeout=60)
    assert log.read_text().split() == ["in", "out"] * 5


def test_waiting_is_said_and_a_dead_holder_is_no_holder(tmp_path):
    (tmp_path / "work").mkdir()
    log = tmp_path / "log"
    holder = child(tmp_path / "locks", tmp_path / "work", log, 60)
    while not log.exists():
        time.sleep(0.02)
    waiter = child(tmp_path / "locks", tmp_path / "work", log, 0)
    assert waiter.stdout.readline() == "waiting\n"
    holder.kill()
    holder.communicate()
    waiter.communicate(timeout=30)
    assert waiter.returncode == 0


def test_reentrant_in_the_thread_and_in_child_processes(tmp_path):
    locks, work, log = tmp_path / "locks", tmp_path / "work", tmp_path / "log"
    work.mkdir()
    with working_folder_lock(locks, work, {}), working_folder_lock(locks, work, {}):
        process = child(locks, work, log, 0, env=held_environment(os.environ))
        process.communicate(timeout=30)
        assert log.read_text().split() == ["in", "out"]
    assert held_environment({}) == {}


def test_another_thread_waits(tmp_path):
    locks, order = tmp_path / "locks", []

    def work():
        with working_folder_lock(locks, tmp_path, {}):
            order.append("thread")

    with working_folder_lock(locks, tmp_path, {}):
        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.2)
        order.append("main")
    thread.join()
    assert order == ["main", "thread"]


def test_what_a_dead_parent_held_does_not_count(tmp_path):
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    with working_folder_lock(tmp_path / "locks", tmp_path, {}):
        stale = held_environment({})[HELD_VARIABLE].partition("@")[0] + f"@{done.pid}"
        waiter = child(tmp_path / "locks", tmp_path, tmp_path / "log", 0, env={HELD_VARIABLE: stale})
        assert waiter.stdout.readline() == "waiting\n"
    waiter.communicate(timeout=30)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("run.sh", "echo X=1 > tmp-run-env.out", True),
        ("src/main.py", "open('tmp-run-state.json', 'w')", True),
        ("run.sh", "cc --version > tmp-ver.out", True),
        ("_cm.yaml", "cmd: x > tmp-ver.out", True),
        ("run.sh", "uname -m > tmp-run.out", True),
        ("run.sh", ". ./tmp-run.sh", False),
        ("run.sh", "./benchmark", False),
        ("README.md", "writes tmp-run-env.out", False),
        ("big.bin", "x" * 300_000, True),
    ],
)
def test_which_recipes_use_report_files(tmp_path, name, text, expected):
    path = Path(tmp_path / name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert uses_report_files(tmp_path) is expected


def test_in_a_read_only_home_the_lock_lies_in_the_folder_and_is_gone_afterwards(open_folder, as_nobody):
    locks, work = open_folder / "locks", open_folder / "work"
    locks.mkdir()
    work.mkdir()
    work.chmod(0o777)
    with as_nobody():
        with working_folder_lock(locks, work, {}):
            (lock,) = work.iterdir()
            order = []
            other = threading.Thread(
                target=lambda: wait_for(locks, work, order), name="another run in the same folder"
            )
            other.start()
            time.sleep(0.1)
            order.append("first")
        other.join()
        assert order == ["first", "second"]
        assert lock.name.startswith(".")
        assert list(work.iterdir()) == []


def wait_for(locks, work, order):
    with working_folder_lock(locks, work, {}):
        order.append("second")


def test_where_nothing_can_be_written_nobody_waits(open_folder, as_nobody):
    with as_nobody(), working_folder_lock(open_folder / "locks", open_folder, {}):
        assert list(open_folder.iterdir()) == []
