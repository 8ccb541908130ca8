import json
import random
import shutil
from dataclasses import replace

import pytest

from cm_cache.errors import CacheError, DependencyError
from cm_cache.key import CacheKey
from cm_cache.layout import Shelf, published_meta, running_meta
from cm_cache.matching import match
from cm_cache.state import CachedState
from cm_cache.store import CacheQuery, CacheStore
from cm_core import Session, VersionBounds, new_uid
from cm_core.base import Owner

UID = "0123456789abcdef"


def again(store):
    """Another session on the same home."""
    return CacheStore(Session(store._session.home.path))


def abandoned(store, key, *, uid=None, owner=None, tags=("get",)):
    """An unfinished entry of a process that is dead."""
    dead = owner or Owner(pid=2**22 + 5, host=Owner.current().host, start="x")
    return store.shelf.create(running_meta(key, tags, dead))


# -- lookup ------------------------------------------------------------------------------------------


def test_an_empty_home_has_no_matches(store, make_key, ask):
    assert tuple(store.matches(CacheQuery(key=make_key()))) == ()
    assert ask() is None
    assert store.find() == ()
    assert store.sweep() == ()


def test_results_do_not_depend_on_history(put, ask):
    """The most serious fault of the original: a default variation was not part of the identity."""
    plain = put(variations=("g1",))
    other = put(variations=("g2",))
    assert ask(variations=("g1",)).entry == plain
    assert ask(variations=("g2",)).entry == other
    assert ask() is None


def test_another_input_is_another_result(put, ask):
    plain = put()
    five = put(inputs={"xi": 5})
    assert ask(inputs={"xi": "5"}).entry == five
    assert ask(inputs={"xi": "6"}) is None
    assert ask().entry == plain


def test_a_registered_data_set_is_found_by_everyone(put, ask, tmp_path):
    put(inputs={"path": tmp_path}, dependent_path=tmp_path)
    found = ask()
    assert not found.exact
    assert found.reason == f"broader match: registered with path={tmp_path}"


def test_an_exact_match_comes_before_a_newer_wider_one(store, put, make_key):
    exact = put()
    first = put(inputs={"path": "/one"})
    second = put(inputs={"path": "/two"})
    found = tuple(store.matches(CacheQuery(key=make_key())))
    assert [item.entry for item in found] == [exact, second, first]
    assert [item.exact for item in found] == [True, False, False]
    assert store.first(CacheQuery(key=make_key())) == found[0]


def test_the_newest_of_equals_wins(put, ask):
    put()
    newer = put()
    assert ask().entry == newer


def test_an_entry_without_its_dependent_path_does_not_match(put, ask, tmp_path):
    needed = tmp_path / "needed"
    needed.mkdir()
    put(dependent_path=needed)
    assert ask() is not None
    needed.rmdir()
    assert ask() is None


def test_an_entry_without_its_state_does_not_match(put, ask):
    (put().path / "cm-cached-state.json").unlink()
    assert ask() is None


def test_an_entry_removed_by_hand_does_not_match(put, ask):
    shutil.rmtree(put().path)
    assert ask() is None


def test_versions_and_bounds(put, ask):
    old, new = put(version="3.8"), put(version="3.11")
    assert ask(bounds=VersionBounds(maximum="3.9")).entry == old
    assert ask(bounds=VersionBounds(minimum="3.9")).entry == new
    assert ask(version="3.8").entry == old
    assert ask(version="3.10") is None


def test_an_entry_without_a_version_satisfies_no_constraint(put, ask):
    put()
    assert ask() is not None
    assert ask(bounds=VersionBounds(minimum="4.0")) is None


def test_a_virtual_environment_does_not_replace_the_chosen_python(put, ask):
    chosen = put()
    venv = put(extra_tags=("virtual", "name-t"))
    assert ask().entry == chosen
    assert ask(extra_tags=("name-t",)).entry == venv


def test_excluded_tags(put, ask):
    put(tags=("get", "thing", "bad"))
    good = put()
    put(tags=("get", "thing", "bad"))
    assert ask(excluded_tags=("bad",)).entry == good


def test_entries_of_the_original_tool(store, ask):
    place = store.shelf.root / "aaaaaaaaaaaaaaaa"
    place.mkdir(parents=True)
    meta = {
        "alias": "",
        "uid": place.name,
        "automation_alias": "cache",
        "automation_uid": "541d6f712a6b464e",
        "tags": ["get", "thing", "_v", f"script-artifact-{UID}"],
        "associated_script_artifact_uid": UID,
    }
    (place / "_cm.json").write_text(json.dumps(meta))
    (place / "cm-cached-state.json").write_text(json.dumps({"new_env": {"CM_A": "1"}}))
    assert ask(variations=("v",)) is None
    found = ask(variations=("v",), legacy_tags=("get", "thing", "_v"))
    assert found.entry.load_state().new_env == {"CM_A": "1"}
    assert ask(variations=("w",), legacy_tags=("get", "_w")) is None


def test_our_entries_do_not_match_by_the_tags_of_the_original(put, ask):
    put(variations=("a",))
    assert ask(variations=("b",), legacy_tags=("get", "thing")) is None


def test_what_another_session_stores_is_found(store, put, make_key):
    entry = put()
    assert again(store).first(CacheQuery(key=make_key())).entry == entry


def test_entries_of_other_repositories_are_not_used(put, ask, make_repo, store):
    entry = put()
    other = make_repo("other", register=store._session)
    shutil.copytree(entry.path, other / "cache" / entry.uid)
    store.remove([entry])
    assert ask() is None


@pytest.mark.slow
def test_a_thousand_entries(store):
    """The tags in the index narrow the search; they must never hide a match."""
    chance = random.Random(5)
    shelf = Shelf(store.shelf.root, note_written=lambda _: None, note_removed=lambda _: None)
    entries = []

    def key():
        return CacheKey(
            script_uid=chance.choice((UID, "f" * 16)),
            variations=tuple(chance.sample("ab", chance.randrange(3))),
            extra_tags=chance.choice(((), ("name-x",), ("foo",))),
            inputs={
                name: chance.choice("12") for name in chance.sample(["p", "q", "r"], chance.randrange(4))
            },
        )

    for _ in range(1000):
        made = shelf.create(running_meta(key(), ("get", "thing"), Owner.current()))
        meta = published_meta(
            made.meta, key(), ("get", "thing"), version=chance.choice(("", "1.0", "2.0")), dependent_path=""
        )
        entries.append(shelf.publish(made.path, meta, CachedState()))
    store._session.index.forget()
    for _ in range(60):
        query = CacheQuery(
            key=key(), bounds=VersionBounds(minimum=chance.choice(("", "1.5"))), legacy_tags=("get",)
        )
        expected = {entry.path for entry in entries if match(query, entry)}
        found = tuple(store.matches(query))
        assert {item.entry.path for item in found} == expected
        assert store.first(query) == next(iter(found), None)
        assert sorted(found, key=lambda item: not item.exact) == list(found)


# -- building and renewing ---------------------------------------------------------------------------


def test_a_script_that_needs_itself_is_told(store, make_key):
    with (
        store.building(make_key(variations=("a",))),
        pytest.raises(DependencyError, match=r"script get-thing,_a depends on itself"),
        again(store).building(make_key(variations=("a",))),
    ):
        pass


def test_a_dependency_is_built_inside(store, make_key):
    with store.building(make_key()) as outer, store.building(make_key(variations=("dep",))) as inner:
        inner.publish(CachedState())
        outer.publish(CachedState())
    assert len(store.find()) == 2


def test_renewing_keeps_the_folder_and_replaces_the_content(store, put, ask, make_key):
    entry = put(version="1.0", state=CachedState(new_env={"CM_A": "old"}))
    with store.renewing(entry, key=make_key()) as slot:
        assert slot.path == entry.path
        assert ask().entry == entry, "found while it is renewed"
        renewed = slot.publish(CachedState(new_env={"CM_A": "new"}, version="2.0"))
    assert renewed.path == entry.path
    assert renewed.uid == entry.uid
    assert renewed.published > entry.published
    assert ask().entry.load_state().new_env == {"CM_A": "new"}
    assert ask().entry.version == "2.0"
    assert renewed.shown_tags == entry.shown_tags


def test_a_failed_renewal_keeps_the_old_answer(store, put, ask, make_key):
    entry = put(state=CachedState(new_env={"CM_A": "old"}))
    with pytest.raises(ValueError, match="no"), store.renewing(entry, key=make_key()):
        raise ValueError("no")
    assert ask().entry == entry
    assert entry.load_state().new_env == {"CM_A": "old"}


def test_a_renewed_wider_match_takes_the_identity_of_the_run(store, put, ask, make_key):
    entry = put(inputs={"path": "/data"})
    with store.renewing(entry, key=make_key(), tags=("get", "thing", "more")) as slot:
        slot.publish(CachedState())
    assert ask().exact
    assert ask(inputs={"path": "/data"}) is None
    assert "more" in ask().entry.tags


def test_an_entry_of_the_original_gets_a_key_when_renewed(store, put, ask, make_key):
    entry = put()
    old = replace(entry, key=None, tags=("get", "thing"), meta={"uid": entry.uid, "tags": ["get"]})
    with store.renewing(old, key=make_key(variations=("v",))) as slot:
        slot.publish(CachedState())
    assert ask(variations=("v",)).exact


# -- sweeping and removing ---------------------------------------------------------------------------


def test_what_a_dead_process_left_is_swept_once(store, make_key, put):
    kept = put(variations=("kept",))
    left = abandoned(store, make_key())
    assert store.sweep() == (left.path,)
    assert not left.path.exists()
    assert store.sweep() == ()
    assert [entry.uid for entry in store.find()] == [kept.uid]


def test_the_first_build_of_a_session_sweeps(store, make_key, put):
    left = abandoned(store, make_key())
    put(variations=("a",))
    assert not left.path.exists()


def test_entries_of_other_machines_are_left_for_seven_days(store, make_key):
    import os
    import time

    elsewhere = replace(Owner.current(), host="elsewhere")
    left = abandoned(store, make_key(), owner=elsewhere)
    assert store.sweep() == ()
    week_ago = time.time() - 8 * 24 * 3600
    os.utime(left.path / "_cm.json", (week_ago, week_ago))
    assert store.sweep() == (left.path,)


def test_a_live_process_keeps_its_entry(store, make_key):
    with store.building(make_key()) as slot:
        place = slot.path
        assert again(store).sweep() == ()
        (entry,) = store.find(tags="tmp")
        assert store.is_busy(entry)
        with pytest.raises(CacheError, match=r"is being created by process \d+"):
            again(store).remove([entry])
        assert place.is_dir()


def test_an_entry_that_is_renewed_cannot_be_removed(store, put, make_key):
    entry = put()
    with store.renewing(entry, key=make_key()), pytest.raises(CacheError, match="is being created"):
        store.remove([entry])
    assert store.remove([entry]) == (entry,)
    assert not entry.path.exists()


def test_what_was_published_meanwhile_is_not_swept(store, make_key):
    """The index may still say that an entry is unfinished."""
    left = abandoned(store, make_key())
    meta = json.loads((left.path / "_cm.json").read_text())
    meta["tags"].remove("tmp")
    (left.path / "_cm.json").write_text(json.dumps(meta))
    assert store.sweep() == ()
    assert left.path.is_dir()


def test_removing_several(store, put):
    entries = [put(variations=(str(number),)) for number in range(3)]
    assert store.remove(entries[:2]) == tuple(entries[:2])
    assert store.find() == (entries[2],)
    assert again(store).find() == (entries[2],)


def test_finding_by_name_and_tags(store, put):
    one, other = put(tags=("b",)), put(tags=("a", "b"))
    assert store.find(tags="b") == (other, one)
    assert store.find(tags="b,-a") == (one,)
    assert store.find(one.uid) == (one,)
    assert store.find(new_uid()) == ()
