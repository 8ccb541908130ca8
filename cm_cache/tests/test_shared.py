"""Entries of shared homes: found after one's own, never changed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cm_cache.entry import CachedState
from cm_cache.errors import CacheError
from cm_cache.store import CacheQuery, CacheStore
from cm_core import Request, Session


@pytest.fixture
def theirs(tmp_path, make_key):
    """Publish an entry in the shared home."""
    session = Session(tmp_path / "shared", env={})
    session.home.ensure()
    store = CacheStore(session)

    def make(*, tags=("get", "thing"), **parts):
        with store.building(make_key(**parts), tags=tags) as slot:
            return slot.publish(CachedState(new_env={"FILE": str(slot.path / "file")}))

    yield make
    session.close()


@pytest.fixture
def mine(cm_session, tmp_path):
    session = Session(env={**cm_session.env, "CM_SHARED_HOMES": str(tmp_path / "shared")})
    yield session
    session.close()


@pytest.fixture
def found(mine, make_key):
    """All matches, the best first."""

    def look(**parts):
        mine.look_again()
        return [match.entry for match in CacheStore(mine).matches(CacheQuery(key=make_key(**parts)))]

    return look


def publish(session, key):
    with CacheStore(session).building(key, tags=("get", "thing")) as slot:
        return slot.publish(CachedState())


def snapshot(folder):
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def test_theirs_is_found_and_says_where_it_came_from(theirs, found, tmp_path):
    entry = theirs()
    (match,) = found()
    assert match.path == entry.path
    assert match.home == match.to_json()["home"] == str(tmp_path / "shared")
    assert match.load_state().new_env == {"FILE": str(entry.path / "file")}


def test_ones_own_comes_first_even_if_it_is_older(theirs, found, mine, make_key):
    own = publish(mine, make_key())
    meta = json.loads((own.path / "_cm.json").read_text())
    meta["cm_published"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    (own.path / "_cm.json").write_text(json.dumps(meta))
    entry = theirs()
    assert [entry.path for entry in found()] == [own.path, entry.path]


def test_an_exact_one_of_theirs_comes_before_a_wider_one_of_ones_own(theirs, found, mine, make_key):
    own = publish(mine, make_key(inputs={"path": "/data"}))
    entry = theirs()
    assert [entry.path for entry in found()] == [entry.path, own.path]


def test_entries_of_a_repository_there_are_no_results_of_ours(theirs, found, tmp_path):
    entry = theirs()
    place = tmp_path / "shared/repos/team/cache"
    place.mkdir(parents=True)
    (place.parent / "cmr.yaml").write_text("alias: team\nuid: 1111222233334444\n")
    (tmp_path / "shared/repos.json").write_text('["team"]')
    entry.path.rename(place / entry.path.name)
    assert found() == []


def test_a_change_is_refused(theirs, found, mine, make_key, tmp_path):
    theirs()
    before = snapshot(tmp_path / "shared")
    (entry,) = found()
    store = CacheStore(mine)
    with pytest.raises(CacheError, match="which is only read") as caught:
        store.remove([entry])
    assert f"CM_REPOS={tmp_path / 'shared'} cm rm cache {entry.uid}" in caught.value.hint
    with pytest.raises(CacheError, match="which is only read"), store.renewing(entry, key=make_key()):
        pass
    assert not store.is_busy(entry)
    assert snapshot(tmp_path / "shared") == before


def test_what_is_unfinished_there_is_neither_used_nor_swept(theirs, found, mine, tmp_path):
    entry = theirs()
    meta = json.loads((entry.path / "_cm.json").read_text())
    owner = {"pid": 2**22 + 5, "host": "elsewhere", "start": "x"}
    (entry.path / "_cm.json").write_text(
        json.dumps({**meta, "tags": [*meta["tags"], "tmp"], "cm_owner": owner})
    )
    before = snapshot(tmp_path / "shared")
    assert found() == []
    assert CacheStore(mine).sweep() == ()
    assert snapshot(tmp_path / "shared") == before


def test_the_commands_say_it(theirs, mine, make_key, tmp_path):
    entry = theirs()
    shown = mine.call(Request(action="show", automation="cache"))
    assert f"  Shared home: {tmp_path / 'shared'}" in shown.lines
    assert shown.data["list"][0]["home"] == str(tmp_path / "shared")
    listed = mine.call(Request(action="find", automation="cache"))
    assert listed.lines == (str(entry.path),)
    assert listed.to_mapping()["list"][0].to_json()["repo"]["home"] == str(tmp_path / "shared")


def test_removing_leaves_theirs(theirs, mine, make_key, tmp_path):
    entry = theirs()
    remove = Request(action="rm", automation="cache", options={"force": True})
    assert mine.call(remove).lines == ("the cache is empty",)
    own = publish(mine, make_key())
    assert mine.call(remove).lines == (f"removed {own.path}",)
    own = publish(mine, make_key())
    some = mine.call(remove.with_options(tags=["get", "thing"]))
    assert some.lines == (f"removed {own.path}",)
    assert some.warnings == (
        f"cache entry {entry.uid} is in the shared home {tmp_path / 'shared'} and was kept",
    )
    with pytest.raises(CacheError, match="which is only read"):
        mine.call(remove.with_options(tags=["get", "thing"]))
    assert entry.path.is_dir()
