import os
import sqlite3
import subprocess
import sys

import pytest

from cm_core.model.request import Request
from cm_core.session import Session


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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable says where caches are")
@pytest.mark.parametrize("place", ["private", "memory"])
def test_an_index_that_cannot_be_opened_is_kept_elsewhere(kind, write, names, cm_session, tmp_path, place):
    cm_session.database.reset()
    cm_session.home.index_file.mkdir()
    cache = tmp_path / "cache"
    if place == "memory":
        cache.touch()
    write("one")
    session = Session(env={**cm_session.env, "XDG_CACHE_HOME": str(cache)}, cwd=tmp_path)
    assert names(session.find("au")) == ["one"]
    session.access({"action": "add", "automation": "au", "artifact": "two"})
    assert names(session.find("au")) == ["one", "two"]
    if place == "memory":
        assert session.database.file is None
    else:
        assert session.database.file.parent == cache / "cm-toolkit"
        assert session.database.file.parent.stat().st_mode & 0o777 == 0o700


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
    assert cm_session.database.file == cm_session.home.index_file


@pytest.fixture
def somebody_elses(open_folder, as_nobody):
    """A home of root with the script ``one``, and what makes sessions of another user in it."""
    home = open_folder / "home"
    owner = Session(home, env={})
    owner.access({"action": "add", "automation": "script", "artifact": "one", "tags": "t"})
    owner.close()
    (open_folder / "cache").mkdir()
    (open_folder / "cache").chmod(0o777)
    return home, lambda: Session(home, env={"XDG_CACHE_HOME": str(open_folder / "cache")}, cwd=open_folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable says where caches are")
@pytest.mark.parametrize("indexed", [True, False])
def test_a_read_only_home_is_searched_with_a_copy_of_its_index(somebody_elses, as_nobody, names, indexed):
    home, session_of_nobody = somebody_elses
    if not indexed:
        (home / "index.sqlite").unlink()
    with as_nobody():
        first = session_of_nobody()
        assert names(first.find("script", tags="t")) == ["one"]
        assert first.database.file.parent.name == "cm-toolkit"
        assert (
            "Permission denied"
            in first.access({"action": "add", "automation": "script", "artifact": "x"})["error"]
        )
        first.close()
    owner = Session(home, env={})
    owner.access({"action": "add", "automation": "script", "artifact": "two", "tags": "t"})
    owner.close()
    with as_nobody():
        second = session_of_nobody()
        assert names(second.find("script", tags="t")) == ["one", "two"]
        assert second.index.rebuild() > 2
        assert second.warnings == []
        second.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable says where caches are")
def test_a_copy_in_a_folder_of_somebody_else_is_not_trusted(somebody_elses, as_nobody, names, open_folder):
    _, session_of_nobody = somebody_elses
    (open_folder / "cache" / "cm-toolkit").mkdir()
    (open_folder / "cache" / "cm-toolkit").chmod(0o777)
    with as_nobody():
        session = session_of_nobody()
        assert names(session.find("script", tags="t")) == ["one"]
        assert session.database.file is None
        session.close()


@pytest.mark.skipif(os.name != "posix", reason="no umask")
@pytest.mark.first_use
@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o022, 0o644)])
def test_who_else_may_write_the_index_is_up_to_the_umask(cm_session, umask, mode):
    before = os.umask(umask)
    try:
        cm_session.access({"action": "add", "automation": "script", "artifact": "x"})
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in cm_session.home.path.glob("index.sqlite*")} == {mode}


_SEARCH = """
import sys, cm_core.session
session = cm_core.session.Session(cwd="/")
print(len(session.find("au")), session.database.file)
"""


def test_where_no_file_can_be_locked_the_index_lives_in_memory(kind, write, cm_session, tmp_path, refusing):
    way, env = refusing
    write("one")
    cm_session.find("au")
    cm_session.close()
    env |= {
        **cm_session.env,
        "LD_PRELOAD": env.get("LD_PRELOAD", ""),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    write("two")
    place = None if way == "lock files" else cm_session.home.index_file
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _SEARCH], env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"2 {place}\n"


@pytest.mark.parametrize("column", ["meta", "tags"])
def test_rows_that_a_foreign_hand_wrote_are_written_again(cm_session, kind, write, reopened, column):
    write("one", tags=["t"], note="kept")
    session = reopened()
    assert len(session.find("au")) == 1
    session.close()
    cm_session.close()
    with sqlite3.connect(cm_session.home.index_file) as other:
        other.execute(f"UPDATE artifact SET {column} = '{{broken' WHERE name = 'one'")
    for _ in range(2):
        session = reopened()
        found = session.call(Request(action="load", automation="au", artifact="one"))
        assert (found.data["meta"]["note"], found.data["meta"]["tags"]) == ("kept", ["t"])
        session.close()
    with sqlite3.connect(cm_session.home.index_file) as other:
        (stored,) = other.execute(f"SELECT {column} FROM artifact WHERE name = 'one'").fetchone()
    assert "broken" not in stored
