import pytest

from cm_core import CMError, MetaError, UsageError
from cm_script.model.dependency import append_entries, apply_updates, merge_updates, update_entry


def test_entries_with_the_same_names_are_replaced_in_place():
    entries = [{"tags": "get,a", "names": ["x", "y"]}, {"tags": "get,b"}]
    append_entries(entries, [{"tags": "get,c", "names": ["y", "x"]}, {"tags": "get,d", "names": ["x"]}])
    assert [entry["tags"] for entry in entries] == ["get,c", "get,b", "get,d"]


def test_nameless_entries_with_the_same_tags_are_replaced():
    entries = [{"tags": "get,a", "names": ["x"]}, {"tags": "get,b"}]
    append_entries(entries, [{"tags": "b,get", "version": "1"}, {"tags": "a,get"}, {"tags": "get"}, {}, {}])
    assert entries == [{"tags": "a,get"}, {"tags": "b,get", "version": "1"}, {"tags": "get"}, {}, {}]


def test_updates_reach_all_lists():
    deps, post = [{"tags": "get,a", "names": ["a"]}], [{"tags": "get,b", "names": ["b"]}]
    apply_updates([deps, post, [], []], {"a": {"version": "1"}, "b": {"version": "2"}}, {}, strict=True)
    assert deps[0]["version"] == "1"
    assert post[0]["version"] == "2"


def test_unknown_names_are_errors_only_when_strict():
    lists = [[{"tags": "get,a", "names": ["python", "python3"]}]]
    with pytest.raises(CMError, match="'pyton'") as caught:
        apply_updates(lists, {"pyton": {"version": "1"}}, {}, strict=True, source="demo")
    assert "python, python3" in caught.value.hint
    assert caught.value.exit_code == 1
    assert apply_updates(lists, {"pyton": {"version": "1"}}, {}, strict=False) == {"pyton": {"version": "1"}}


def test_names_may_be_one_word():
    entries = [{"tags": "get,a", "names": "python"}]
    apply_updates([entries], {"python": {"version": "1"}}, {}, strict=True)
    assert entries[0]["version"] == "1"


def test_an_update_takes_part_only_when_its_conditions_hold():
    entries = [{"tags": "get,a", "names": ["a"], "skip_if_env": {"X": ["1"]}}]
    update = {"tags": "_v", "enable_if_env": {"CUDA": ["yes"]}, "skip_if_env": {"Y": ["yes"]}}
    apply_updates([entries], {"a": update, "unknown": update}, {"CUDA": "no"}, strict=True)
    assert entries[0]["tags"] == "get,a"
    apply_updates([entries], {"a": update}, {"CUDA": "yes"}, strict=True)
    assert entries == [{"tags": "get,a,_v", "names": ["a"], "skip_if_env": {"X": ["1"]}}]


def test_kinds_of_values():
    entry = {"tags": "get,a,_v", "env": {"A": "1", "B": "1"}, "force_env_keys": ["X"], "version": "1"}
    update = {
        "tags": "_w,_v,_z.<<<UNKNOWN>>>",
        "env": {"B": "2"},
        "force_env_keys": ["X", "Y"],
        "version": "2",
    }
    update_entry(entry, update)
    assert entry == {
        "tags": "get,a,_v,_w",
        "env": {"A": "1", "B": "2"},
        "force_env_keys": ["X", "Y"],
        "version": "2",
    }
    assert update["env"] == {"B": "2"}


def test_added_tags_keep_their_order():
    entry = {"tags": "get,a"}
    update_entry(entry, {"tags": "_d,_c,_b,_a"})
    assert entry["tags"] == "get,a,_d,_c,_b,_a"


def test_placeholders_are_resolved_for_the_entry_and_further_down():
    entries = [{"tags": "get,a", "names": ["a"]}]
    updates = {"a": {"tags": "_v.<<<V>>>", "env": {"P": "<<<V>>>/<<<Q>>>"}}, "other": {"tags": "_<<<V>>>"}}
    passed = apply_updates([entries], updates, {"V": "7"}, strict=False)
    assert entries == [{"tags": "get,a,_v.7", "names": ["a"], "env": {"P": "7/<<<Q>>>"}}]
    assert passed == {"a": {"tags": "_v.7", "env": {"P": "7/<<<Q>>>"}}, "other": {"tags": "_<<<V>>>"}}
    assert updates["a"]["tags"] == "_v.<<<V>>>"


def test_updates_leave_alone_what_entries_share():
    shared = {"+PATH": ["/x"], "D": {"l": [1]}}
    entries = [{"tags": "get,a", "names": ["a"], "env": shared}, {"tags": "get,b", "env": shared}]
    apply_updates([entries], {"a": {"env": {"+PATH": ["/y"], "D": {"l": [2]}}}}, {}, strict=True)
    assert entries[0]["env"] == {"+PATH": ["/x", "/y"], "D": {"l": [1, 2]}}
    assert entries[1]["env"] == {"+PATH": ["/x"], "D": {"l": [1]}}


def test_sets_of_updates_merge_with_their_tags():
    base = {"a": {"tags": "_x,_y", "version": "1"}, "b": {"env": {"A": "1"}}}
    new = {"a": {"tags": "_y,_z", "version": "2"}, "b": {"env": {"B": "1"}}, "c": {"tags": "_q"}}
    assert merge_updates(base, new) == {
        "a": {"tags": "_x,_y,_z", "version": "2"},
        "b": {"env": {"A": "1", "B": "1"}},
        "c": {"tags": "_q"},
    }
    assert base["a"]["tags"] == "_x,_y"


def test_shapes_are_checked():
    with pytest.raises(UsageError, match="'a'"):
        apply_updates([[]], {"a": "_v"}, {}, strict=False)
    with pytest.raises(MetaError, match="tags"):
        update_entry({"tags": "a"}, {"tags": ["b"]})
