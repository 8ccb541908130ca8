"""Many processes in one home, some of them killed. Nothing may be lost, and nobody has to repair anything."""

import contextlib
import json
import random
import signal
import subprocess
import sys

import pytest

_ADD = """
import sys
from cm_core import Session
for name in sys.argv[1:]:
    answer = Session().access({"action": "add", "automation": "au", "artifact": name, "tags": "par"})
    assert answer["return"] == 0, answer
"""
_REGISTER = """
import pathlib, sys
from cm_core import Session
Session().repos.add(pathlib.Path(sys.argv[1]))
"""
_UPDATE = """
import sys
from cm_core import Session
answer = Session().access({"action": "update", "automation": "au", "artifact": "one", "tags": sys.argv[1]})
assert answer["return"] == 0, answer
"""
_WORK = """
import itertools, os, sys
from cm_core import Session
session = Session()
for number in itertools.count():
    name = f"w{sys.argv[1]}-{number}"
    for request in (
        {"action": "add", "artifact": name, "tags": "t,new", "yaml": number % 2},
        {"action": "update", "artifact": name, "tags": "updated"},
        {"action": "cp", "artifact": name, "artifacts": [name + "-copy"]},
        {"action": "mv", "artifact": name, "artifacts": [name + "-moved"]},
        {"action": "rm", "artifact": name + "-copy", "f": True},
    ):
        answer = session.access({"automation": "au", **request})
        assert answer["return"] == 0, answer
        print(name, flush=True)
"""


@pytest.fixture
def start(child_environment):
    """Start Python code in a process of its own; what still runs at the end is killed."""
    with contextlib.ExitStack() as running:

        def run(code, *words):
            process = subprocess.Popen(
                [sys.executable, "-c", code, *map(str, words)],
                env=child_environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            running.enter_context(process)
            running.callback(process.kill)
            return process

        yield run


def finish(processes):
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


def disk(session):
    """Names of the artifacts of the kind ``au`` on disk."""
    root = session.home.local_repo / "au"
    return sorted(path.parent.name for path in root.glob("[!.]*/_cm.*"))


@pytest.mark.slow
def test_twenty_processes_add(start, kind, cm_session, reopened):
    names = [f"par{number:02}" for number in range(20)]
    finish([start(_ADD, name) for name in names])
    assert disk(cm_session) == names
    assert [artifact.alias for artifact in reopened().find("au", tags="par")] == names
    # The index itself is complete, before anything is compared with the disk.
    rows = cm_session.database.connection.execute(
        "SELECT alias FROM artifact WHERE kind_alias = 'au'"
    ).fetchall()
    assert sorted(row[0] for row in rows) == names


@pytest.mark.slow
def test_twenty_processes_add_the_same(start, kind, reopened):
    processes = [start(_ADD, "same") for _ in range(20)]
    statuses = [process.communicate(timeout=120) and process.returncode for process in processes]
    assert sorted(statuses) == [0] + [1] * 19
    assert len(reopened().find("au", "same")) == 1


@pytest.mark.slow
def test_twelve_processes_register_repositories(start, cm_session, make_repo, reopened):
    paths = [make_repo(f"r{number:02}", {"script/x": {"tags": ["par"]}}) for number in range(12)]
    finish([start(_REGISTER, path) for path in paths])
    registered = json.loads(cm_session.home.repos_json.read_text())
    assert sorted(registered) == sorted(map(str, paths))
    assert len(reopened().find("script", tags="par")) == 12


@pytest.mark.slow
def test_twelve_processes_update_one_artifact(start, kind, write, reopened):
    write("one", tags=["t"])
    tags = [f"u{number:02}" for number in range(12)]
    finish([start(_UPDATE, tag) for tag in tags])
    (artifact,) = reopened().find("au", "one")
    assert sorted(artifact.tags) == ["t", *tags]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_killed_writers_leave_a_home_that_works(start, kind, cm_session, reopened):
    dice = random.Random(4)
    for turn in range(12):
        workers = [start(_WORK, f"{turn}{letter}") for letter in "ab"]
        for worker in workers:
            for _ in range(dice.randrange(1, 12)):
                assert worker.stdout.readline(), worker.communicate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            workers[0].wait(dice.random() / 20)
        for worker in workers:
            worker.kill()
            worker.wait()
        session = reopened()
        result = session.access({"action": "find", "automation": "au", "tags": "t"})
        assert result["return"] == 0, result
        assert "warnings" not in result
        found = result["list"]
        assert sorted(artifact.path.name for artifact in found) == disk(session)
        for artifact in found:
            assert artifact.meta["automation_alias"] == "au"
        assert len({artifact.uid for artifact in found}) == len(found)
        # The names of killed writers can be used again.
        name = f"w{turn}a-0"
        for left in session.find("au", f"{name}*"):
            assert (
                session.access({"action": "rm", "automation": "au", "artifact": left.uid, "f": True})[
                    "return"
                ]
                == 0
            )
        assert (
            session.access({"action": "add", "automation": "au", "artifact": name, "tags": "t"})["return"]
            == 0
        )
        session.close()
