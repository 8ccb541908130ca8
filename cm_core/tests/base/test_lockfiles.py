"""Locks where the file system has none: files that name their holder."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from cm_core.base import lockfiles
from cm_core.base.jsonfiles import read_json
from cm_core.base.lockfiles import holder_file, take
from cm_core.base.owner import Owner

HOLD = "import sys, pathlib; from cm_core.base.lockfiles import take\ntake(pathlib.Path(sys.argv[1]))\nprint('held', flush=True); sys.stdin.read()\n"


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "a.lock"


def put(lock, owner, *, age=0.0):
    place = holder_file(lock)
    place.write_text(owner if isinstance(owner, str) else str(owner.to_json()).replace("'", '"'))
    stamp = place.stat().st_mtime - age
    os.utime(place, (stamp, stamp))


def test_one_at_a_time(lock):
    free = take(lock)
    assert Owner.from_json(read_json(holder_file(lock))) == Owner.current()
    assert take(lock) is None
    free()
    assert not holder_file(lock).exists()
    take(lock)()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_what_a_killed_process_held_is_free(lock):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    assert take(lock) is None
    process.kill()
    process.communicate()
    take(lock)()
    assert list(lock.parent.iterdir()) == []


@pytest.mark.parametrize(("age", "free"), [(0, False), (500, False), (700, True)])
def test_another_machine_holds_it_as_long_as_it_gives_signs_of_life(lock, age, free):
    put(lock, replace(Owner.current(), host="elsewhere"), age=age)
    assert (take(lock) is not None) is free


@pytest.mark.parametrize(("age", "free"), [(0, False), (100, True)])
@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_holder_without_a_name_is_about_to_write_it_or_dead(lock, text, age, free):
    put(lock, text, age=age)
    assert (take(lock) is not None) is free


def test_a_lock_that_went_to_somebody_else_meanwhile_stays_there(lock):
    free = take(lock)
    other = replace(Owner.current(), host="elsewhere")
    put(lock, other)
    free()
    assert Owner.from_json(read_json(holder_file(lock))) == other


def test_signs_of_life_go_on_while_it_is_held(lock, monkeypatch):
    monkeypatch.setattr(lockfiles, "_BEAT_SECONDS", 0.01)
    monkeypatch.setattr(lockfiles, "_beating", False)
    free = take(lock)
    os.utime(holder_file(lock), (1, 1))
    while holder_file(lock).stat().st_mtime == 1:
        pass
    free()


def test_many_find_a_lock_of_the_dead_and_one_gets_it_at_a_time(lock):
    put(lock, replace(Owner.current(), start="before"))
    inside, most, done = [], [], []

    def work():
        while len(done) < 50:
            if (free := take(lock)) is not None:
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                free()
                done.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert list(lock.parent.iterdir()) == []
