"""What a result is known by in the cache, and which entries answer a request."""

from __future__ import annotations

from cm_cache import CacheKey, CacheQuery
from cm_core import VersionBounds
from cm_core.base import without_credentials
from cm_script.model.resolved import ResolvedScript
from cm_script.pipeline.resolve import apply_default_version
from cm_script.pipeline.select import Selection


def cache_key(resolved: ResolvedScript, selection: Selection, *, version: str) -> CacheKey:
    """The identity of the result of a run.

    Args:
        version: the version asked for, by option or as the script's default.
    """
    return CacheKey(
        script_uid=selection.artifact.uid,
        script_alias=selection.artifact.alias,
        variations=resolved.variations,
        version=version,
        extra_tags=resolved.extra_cache_tags,
        inputs=resolved.inputs,
    )


def cache_query(resolved: ResolvedScript, selection: Selection) -> CacheQuery:
    """What to look for.

    Where only bounds are given (``--version_min``), any version within them will do; where nothing is
    given, the script's default is what was asked for.
    """
    bounded = bool(resolved.version_min or resolved.version_max)
    version = resolved.version or ("" if bounded else apply_default_version(resolved).version)
    tags = selection.tags
    return CacheQuery(
        key=cache_key(resolved, selection, version=version),
        bounds=VersionBounds(minimum=resolved.version_min, maximum=resolved.version_max),
        excluded_tags=tuple(
            map(without_credentials, (*tags.excluded, *(f"_{name}" for name in tags.excluded_variations)))
        ),
        legacy_tags=entry_tags(resolved, selection, version=resolved.version),
    )


def entry_tags(
    resolved: ResolvedScript, selection: Selection, *, version: str = "", more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The tags of a cache entry, as the original writes them: people and public recipes search by these."""
    tags = [
        *selection.tags.required,
        *selection.artifact.tags,
        *(f"_{name}" for name in resolved.explicit_variations),
        *resolved.extra_cache_tags,
        *more,
    ]
    if version:
        tags.append(f"version-{version}")
    return tuple(dict.fromkeys([*tags, f"script-artifact-{selection.artifact.uid}"]))
