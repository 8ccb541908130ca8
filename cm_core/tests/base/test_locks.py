import os
import subprocess
import sys
import threading

import pytest

from cm_core.base.fsio import NotWritableError
from cm_core.base.locks import (
    file_lock,
    passing_file_lock,
    remove_idle_locks,
    try_file_lock,
    way_of_locking,
)
from cm_core.errors import CMError

_HOLD = "import sys, pathlib; from cm_core.base.locks import file_lock\nwith file_lock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.readline()\n"


def hold(lock):
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("end", ["release", "kill"])
def test_a_lock_is_waited_for_and_freed_even_by_death(tmp_path, end):
    lock = tmp_path / "locks" / "a.lock"
    process = hold(lock)
    said = []

    def on_wait():
        said.append("waiting")
        if end == "kill":
            process.kill()
        else:
            process.communicate("go\n")

    with file_lock(lock, on_wait=on_wait):
        process.wait()
    assert said == ["waiting"]
    process.stdin.close()
    process.stdout.close()


def test_a_lock_where_nothing_can_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CMError, match="cannot lock"), file_lock(tmp_path / "file" / "a.lock"):
        pass


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("folder", "expected"), [(0o2775, 0o660), (0o755, 0o600)])
def test_a_lock_of_a_group_is_for_the_group_whatever_the_umask(tmp_path, folder, expected):
    locks = tmp_path / "locks"
    locks.mkdir()
    locks.chmod(folder)
    umask = os.umask(0o077)
    try:
        with file_lock(locks / "a.lock"):
            pass
    finally:
        os.umask(umask)
    assert (locks / "a.lock").stat().st_mode & 0o777 == expected


@pytest.mark.parametrize("file_lock", [file_lock, passing_file_lock])
def test_threads_of_one_process_take_turns(tmp_path, file_lock):
    lock, inside, most = tmp_path / "a.lock", [], []

    def work():
        for _ in range(20):
            with file_lock(lock):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (len(most), max(most)) == (80, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="files that are open stay")
def test_a_passing_lock_leaves_no_file(tmp_path):
    with passing_file_lock(tmp_path / "a.lock"):
        assert (tmp_path / "a.lock").exists()
    assert not list(tmp_path.iterdir())


def test_a_lock_is_free_again_after_an_error(tmp_path):
    lock = tmp_path / "a.lock"
    with pytest.raises(ValueError, match="inside"), file_lock(lock):
        raise ValueError("inside")
    with try_file_lock(lock) as free:
        assert free


def test_an_interrupted_wait_holds_nothing(tmp_path):
    lock = tmp_path / "a.lock"

    def interrupt():
        raise KeyboardInterrupt

    with file_lock(lock), pytest.raises(KeyboardInterrupt), file_lock(lock, on_wait=interrupt):
        pass
    with try_file_lock(lock) as free:
        assert free


def test_trying_says_whether_it_was_free(tmp_path):
    lock = tmp_path / "a.lock"
    process = hold(lock)
    with try_file_lock(lock) as free:
        assert not free
    process.communicate("go\n")
    with try_file_lock(lock) as free, try_file_lock(lock) as second:
        assert (free, second) == (True, False)


@pytest.mark.skipif(os.name != "posix", reason="no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_who_else_may_lock_is_up_to_the_umask(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with file_lock(tmp_path / "a.lock"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "a.lock").stat().st_mode & 0o777 == mode


def test_reading_is_enough_for_a_lock_of_somebody_else(open_folder, as_nobody):
    lock = open_folder / "a.lock"
    with file_lock(lock):
        pass
    lock.chmod(0o644)
    with as_nobody():
        with file_lock(lock), try_file_lock(lock) as second:
            assert not second
        with (
            pytest.raises(NotWritableError, match="Permission denied") as caught,
            file_lock(open_folder / "b"),
        ):
            pass
    assert "CM_REPOS" in caught.value.hint


# -- file systems without locks ---------------------------------------------------------------------

_TAKE_TURNS = """
import pathlib, sys, threading
from cm_core.base.locks import file_lock, folders_without_locks, passing_file_lock, try_file_lock, way_of_locking
folder = pathlib.Path(sys.argv[1])
print(way_of_locking(folder))
inside, most = [], []
def work(lock):
    for _ in range(20):
        with lock(folder / lock.__name__):
            inside.append(1); most.append(len(inside)); inside.pop()
for lock in (file_lock, passing_file_lock):
    threads = [threading.Thread(target=work, args=[lock]) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
with try_file_lock(folder / "t") as first, try_file_lock(folder / "t") as second:
    print(max(most), first, second)
with try_file_lock(folder / "t") as third:
    print(third, [place == folder for place in folders_without_locks])
"""


def test_threads_take_turns_whatever_the_file_system_refuses(refusing, tmp_path):
    way, env = refusing
    done = subprocess.run(
        [sys.executable, "-c", _TAKE_TURNS, str(tmp_path)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = "[True]" if way == "lock files" else "[]"
    assert done.stdout.splitlines() == [way, "1 True False", f"True {told}"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file_lock", "t"]


def test_processes_take_turns_whatever_the_file_system_refuses(refusing, tmp_path):
    _, env = refusing
    lock, counter = tmp_path / "a.lock", tmp_path / "counter"
    counter.write_text("0")
    count = (
        "import pathlib, sys\nfrom cm_core.base.locks import file_lock\n"
        "lock, counter = map(pathlib.Path, sys.argv[1:])\n"
        "for _ in range(25):\n"
        "    with file_lock(lock):\n"
        "        counter.write_text(str(int(counter.read_text()) + 1))\n"
    )
    command = [sys.executable, "-c", count, str(lock), str(counter)]
    processes = [subprocess.Popen(command, env=env) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert counter.read_text() == "75"


def test_a_folder_says_how_it_locks(tmp_path):
    assert way_of_locking(tmp_path) == ("msvcrt" if os.name == "nt" else "flock")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files that are open stay")
def test_only_lock_files_that_nobody_holds_are_removed(tmp_path):
    with file_lock(tmp_path / "idle.lock"):
        pass
    with file_lock(tmp_path / "held.lock"):
        remove_idle_locks(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["held.lock"]
        with try_file_lock(tmp_path / "held.lock") as second:
            assert not second
    remove_idle_locks(tmp_path / "missing")


@pytest.mark.parametrize("file_lock", [file_lock, passing_file_lock])
def test_turns_are_taken_while_others_remove_what_is_idle(tmp_path, file_lock):
    lock, inside, most = tmp_path / "a.lock", [], []

    def work():
        for _ in range(40):
            with file_lock(lock):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
            remove_idle_locks(tmp_path)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (len(most), max(most)) == (120, 1)
