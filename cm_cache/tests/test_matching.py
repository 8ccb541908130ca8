from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_cache.entry import CacheEntry
from cm_cache.key import CacheKey
from cm_cache.matching import CacheQuery, match
from cm_core import VersionBounds

UID = "0123456789abcdef"


def entry(*, tags=(), version="", key_version="", legacy=False, **parts):
    key = CacheKey(script_uid=UID, version=key_version, **parts)
    return CacheEntry(
        path=Path("entry"),
        uid="e" * 16,
        tags=(*tags, *key.extra_tags, *(() if legacy else key.index_tags)),
        key=None if legacy else key,
        script_uid=UID,
        version=version,
        dependent_path="",
        owner=None,
        published=datetime(2026, 1, 1, tzinfo=UTC),
        meta={},
    )


def query(*, uid=UID, bounds=None, excluded_tags=(), legacy_tags=(), **parts):
    return CacheQuery(
        key=CacheKey(script_uid=uid, **parts),
        bounds=VersionBounds(**(bounds or {})),
        excluded_tags=excluded_tags,
        legacy_tags=legacy_tags,
    )


def test_the_same_request_matches_exactly():
    found = match(query(variations=("a",), inputs={"x": 5}), entry(variations=("a",), inputs={"x": "5"}))
    assert found.exact
    assert found.reason == "same variations and inputs"


def test_other_variations_do_not_match():
    assert match(query(), entry(variations=("g2",))) is None
    assert match(query(variations=("g1",)), entry(variations=("g2",))) is None
    assert match(query(variations=("g1", "g2")), entry(variations=("g1",))) is None


def test_another_script_does_not_match():
    assert match(query(uid="f" * 16), entry()) is None


def test_an_input_that_the_request_does_not_mention_excludes_nothing():
    found = match(query(), entry(inputs={"path": "/data/imagenet"}))
    assert not found.exact
    assert found.reason == "broader match: registered with path=/data/imagenet"


def test_an_input_of_the_request_must_be_the_same():
    assert match(query(inputs={"xi": "5"}), entry()) is None
    assert match(query(inputs={"xi": "5"}), entry(inputs={"xi": "6"})) is None


@pytest.mark.parametrize(
    ("asked", "bounds", "made_for", "version", "expected"),
    [
        ("", {}, "", "", "exact"),
        ("", {}, "1.0", "1.0", "wider"),
        ("2.0", {}, "1.0", "1.0", None),
        ("2.0", {}, "", "2.0", "wider"),
        ("2.0", {}, "", "2.0.1", None),
        ("2.0+cu121", {}, "", "2.0+cu121", "wider"),
        ("2.0+cu121", {}, "2.0+cu118", "2.0+cu118", None),
        ("2.0+cu121", {}, "2.0", "2.0", None),
        ("2.0", {}, "2.0+cu118", "2.0+cu118", "wider"),
        ("", {"minimum": "3.13"}, "", "3.13.0rc1", None),
        ("2.0", {}, "", "", None),
        ("3.9", {}, "3.9", "3.9.7", "exact"),
        ("", {"minimum": "3.9"}, "", "3.9", "exact"),
        ("", {"minimum": "3.9"}, "", "3.8", None),
        ("", {"minimum": "4.0"}, "", "", None),
        ("", {"maximum": "4.0"}, "", "", None),
        ("", {"maximum": "4.0"}, "", "4.1", None),
    ],
)
def test_versions(asked, bounds, made_for, version, expected):
    found = match(query(version=asked, bounds=bounds), entry(version=version, key_version=made_for))
    assert (None if found is None else "exact" if found.exact else "wider") == expected


@pytest.mark.parametrize(
    ("asked", "made_with", "expected"),
    [
        ((), ("virtual", "name-t"), False),
        ((), ("virtual",), False),
        (("name-t",), ("virtual", "name-t"), True),
        (("virtual",), ("virtual", "name-t"), False),
        (("name-u",), ("virtual", "name-t"), False),
        (("foo",), (), False),
        ((), ("deps-python-3.8",), True),
        (("foo",), ("foo", "deps-x"), True),
    ],
)
def test_labelled_entries_are_found_by_their_labels(asked, made_with, expected):
    found = match(query(extra_tags=asked), entry(extra_tags=made_with))
    assert (found is not None) is expected


def test_a_tag_that_the_script_added_can_be_asked_for():
    assert match(query(extra_tags=("path-abc",)), entry(tags=("path-abc",))) is not None


def test_excluded_tags():
    assert match(query(excluded_tags=("bad",)), entry(tags=("bad",))) is None


def test_unfinished_entries_never_match():
    assert match(query(), entry(tags=("tmp",))) is None


def test_entries_of_the_original_match_by_tags_only_when_asked_so():
    old = entry(legacy=True, tags=("get", "thing", "_v"))
    assert match(query(variations=("v", "default")), old) is None
    found = match(query(variations=("v", "default"), legacy_tags=("get", "_v")), old)
    assert not found.exact
    assert "original" in found.reason
    assert match(query(legacy_tags=("get", "_w")), old) is None
    assert match(query(uid="f" * 16, legacy_tags=("get",)), old) is None
    assert match(query(legacy_tags=("get",), excluded_tags=("_v",)), old) is None


def test_entries_of_the_original_without_a_version_satisfy_no_constraint():
    old = entry(legacy=True, tags=("get", "version-2.0"))
    assert match(query(legacy_tags=("get",), bounds={"minimum": "1.0"}), old) is None
    assert match(query(legacy_tags=("get",), version="2.0"), old) is not None
    assert match(query(legacy_tags=("get",), version="3.0"), old) is None


NAMES = st.sampled_from(["a", "b", "c"])
PARTS = st.fixed_dictionaries(
    {
        "variations": st.sets(NAMES).map(tuple),
        "version": st.sampled_from(["", "1.0", "2.0"]),
        "extra_tags": st.sets(st.sampled_from(["name-x", "deps-y", "z"])).map(tuple),
        "inputs": st.dictionaries(NAMES, st.sampled_from(["1", "2"])),
    }
)


@given(PARTS)
def test_every_request_matches_what_it_made(parts):
    version = parts["version"]
    made = entry(**{**parts, "key_version": version, "version": "1.5"})
    assert match(query(**parts), made).exact


@given(PARTS, PARTS, st.sampled_from(["", "1.0", "2.0"]))
def test_a_match_never_contradicts_the_request(asked, made, version):
    found = match(query(**asked), entry(**{**made, "key_version": made["version"], "version": version}))
    if found is None:
        return
    key = found.entry.key
    assert key.variations == tuple(sorted(asked["variations"]))
    assert all(key.inputs[name] == value for name, value in asked["inputs"].items())
    assert not asked["version"] or asked["version"] in (key.version, version)
    assert set(asked["extra_tags"]) <= set(key.extra_tags)
    assert found.exact == (key == CacheKey(script_uid=UID, **asked))
    assert found.reason


@given(PARTS, st.sampled_from(["", "1.0", "1.7", "2.0"]), st.sampled_from(["1.0", "1.5", "2.0"]))
def test_constraints_hold_for_every_match(parts, version, minimum):
    made = entry(**{**parts, "key_version": parts["version"], "version": version})
    found = match(query(**parts, bounds={"minimum": minimum}), made)
    assert (found is not None) == (bool(version) and float(version) >= float(minimum))
