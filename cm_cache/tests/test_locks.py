import subprocess
import sys
import threading

import pytest

from cm_cache.errors import DependencyError
from cm_cache.locks import exclusive, try_exclusive

DEEP = """
import contextlib, resource, sys
from pathlib import Path
from cm_cache.locks import exclusive
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
with contextlib.ExitStack() as held:
    for number in range(1000):
        held.enter_context(exclusive(Path(sys.argv[1]) / f'{number}.lock', purpose='deep'))
"""


def test_a_thread_never_waits_for_itself(tmp_path):
    path = tmp_path / "locks" / "a.lock"
    with (
        exclusive(path, purpose="script a"),
        pytest.raises(DependencyError, match="script a depends on itself"),
        exclusive(path, purpose="script a"),
    ):
        pass
    with exclusive(path, purpose="script a"):
        pass


def test_other_threads_wait(tmp_path):
    path, order = tmp_path / "a.lock", []

    def other():
        with exclusive(path, purpose="a", on_wait=lambda: order.append("waits")):
            order.append("has it")

    with exclusive(path, purpose="a"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=1.5)
        order.append("frees it")
    thread.join(timeout=30)
    assert order == ["waits", "frees it", "has it"]


def test_trying_does_not_wait(tmp_path):
    path = tmp_path / "a.lock"
    with try_exclusive(path) as free, try_exclusive(path) as second:
        assert (free, second) == (True, False)
    with try_exclusive(path) as free:
        assert free


def test_the_lock_is_freed_after_an_error(tmp_path):
    path = tmp_path / "a.lock"
    with pytest.raises(ValueError, match="inside"), exclusive(path, purpose="a"):
        raise ValueError("inside")
    with try_exclusive(path) as free:
        assert free


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_thousand_locks_at_once(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DEEP, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 1000
