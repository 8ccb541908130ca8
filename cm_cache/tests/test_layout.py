import json
import os
import shutil
import sys

import pytest

from cm_cache.errors import CacheError
from cm_cache.layout import Shelf, entry_from_meta, published_meta, running_meta
from cm_cache.state import CachedState
from cm_core import CMError
from cm_core.base import Owner


@pytest.fixture
def notes():
    return []


@pytest.fixture
def shelf(tmp_path, notes):
    return Shelf(
        tmp_path / "local" / "cache",
        note_written=lambda path: notes.append(("written", path)),
        note_removed=lambda path: notes.append(("removed", path)),
    )


@pytest.fixture
def running(shelf, make_key):
    return shelf.create(running_meta(make_key(), ("get", "thing"), Owner.current()))


def meta_of(path):
    return json.loads((path / "_cm.json").read_text())


def finished(entry, key, **parts):
    return published_meta(entry.meta, key, ("get", "thing"), **{"version": "", "dependent_path": "", **parts})


def test_a_new_entry_is_marked(shelf, running, notes, make_key):
    meta = meta_of(running.path)
    assert running.path == shelf.root / running.uid
    assert meta["tags"][-1] == "tmp"
    assert meta["cm_owner"]["pid"] == os.getpid()
    assert (meta["alias"], meta["uid"]) == ("", running.uid)
    assert meta["automation_uid"] == "541d6f712a6b464e"
    assert meta["associated_script_artifact"] == f"get-thing,{make_key().script_uid}"
    assert "cm_key" not in meta
    assert running.is_running
    assert notes == [("written", running.path)]


def test_a_published_entry_has_the_form_of_the_original(shelf, running, make_key):
    key = make_key(variations=("v",), inputs={"path": "/data"})
    state = CachedState(new_env={"CM_A": "1"}, new_state={"s": {"t": 2}}, deps=("a,b",), version="1.2")
    entry = shelf.publish(running.path, finished(running, key, version="1.2", dependent_path="/data"), state)
    meta = meta_of(entry.path)
    assert meta["tags"][:3] == ["get", "thing", key.script_tag]
    assert "tmp" not in meta["tags"]
    assert "cm_owner" not in meta
    assert (meta["version"], meta["dependent_cached_path"]) == ("1.2", "/data")
    assert json.loads((entry.path / "cm-cached-state.json").read_text()) == {
        "new_env": {"CM_A": "1"},
        "new_state": {"s": {"t": 2}},
        "deps": ["a,b"],
        "version": "1.2",
    }
    assert entry == entry_from_meta(entry.path, meta) == shelf.read(entry.path)
    assert entry.key == key
    assert entry.published is not None
    assert entry.load_state() == state
    assert entry.shown_tags == ("get", "thing", key.script_tag)


def test_unknown_keys_are_kept_and_old_values_replaced(make_key):
    old = {"mine": 1, "version": "1", "dependent_cached_path": "/old", "cm_owner": {}, "tags": ["x", "tmp"]}
    meta = published_meta(old, make_key(), ("a", "tmp", "a"), version="", dependent_path="")
    assert meta["mine"] == 1
    assert meta["tags"][0] == "a"
    assert meta["tags"].count("a") == 1
    assert not {"version", "dependent_cached_path", "cm_owner", "x", "tmp"} & {*meta, *meta["tags"]}


def test_secrets_are_not_written(shelf, running, make_key):
    state = CachedState(
        new_env={"CM_GH_TOKEN": "s3cret", "CM_A": "1", "CM_URL": "https://me:s3cret@host"},
        new_state={"a": {"password": "s3cret"}},
        deps=("get,repo,_repo.https://s3cret@host",),
    )
    url = "https://me:s3cret@host/x"
    key = make_key(variations=(f"repo.{url}",), extra_tags=(f"deps-{url}",), inputs={"pat": "s3cret"})
    tags = ("get", f"_repo.{url}")
    meta = published_meta(running.meta, key, tags, version="", dependent_path="")
    entry = shelf.publish(running.path, meta, state)
    for path in entry.path.iterdir():
        assert "s3cret" not in path.read_text()
    assert entry.load_state().new_env == {"CM_A": "1", "CM_URL": "https://***@host"}
    assert "_repo.https://***@host/x" in entry.tags


def test_what_json_cannot_hold_is_an_error_and_changes_nothing(shelf, running, make_key):
    with pytest.raises(CacheError, match="cannot be stored as JSON"):
        shelf.publish(running.path, finished(running, make_key()), CachedState(new_state={"a": object()}))
    assert shelf.read(running.path).is_running


def test_a_home_that_moved(shelf, running, make_key, tmp_path):
    inside = running.path / "file"
    state = CachedState(
        new_env={
            "CM_FILE": str(inside),
            "+PATH": [f"{inside}:/usr/bin"],
            "CM_FLAGS": f"-I{inside} -L{inside}",
        },
        new_state={"list": [{"path": str(inside), "n": 1}]},
    )
    shelf.publish(running.path, finished(running, make_key()), state)
    shutil.move(tmp_path / "local", tmp_path / "moved")
    place = tmp_path / "moved" / "cache" / running.uid
    moved, found = entry_from_meta(place, meta_of(place)), str(place / "file")
    assert moved.load_state().new_env == {
        "CM_FILE": found,
        "+PATH": [f"{found}:/usr/bin"],
        "CM_FLAGS": f"-I{found} -L{found}",
    }
    assert moved.load_state().new_state == {"list": [{"path": found, "n": 1}]}


@pytest.mark.skipif(sys.platform == "win32", reason="paths of another system")
def test_a_moved_home_of_the_original(tmp_path):
    place = tmp_path / "local" / "cache" / "a"
    place.mkdir(parents=True)
    old = {"new_env": {"CM_A": "/home/me/CM/repos/local/cache/a/x", "+P": ["/opt/x:/m/local/cache/b"]}}
    (place / "cm-cached-state.json").write_text(json.dumps(old))
    state = entry_from_meta(place, {"tags": ["get"]}).load_state()
    root = place.parent
    assert state.new_env == {"CM_A": f"{root}/a/x", "+P": [f"/opt/x:{root}/b"]}
    assert state.new_state == {}


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_damaged_state_is_one_sentence_with_a_hint(tmp_path, content):
    if content is not None:
        (tmp_path / "cm-cached-state.json").write_text(content)
    with pytest.raises(CacheError) as failure:
        entry_from_meta(tmp_path, {"uid": "e" * 16}).load_state()
    assert "cm rm cache eeeeeeeeeeeeeeee" in failure.value.hint


def test_odd_metadata_make_an_entry_all_the_same(tmp_path):
    entry = entry_from_meta(
        tmp_path, {"tags": "a", "version": 3.1, "cm_key": 5, "cm_owner": [], "cm_published": "yesterday"}
    )
    assert (entry.tags, entry.key, entry.owner, entry.published) == ((), None, None, None)
    assert entry.version == "3.1"
    assert entry.uid == tmp_path.name


def test_removal_is_told_to_the_index(shelf, running, notes):
    shelf.dispose([running.path])
    assert not running.path.exists()
    assert notes[-1] == ("removed", running.path)
    assert list((shelf.root / ".trash").iterdir()) == []


def test_only_entries_can_be_removed(shelf, tmp_path):
    for path in (tmp_path, shelf.root, shelf.root / "a" / "b"):
        with pytest.raises(CacheError, match="refusing"):
            shelf.dispose([path])
    assert tmp_path.is_dir()


def test_removing_what_is_gone_is_no_error(shelf, running):
    shutil.rmtree(running.path)
    shelf.dispose([running.path])


def test_an_entry_that_is_a_link_loses_only_the_link(shelf, running, tmp_path):
    target = tmp_path / "elsewhere"
    shutil.move(running.path, target)
    try:
        running.path.symlink_to(target, target_is_directory=True)
    except OSError:
        pytest.skip("links are not allowed here")
    shelf.dispose([running.path])
    assert not running.path.is_symlink()
    assert (target / "_cm.json").exists()


def test_tidy_removes_what_a_dead_process_left(shelf, running):
    dead = Owner(pid=2**22 + 5, host=Owner.current().host, start="x")
    left = shelf.root / ".staging" / "dead"
    left.mkdir()
    (left / "_cm.json").write_text(json.dumps({"cm_owner": dead.to_json()}))
    mine = shelf.root / ".staging" / "mine"
    mine.mkdir()
    (mine / "_cm.json").write_text(json.dumps({"cm_owner": Owner.current().to_json()}))
    old, fresh = shelf.root / ".staging" / "old", shelf.root / ".staging" / "fresh"
    old.mkdir()
    os.utime(old, (0, 0))
    fresh.mkdir()
    rubbish = shelf.root / ".trash" / "x"
    (rubbish / "deep").mkdir(parents=True)
    shelf.tidy()
    if sys.platform != "win32":
        assert not left.exists()
    assert mine.exists()
    assert not old.exists()
    assert fresh.exists()
    assert not rubbish.exists()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_cache_is_one_sentence(shelf, running, make_key):
    shelf.root.chmod(0o500)
    (shelf.root / ".staging").chmod(0o500)
    try:
        with pytest.raises(CMError, match="cannot create a cache entry"):
            shelf.create(running_meta(make_key(), (), Owner.current()))
    finally:
        shelf.root.chmod(0o700)


def test_a_file_in_place_of_the_cache_is_one_sentence(shelf, make_key):
    shelf.root.parent.mkdir(parents=True, exist_ok=True)
    shelf.root.write_text("not a folder")
    with pytest.raises(CMError, match="cannot create a cache entry"):
        shelf.create(running_meta(make_key(), (), Owner.current()))
