"""The cache of the CM toolkit: what scripts produced, found again by identity or by tags.

>>> store = CacheStore(session)
>>> query = CacheQuery(key=CacheKey(script_uid=uid, variations=("onnx",)))
>>> with store.building(query.key, tags=("get", "model")) as slot:
...     match = store.first(query)              # somebody may have made it while we waited
...     if match is None:
...         entry = slot.publish(run_in(slot.path))
"""

from __future__ import annotations

from cm_cache.entry import CachedState, CacheEntry, CacheMatch
from cm_cache.key import CacheKey
from cm_cache.secrets import is_secret, without_secrets
from cm_cache.store import BuildSlot, CacheQuery, CacheStore
from cm_cache.versions import VersionBounds, version_key

__all__ = [
    "BuildSlot",
    "CacheEntry",
    "CacheKey",
    "CacheMatch",
    "CacheQuery",
    "CacheStore",
    "CachedState",
    "VersionBounds",
    "is_secret",
    "version_key",
    "without_secrets",
]
