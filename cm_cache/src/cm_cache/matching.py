"""Does an entry answer a query? The one place that decides a cache hit; pure, no files are touched.

An entry matches when script and variations are the same, the version and the extra tags agree, and every
input of the request equals the entry's. An input that the request does not mention excludes nothing: so a
data set registered once with ``--path`` is found by every later request.
"""

from __future__ import annotations

from cm_cache.entry import CacheEntry, CacheMatch
from cm_cache.key import CacheKey
from cm_core import VersionBounds, field, frozen

_NAME_PREFIX = "name-"
_DEPENDENCY_PREFIX = "deps-"
_ABSENT = object()


@frozen
class CacheQuery:
    """A query for a cached result.

    Attributes:
        key: its own identity.
        bounds: the lowest and the highest version; the exact one is in the key.
        excluded_tags: tags that an entry must not have.
        legacy_tags: the tags by which the original tool would look; entries that it made (they have no
            ``cm_key``) match when they belong to this script and have all of these. Empty: none match.
    """

    key: CacheKey
    bounds: VersionBounds = field(default_factory=VersionBounds)
    excluded_tags: tuple[str, ...] = ()
    legacy_tags: tuple[str, ...] = ()


def match(query: CacheQuery, entry: CacheEntry) -> CacheMatch | None:
    """Whether and why the entry answers the query; whether its files still exist is not looked at."""
    if entry.is_running or any(tag in entry.tags for tag in query.excluded_tags):
        return None
    if entry.key is None:
        return _match_legacy(query, entry)
    key = entry.key
    agrees = (
        key.script_uid == query.key.script_uid
        and key.variations == query.key.variations
        and _version_agrees(query, entry, key)
        and _extra_tags_agree(query.key, entry, key)
        and all(key.inputs.get(name, _ABSENT) == value for name, value in query.key.inputs.items())
    )
    if not agrees:
        return None
    if key == query.key:
        return CacheMatch(entry=entry, exact=True, reason="same variations and inputs")
    return CacheMatch(entry=entry, exact=False, reason=f"broader match: {_difference(query.key, key, entry)}")


def _match_legacy(query: CacheQuery, entry: CacheEntry) -> CacheMatch | None:
    agrees = (
        bool(query.legacy_tags)
        and entry.script_uid == query.key.script_uid
        and all(tag in entry.tags for tag in query.legacy_tags)
        and query.bounds.accepts(entry.version)
        and _is_version(query.key.version, entry)
    )
    if not agrees:
        return None
    return CacheMatch(entry=entry, exact=False, reason="made by the original tool with the same tags")


def _is_version(wanted: str, entry: CacheEntry) -> bool:
    """Whether the result has the wanted version: recorded, or as the original's tag ``version-X``."""
    if not wanted:
        return True
    if entry.version:
        return VersionBounds(exact=wanted).accepts(entry.version)
    return f"version-{wanted}" in entry.tags


def _version_agrees(query: CacheQuery, entry: CacheEntry, key: CacheKey) -> bool:
    # Who asked for 3.9 and got 3.9.1 gets the same again: the same request has the same answer.
    same_request = key.version == query.key.version
    return (same_request or _is_version(query.key.version, entry)) and query.bounds.accepts(entry.version)


def _extra_tags_agree(wanted: CacheKey, entry: CacheEntry, key: CacheKey) -> bool:
    """Extra tags are labels: a labelled entry is found only by a request that uses one of its labels.

    Otherwise a virtual environment, once made, would silently replace the Python that was chosen before.
    A name must always be given; what dependencies added (``deps-*``) may be unknown before they run.
    """
    if not all(tag in entry.tags for tag in wanted.extra_tags):
        return False
    names = {tag for tag in entry.tags if tag.startswith(_NAME_PREFIX)} & set(key.extra_tags)
    labels = {tag for tag in key.extra_tags if not tag.startswith(_DEPENDENCY_PREFIX)}
    asked = set(wanted.extra_tags)
    return names <= asked and (not labels or bool(labels & asked))


def _difference(wanted: CacheKey, key: CacheKey, entry: CacheEntry) -> str:
    """What the entry was made with that the request does not say."""
    parts = [f"{name}={value}" for name, value in key.inputs.items() if name not in wanted.inputs]
    parts += [f"tag {tag}" for tag in key.extra_tags if tag not in wanted.extra_tags]
    if key.version and not wanted.version:
        parts.append(f"version={key.version}")
    if parts:
        return "registered with " + ", ".join(parts)
    if key.version != wanted.version:
        return f"it has version {entry.version}"
    return "it has the tags " + ", ".join(wanted.extra_tags)
