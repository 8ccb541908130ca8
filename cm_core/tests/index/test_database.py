import os
import sqlite3
import subprocess
import sys

import pytest

from cm_core.model.request import Request


@pytest.mark.parametrize(
    "damage", ["garbage", "truncated", "empty", "json", "old", "foreign", "tables", "page"]
)
def test_a_damaged_index_is_replaced_without_a_word(cm_session, kind, write, names, reopened, damage):
    for number in range(30):
        write(f"n{number:02}", tags=["t"], filler="x" * 500)
    session = reopened()
    assert len(session.find("au")) == 30
    session.close()
    cm_session.close()
    file = cm_session.home.index_file
    content = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(os.urandom(5000))
    elif damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "json":
        file.write_bytes(b"[]")
    elif damage == "page":
        file.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    else:
        file.unlink()
        with sqlite3.connect(file) as other:
            if damage == "old":
                other.executescript("CREATE TABLE artifact(x); PRAGMA user_version = 1")
            elif damage == "tables":
                other.executescript("PRAGMA user_version = 2")
            else:
                other.executescript("CREATE TABLE tag(y); PRAGMA user_version = 77")
        other.close()
    for _ in range(2):
        again = reopened()
        result = again.call(Request(action="find", automation="au", options={"tags": "t"}))
        assert len(result.data["list"]) == 30
        assert result.warnings == ()
        again.close()


def test_the_file_may_vanish_while_it_is_open(cm_session, kind, write, names):
    write("one")
    assert names(cm_session.find("au")) == ["one"]
    for path in cm_session.home.path.glob("index.sqlite*"):
        path.unlink()
    write("two")
    assert names(cm_session.find("au")) == ["one", "two"]
    cm_session.access({"action": "add", "automation": "au", "artifact": "three"})
    assert names(cm_session.find("au")) == ["one", "three", "two"]


def test_an_index_that_cannot_be_opened_is_kept_in_memory(kind, write, names, reopened, cm_session):
    cm_session.database.reset()
    cm_session.home.index_file.mkdir()
    write("one")
    session = reopened()
    assert names(session.find("au")) == ["one"]
    session.access({"action": "add", "automation": "au", "artifact": "two"})
    assert names(session.find("au")) == ["one", "two"]
    assert session.database.in_memory


@pytest.mark.first_use
def test_a_home_without_anything_is_searched_and_not_created(cm_session, cm_home):
    assert cm_session.find("cache") == []
    assert not cm_home.exists()


@pytest.mark.first_use
def test_a_home_that_appears_gets_the_index(cm_session, kind, write, names):
    # The session has searched before there was a home; from the first artifact on, others see its index.
    write("one")
    assert names(cm_session.find("au")) == ["one"]
    assert cm_session.home.index_file.exists()
    assert not cm_session.database.in_memory


_FIND = """
import os, sys, cm_core.session, cm_core.index, cm_core.plugin, cm_core.actions.common, cm_core.cli, sqlite3, json
import cm_core.index.inherit, platformdirs, yaml, difflib, importlib.metadata, email.parser, tempfile, contextvars
session = cm_core.session.Session(os.environ["CM_REPOS"], cwd=os.sep)
session.plugins
os.setgid(65534); os.setuid(65534)
for _ in range(2):
    print(json.dumps([[a.path.name for a in session.find("au", tags="t")], session.warnings]))
print(session.access({"action": "add", "automation": "au", "artifact": "x"})["error"])
"""


@pytest.mark.parametrize("indexed", [True, False])
def test_a_read_only_home_is_searched(cm_session, kind, write, child_environment, reopened, indexed):
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root, to become somebody whom permissions bind")
    write("one", tags=["t"])
    if indexed:
        reopened().find("au")
        write("two", tags=["t"])
    home = cm_session.home.path
    for folder in home.parents:
        if folder.stat().st_mode & 0o005 != 0o005 and len(folder.parts) > 2:
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", _FIND], env=child_environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = '[["one", "two"], []]' if indexed else '[["one"], []]'
    first, second, error = done.stdout.splitlines()
    assert (first, second) == (expected, expected)
    assert "Permission denied" in error
