import os
import subprocess
import sys
from dataclasses import replace

import pytest

from cm_core.base.owner import Life, Owner

WAIT = "import sys; sys.stdin.read()"


@pytest.fixture
def child():
    process = subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def owner_of(pid):
    from cm_core.base.owner import _start_of

    return replace(Owner.current(), pid=pid, start=_start_of(pid))


def test_this_process_is_alive():
    owner = Owner.current()
    assert owner.pid == os.getpid()
    assert owner.is_here
    assert owner.life() in (Life.ALIVE, Life.UNKNOWN)
    assert Owner.from_json(owner.to_json()) == owner
    assert owner.machine in owner.host


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_a_process_that_ended_is_dead(child):
    owner = owner_of(child.pid)
    assert owner.life() is Life.ALIVE
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert owner.life() is Life.DEAD, "a zombie"
    child.wait()
    assert owner.life() is Life.DEAD


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_a_later_process_with_the_same_number_is_another_one():
    assert replace(Owner.current(), start="before").life() is Life.DEAD


def test_another_machine_is_unknown():
    owner = replace(Owner.current(), host="elsewhere")
    assert not owner.is_here
    assert owner.life() is Life.UNKNOWN
    assert not owner.is_ancestor()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_ancestors(child):
    assert Owner.current().is_ancestor()
    assert owner_of(os.getppid()).is_ancestor()
    assert not owner_of(child.pid).is_ancestor()


@pytest.mark.parametrize("data", [None, [], {}, {"pid": "5"}])
def test_what_is_no_owner_reads_as_none(data):
    assert Owner.from_json(data) is None
