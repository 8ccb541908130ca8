import json

import pytest

from cm_core.errors import AmbiguousError, InteractionError, UsageError
from cm_core.interaction import Interaction


def test_update_merges(do, root):
    do("add", "one", tags="a", meta={"l": [1], "d": {"x": 1}, "s": "old"})
    result = do("update", "one", tags="b,a", meta={"l": [2], "d": {"y": 2}, "s": "new"})
    (artifact,) = result.data["list"]
    assert artifact.tags == ("a", "b")
    assert {key: artifact.meta[key] for key in "lds"} == {"l": [1, 2], "d": {"x": 1, "y": 2}, "s": "new"}
    assert do("find", tags="b").data["list"]


def test_update_replaces_lists_or_everything(do):
    uid = do("add", "one", tags="a", meta={"l": [1], "k": 1}).data["meta"]["uid"]
    meta = do("update", "one", meta={"l": [2]}, replace_lists=True).data["list"][0].meta
    assert (meta["l"], meta["k"], meta["tags"]) == ([2], 1, ["a"])
    meta = do("update", "one", meta={"n": 1, "uid": "ffffffffffffffff"}, replace=True).data["list"][0].meta
    assert meta == {
        "n": 1,
        "alias": "one",
        "uid": uid,
        "automation_alias": "au",
        "automation_uid": "aaaabbbbccccdddd",
    }


def test_update_keeps_the_format_and_unknown_keys(do, root, write):
    write("one", file="_cm.yaml", unknown={"a": True})
    do("update", "one", tags="t")
    assert [path.name for path in (root / "one").iterdir()] == ["_cm.yaml"]
    assert do("load", "one").data["meta"]["unknown"] == {"a": True}


def test_update_of_an_heir_writes_only_its_own(do, write):
    write("base", tags=["b"], k=1)
    folder = write("heir", tags=["h"], _base="base")
    do("update", "heir", tags="n")
    own = json.loads((folder / "_cm.json").read_text())
    assert own["tags"] == ["h", "n"]
    assert own["_base"] == "base"
    assert "k" not in own


def test_update_adds_what_is_missing(do):
    do("update", "new", tags="a", meta={"k": 1})
    assert do("load", "new").data["meta"]["tags"] == ["a"]
    do("update", tags="b", meta={"k": 2})
    do("update", tags="b", meta={"k": 3})
    assert do("load", tags="b").data["meta"]["k"] == 3


def test_update_selects_by_search_tags(do):
    do("add", "one", tags="a")
    do("add", "two", tags="b")
    do("update", search_tags="a", tags="n")
    assert [artifact.alias for artifact in do("find", tags="n").data["list"]] == ["one"]
    do("update", "two", search_tags="b", tags="m")
    assert do("find", tags="m,b").data["list"]


def test_update_of_many_asks(do, cm_session):
    do("add", "one", tags="a")
    do("add", "two", tags="a")
    with pytest.raises(InteractionError):
        do("update", search_tags="a", tags="n")
    cm_session.interaction = Interaction(quiet=True)
    with pytest.raises(AmbiguousError):
        do("update", search_tags="a", tags="n")
    assert len(do("update", search_tags="a", tags="n", force=True).data["list"]) == 2


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_name_in_several_repositories_is_not_changed_unseen(do, twice, cm_session, dry_run):
    with pytest.raises(AmbiguousError, match="'same' is in 2 repositories") as caught:
        do("update", "same", tags="n", force=True, dry_run=dry_run)
    assert len(caught.value.candidates) == 2
    cm_session.interaction = Interaction(yes=True)
    with pytest.raises(AmbiguousError):
        do("update", "same", tags="n", dry_run=dry_run)
    assert do("find", tags="n").data["list"] == []


@pytest.mark.parametrize(("name", "count"), [("*:same", 2), ("sam*", 2), ("second:same", 1)])
def test_who_means_several_changes_them(do, twice, name, count):
    do("update", name, tags="n", force=True)
    assert len(do("find", tags="n").data["list"]) == count


def test_update_of_everything_needs_a_word(do):
    do("add", "one")
    with pytest.raises(UsageError, match="no artifact to update was given"):
        do("update", meta={"k": 1})


@pytest.mark.parametrize("meta", [{"uid": "../x"}, {"alias": "../x"}])
def test_update_keeps_names_usable(do, meta):
    do("add", "one")
    with pytest.raises(UsageError):
        do("update", "one", meta=meta)
