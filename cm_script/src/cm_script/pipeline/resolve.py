"""Script + call -> :class:`ResolvedScript`: layered env, variations, versions, dependency updates."""

from __future__ import annotations

from cm_script.model.call import ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.model.resolved import DependencyKind, DependencyScope, ResolvedScript
from cm_script.profile import CM, Profile

__all__ = ["DependencyKind", "DependencyScope", "ResolvedScript", "apply_default_version", "resolve_script"]


def resolve_script(meta: ScriptMeta, call: ScriptCall, profile: Profile = CM) -> ResolvedScript:
    """Settle everything that can be settled before dependencies run.

    Raises:
        NotFoundError: for an unknown variation.
        CMError: for contradicting variations or an ``ad`` name that no dependency has.
        MetaError: for malformed metadata.
        UsageError: for options of the wrong shape.
    """
    raise NotImplementedError


def apply_default_version(resolved: ResolvedScript) -> ResolvedScript:
    """Choose a version when none was asked for; only for runs that are not taken from the cache.

    Returns the same object when there is a version or no default; else one with ``version``, env, and the
    block ``versions[default]`` applied, and ``version`` set to the default moved into the bounds.
    """
    raise NotImplementedError
