"""What a script and a call become: the input of all later stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cm_script.model.call import ScriptCall
from cm_script.model.dependency import Entry
from cm_script.model.meta import ScriptMeta
from cm_script.profile import Profile

DependencyKind = Literal["deps", "prehook_deps", "posthook_deps", "post_deps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyScope:
    """What planning one dependency needs to know of its parent.

    Attributes:
        hidden_keys: env keys and patterns that the dependency does not see.
        variations: the parent's resolved variations.
        groups: the parent's variation groups, group -> declared members.
        fake_run: whether the parent only pretends.
        from_cache: whether the parent's result comes from the cache, so that only dynamic ones run.
    """

    hidden_keys: tuple[str, ...] = ()
    variations: tuple[str, ...] = ()
    excluded_variations: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fake_run: bool = False
    from_cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedScript:
    """A script with its variations, versions, env and dependency lists settled.

    The dictionaries and lists are fresh copies that belong to whoever holds this object; stages that need to
    change one take a copy.

    Attributes:
        env, state, const, const_state: values at the start of the run.
        variations: all that are on, in order of application.
        explicit_variations: those that were asked for.
        excluded_variations: those that were forbidden.
        groups: variation groups of the script.
        version, version_min, version_max, version_max_usable: from options, env or metadata; ``""`` if open.
        default_version: used by :func:`~cm_script.pipeline.resolve.apply_default_version`.
        deps, prehook_deps, posthook_deps, post_deps: entries after variations, versions, ``ad`` and ``adr``.
        new_env_keys, new_state_keys: what the run exports.
        adr: updates for the dependencies of dependencies.
        docker: settings for containers.
        extra_cache_tags: ``--extra_cache_tags``, ``name-*``.
        inputs: inputs of this call that are part of the identity of its result, JSON values.
        warnings: sentences for the user.
        script_name: stem of the native script, ``""`` for the usual one.
        fake_run: by option, or because a container is being prepared.
        skipped: nothing is to be run here (inside a container, ``docker.run: false``).
        cacheable: whether the result is looked up in and stored into the cache.
    """

    meta: ScriptMeta
    call: ScriptCall
    profile: Profile
    env: dict[str, Any]
    state: dict[str, Any]
    const: dict[str, Any]
    const_state: dict[str, Any]
    variations: tuple[str, ...]
    explicit_variations: tuple[str, ...]
    excluded_variations: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    version: str
    version_min: str
    version_max: str
    version_max_usable: str
    default_version: str
    deps: list[Entry]
    prehook_deps: list[Entry]
    posthook_deps: list[Entry]
    post_deps: list[Entry]
    new_env_keys: tuple[str, ...]
    new_state_keys: tuple[str, ...]
    adr: dict[str, dict[str, Any]]
    docker: dict[str, Any]
    extra_cache_tags: tuple[str, ...]
    inputs: dict[str, Any]
    warnings: tuple[str, ...]
    script_name: str
    fake_run: bool
    skipped: bool
    cacheable: bool

    def thaw_meta(self) -> dict[str, Any]:
        """The metadata as ``customize.py`` sees it: with resolved dependency lists, export keys, script name."""
        raise NotImplementedError

    def scope(self, kind: DependencyKind, *, from_cache: bool = False) -> DependencyScope:
        """What dependencies of this kind see of the script."""
        raise NotImplementedError
