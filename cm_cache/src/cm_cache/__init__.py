"""The cache of the CM toolkit: what scripts produced, found again by identity or by tags.

::

    from cm_cache import CacheKey, CacheQuery, CacheStore

    store = CacheStore(session)
    query = CacheQuery(key=CacheKey(script_uid=uid, variations=("onnx",)))
    with store.building(query.key, tags=("get", "model")) as slot:
        match = store.first(query)  # somebody may have made it while we waited
        if match is None:
            entry = slot.publish(run_in(slot.path))

- ``api``, ``flags``, ``plugin``: what people do with entries, and the automation ``cache``;
- ``entry``, ``state``: what the cache holds, and what a run handed to its caller;
- ``key``: what makes two runs the same run;
- ``matching``: the one place that decides a hit; ``outside``: whether what it depends on is still the same;
- ``store``: finds what was made before, and lets one process at a time make what is missing;
- ``building``, ``locks``: a place for a result that is being made, by one at a time;
- ``layout``: the cache on disk; ``errors``: what can go wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_cache.entry import CacheEntry as CacheEntry
    from cm_cache.entry import CacheMatch as CacheMatch
    from cm_cache.errors import CacheError as CacheError
    from cm_cache.errors import DependencyError as DependencyError
    from cm_cache.key import CacheKey as CacheKey
    from cm_cache.layout import entry_from_meta as entry_from_meta
    from cm_cache.matching import CacheQuery as CacheQuery
    from cm_cache.state import STATE_FILE as STATE_FILE
    from cm_cache.state import CachedState as CachedState
    from cm_cache.store import BuildSlot as BuildSlot
    from cm_cache.store import CacheStore as CacheStore

# name -> (module, version since when)
PUBLIC = {
    "CacheEntry": ("entry", "0.1"),
    "CacheMatch": ("entry", "0.1"),
    "CacheError": ("errors", "0.1"),
    "DependencyError": ("errors", "0.1"),
    "CacheKey": ("key", "0.1"),
    "entry_from_meta": ("layout", "0.1"),
    "CacheQuery": ("matching", "0.1"),
    "CachedState": ("state", "0.1"),
    "STATE_FILE": ("state", "0.1"),
    "BuildSlot": ("store", "0.1"),
    "CacheStore": ("store", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
