import subprocess
import sys
import threading

import pytest

from cm_core.base.locks import file_lock, passing_file_lock, try_file_lock
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
