"""Real processes on one home: who builds, who waits, and what a killed one leaves."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cm_cache.store import CacheStore
from cm_core import Session

WORKER = Path(__file__).with_name("build_worker.py")


@pytest.fixture
def start(cm_home):
    """Start a worker; those that still run are killed when the test ends."""
    started = []

    def run(mode, name="x", *rest):
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(cm_home), mode, name, *map(str, rest)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def finish(process):
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out.split()


def entries(home):
    session = Session(home)
    try:
        return CacheStore(session).find()
    finally:
        session.close()


def folders(home):
    root = home / "repos" / "local" / "cache"
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


def test_eight_processes_want_the_same_and_one_builds(start, cm_home, tmp_path):
    log = tmp_path / "log"
    answers = [finish(process) for process in [start("build", "same", log) for _ in range(8)]]
    assert sorted(word for word, _ in answers) == ["built"] + ["reused"] * 7
    assert len({uid for _, uid in answers}) == 1
    assert len(log.read_text().splitlines()) == 1
    (entry,) = entries(cm_home)
    assert folders(cm_home) == [entry.uid]
    assert entry.load_state().new_env == {"CM_AT": str(entry.path)}


@pytest.mark.slow
def test_eight_processes_want_different_things(start, cm_home, tmp_path):
    log = tmp_path / "log"
    answers = [finish(process) for process in [start("build", f"n{n}", log) for n in range(8)]]
    assert [word for word, _ in answers] == ["built"] * 8
    found = entries(cm_home)
    assert sorted(entry.uid for entry in found) == sorted(uid for _, uid in answers)
    assert not any(entry.is_running for entry in found)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_a_killed_builder_left_is_swept_and_built_anew(start, cm_home, tmp_path):
    builder = start("hang", "x")
    left = Path(builder.stdout.readline().strip())
    waiting = start("build", "x", tmp_path / "log")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.communicate(timeout=1.5)
    assert left.is_dir()
    builder.kill()
    word, uid = finish(waiting)
    assert word == "built"
    assert uid != left.name
    assert not left.exists()
    assert folders(cm_home) == [uid]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["staging", "publishing"])
def test_killed_at_the_worst_moment(start, cm_home, tmp_path, moment):
    victim = start(moment, "x")
    victim.communicate(timeout=60)
    assert victim.returncode == -9
    assert finish(start("build", "x", tmp_path / "log"))[0] == "built"
    (entry,) = entries(cm_home)
    assert folders(cm_home) == [entry.uid]
    assert list((cm_home / "repos/local/cache/.staging").iterdir()) == []
    assert finish(start("build", "x", tmp_path / "log")) == ["reused", entry.uid]


def test_a_script_that_needs_itself_through_another_process_is_told(start, tmp_path):
    process = start("nested", "x", tmp_path / "log")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "DependencyError: script get-thing depends on itself" in error


def test_a_live_builder_is_never_swept(start, cm_home, store):
    builder = start("hang", "x")
    left = Path(builder.stdout.readline().strip())
    assert store.sweep() == ()
    (entry,) = store.find(tags="tmp")
    assert store.is_busy(entry)
    assert left.is_dir()
    assert (left / "half.txt").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_many_sweepers_at_once(start, cm_home, tmp_path):
    for number in range(3):
        builder = start("hang", f"dead{number}")
        builder.stdout.readline()
        builder.kill()
        builder.wait()
    for process in [start("build", f"n{n}", tmp_path / "log") for n in range(6)]:
        assert finish(process)[0] == "built"
    assert len(folders(cm_home)) == 6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_at_any_moment(start, cm_home, tmp_path):
    chance = random.Random(2)
    for number in range(8):
        victim = start("many", f"round{number}")
        victim.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.3))
        victim.kill()
        victim.wait()
    assert finish(start("build", "x", tmp_path / "log"))[0] == "built"
    found = entries(cm_home)
    root = cm_home / "repos/local/cache"
    assert folders(cm_home) == sorted(entry.uid for entry in found)
    assert list((root / ".trash").glob("*")) == []
    for place in (root / ".staging").glob("*"):
        # Killed before its owner could be written: nothing uses it, and a later sweep removes it.
        assert not (place / "_cm.json").exists()
        os.utime(place, (0, 0))
    assert finish(start("build", "y", tmp_path / "log"))[0] == "built"
    assert list((root / ".staging").glob("*")) == []
    for entry in found:
        assert not entry.is_running
        assert (entry.path / "result.txt").read_text() == "done"
        assert entry.load_state().new_env == {"CM_AT": str(entry.path)}
