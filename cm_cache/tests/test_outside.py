"""What an entry needs outside its folder: a tool, a data set, the interpreter of an environment."""

import json
import os

import pytest

from cm_cache.entry import CachedState
from cm_cache.layout import entry_from_meta
from cm_cache.matching import CacheQuery
from cm_cache.outside import Outside, file_facts, look_outside

YESTERDAY = 1_700_000_000


@pytest.fixture
def tool(tmp_path):
    path = tmp_path / "bin" / "tool"
    path.parent.mkdir()
    path.write_text("version 1")
    os.utime(path, (YESTERDAY, YESTERDAY))
    return path


def without_facts(entry, **changes):
    """The entry as an earlier version, or the original, wrote it."""
    meta = {key: value for key, value in entry.meta.items() if key != "cm_dependent_file"} | changes
    (entry.path / "_cm.json").write_text(json.dumps(meta))
    return entry_from_meta(entry.path, meta)


def test_a_tool_that_stays_is_the_same(put, ask, tool):
    put(dependent_path=tool)
    assert not ask().changed
    tool.chmod(0o700)
    assert not ask().changed


@pytest.mark.parametrize("facts", [("version 12", YESTERDAY), ("version 2", YESTERDAY + 60)])
def test_a_tool_that_was_upgraded_in_place_has_changed(put, ask, tool, facts):
    put(dependent_path=tool)
    text, time = facts
    tool.write_text(text)
    os.utime(tool, (time, time))
    assert ask().changed


def test_links_are_followed(put, ask, tool):
    link = tool.with_name("link")
    link.symlink_to(tool)
    put(dependent_path=link)
    other = tool.with_name("tool-2")
    other.write_text("another version")
    assert not ask().changed
    link.unlink()
    link.symlink_to(other)
    assert ask().changed


def test_what_comes_and_goes_in_a_folder_changes_nothing(put, ask, tool):
    put(dependent_path=tool.parent)
    (tool.parent / "more").touch()
    assert not ask().changed


def test_what_a_recipe_made_in_its_own_folder_is_its_own_business(store, make_key, ask):
    with store.building(make_key(), tags=("get",)) as slot:
        made = slot.path / "made"
        made.write_text("1")
        slot.publish(CachedState(), dependent_path=str(made))
    made.write_text("changed")
    assert not ask().changed


def test_the_interpreter_of_an_environment_in_the_entry_lies_outside(store, make_key, ask, tool):
    with store.building(make_key(), tags=("get",)) as slot:
        python = slot.path / "python3"
        python.symlink_to(tool)
        slot.publish(CachedState(), dependent_path=str(python))
    assert not ask().changed
    tool.write_text("another version")
    assert ask().changed


def test_a_copy_that_kept_whole_seconds_is_the_same(put, tool):
    os.utime(tool, ns=(0, YESTERDAY * 10**9 + 123))
    entry = put(dependent_path=tool)
    os.utime(tool, ns=(0, YESTERDAY * 10**9))
    assert look_outside(entry) is Outside.SAME
    os.utime(tool, ns=(0, YESTERDAY * 10**9 + 124))
    assert look_outside(entry) is Outside.CHANGED


@pytest.mark.parametrize("facts", ["text", {"size": "9"}, {"size": 9, "mtime_ns": "x"}])
def test_facts_that_cannot_be_read_are_no_proof(put, tool, facts):
    entry = without_facts(put(dependent_path=tool), cm_dependent_file=facts)
    found = look_outside(entry)
    assert found is (Outside.SAME if facts == "text" else Outside.CHANGED)


@pytest.mark.parametrize("published", [True, False])
def test_an_older_entry_has_changed_if_its_file_came_later(put, store, tool, published):
    entry = put(dependent_path=tool)
    # The original does not say when; its state file does.
    entry = without_facts(entry, **({} if published else {"cm_published": ""}))
    assert look_outside(entry) is Outside.SAME
    state = entry.path / "cm-cached-state.json"
    os.utime(state, (YESTERDAY, YESTERDAY))
    if published:
        entry = without_facts(entry, cm_published="2023-11-14T00:00:00+00:00")
    # A package brings its old time along; when it came is the time of the change.
    os.utime(tool, (YESTERDAY - 10**6, YESTERDAY - 10**6))
    assert look_outside(entry) is Outside.CHANGED


def test_what_cannot_be_looked_at_is_gone(put, tool):
    entry = put(dependent_path=tool)
    tool.unlink()
    tool.symlink_to(tool)
    assert look_outside(entry) is Outside.GONE
    assert file_facts(str(tool), entry.path) == {}
    assert file_facts("a\0b", entry.path) == {}


# -- what was there once -----------------------------------------------------------------------------------


def test_a_named_result_whose_path_is_gone_is_lost_and_not_forgotten(store, put, make_key, tool):
    named = {"extra_tags": ("name-mine",)}
    entry = put(dependent_path=tool, **named)
    query = CacheQuery(key=make_key(**named))
    assert store.lost(query) is None
    tool.unlink()
    assert store.lost(query) == entry
    assert store.lost(CacheQuery(key=make_key(extra_tags=("name-other",)))) is None


def test_what_is_gone_from_the_own_folder_is_only_made_again(store, make_key):
    with store.building(make_key(), tags=("get",)) as slot:
        slot.publish(CachedState(), dependent_path=str(slot.path / "made"))
    assert store.lost(CacheQuery(key=make_key())) is None
