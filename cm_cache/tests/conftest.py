from __future__ import annotations

import pytest

from cm_cache.key import CacheKey
from cm_cache.state import CachedState
from cm_cache.store import CacheQuery, CacheStore

SCRIPT = "0123456789abcdef"


@pytest.fixture
def store(cm_session):
    return CacheStore(cm_session)


@pytest.fixture
def make_key():
    """A key of the one script that these tests know."""

    def make(*, script_uid=SCRIPT, **parts):
        return CacheKey(script_uid=script_uid, script_alias="get-thing", **parts)

    return make


@pytest.fixture
def put(store, make_key):
    """Build and publish an entry: ``put(variations=("a",), version="1.0")``."""

    def make(*, tags=("get", "thing"), version="", dependent_path="", state=None, key=None, **parts):
        with store.building(key or make_key(**parts), tags=tags) as slot:
            return slot.publish(state or CachedState(), version=version, dependent_path=str(dependent_path))

    return make


@pytest.fixture
def ask(store, make_key):
    """The best match: ``ask(variations=("a",))``."""

    def first(*, bounds=None, excluded_tags=(), legacy_tags=(), **parts):
        more = {} if bounds is None else {"bounds": bounds}
        query = CacheQuery(
            key=make_key(**parts), excluded_tags=excluded_tags, legacy_tags=legacy_tags, **more
        )
        return store.first(query)

    return first
