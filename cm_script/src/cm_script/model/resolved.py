"""What a script and a call become: the input of all later stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cm_core import VersionBounds, field, frozen
from cm_core.model.keys import EntriesKey
from cm_script.env.values import Env
from cm_script.model.call import ScriptCall
from cm_script.model.dependency import FixedEntry, Updates
from cm_script.model.meta import ScriptMeta
from cm_script.profile import Profile
from cm_script.schema import keys

DependencyKind = Literal["deps", "prehook_deps", "posthook_deps", "post_deps", "docker_deps"]

# The lists of a script, in the order in which they run; ``docker_deps`` come from its container settings.
DEPENDENCY_LISTS: Mapping[DependencyKind, EntriesKey] = {
    "deps": keys.DEPS,
    "prehook_deps": keys.PREHOOK_DEPS,
    "posthook_deps": keys.POSTHOOK_DEPS,
    "post_deps": keys.POST_DEPS,
}
DEPENDENCY_KINDS: tuple[DependencyKind, ...] = tuple(DEPENDENCY_LISTS)


@frozen
class DependencyScope:
    """What planning one dependency needs to know of its parent.

    Attributes:
        hidden_keys: env keys and patterns that the dependency does not see.
        variations: the parent's resolved variations.
        excluded_variations: those that the parent was told to leave out.
        groups: the parent's variation groups, group -> declared members.
        from_cache: whether the parent's result comes from the cache, so that only dynamic ones run.
    """

    hidden_keys: tuple[str, ...] = ()
    variations: tuple[str, ...] = ()
    excluded_variations: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    from_cache: bool = False


@frozen
class ResolvedScript:
    """A script with its variations, versions, env and dependency lists settled.

    Attributes:
        env, state, const, const_state: values at the start of the run.
        variations: all that are on, in order of application.
        explicit_variations: those that were asked for.
        excluded_variations: those that were forbidden.
        groups: variation groups of the script.
        version, version_min, version_max, version_max_usable: from options, env or metadata; ``""`` if open.
        default_version: used by :func:`~cm_script.pipeline.resolve.apply_default_version`.
        deps, prehook_deps, posthook_deps, post_deps: entries after variations, versions, ``ad`` and ``adr``.
        new_env_keys, new_state_keys: what the run exports, ``force_new_env_keys`` of the call considered.
        adr: updates for the dependencies of dependencies.
        docker: settings for containers.
        conditional_updates: ``update_meta_if_env`` of the variations and versions that are on.
        extra_cache_tags: ``--extra_cache_tags``, ``name-*``.
        inputs: inputs of this call that are part of the identity of its result, JSON values.
        warnings: sentences for the user.
        script_name: stem of the native script, ``""`` for the usual one.
        find_tool: the program to find, ``{}`` for none.
        fake_run: by option, or because a container is being prepared.
        skipped: nothing is to be run here (inside a container, ``docker.run: false``).
        cacheable: whether the result is looked up in and stored into the cache.
    """

    meta: ScriptMeta
    call: ScriptCall
    profile: Profile
    env: Env
    state: Env
    const: Env
    const_state: Env
    variations: tuple[str, ...]
    explicit_variations: tuple[str, ...]
    excluded_variations: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    version: str
    version_min: str
    version_max: str
    version_max_usable: str
    default_version: str
    deps: tuple[FixedEntry, ...]
    prehook_deps: tuple[FixedEntry, ...]
    posthook_deps: tuple[FixedEntry, ...]
    post_deps: tuple[FixedEntry, ...]
    new_env_keys: tuple[str, ...]
    new_state_keys: tuple[str, ...]
    adr: Updates
    docker: Mapping[str, Any]
    conditional_updates: tuple[Mapping[str, Any], ...]
    extra_cache_tags: tuple[str, ...]
    inputs: Mapping[str, Any]
    warnings: tuple[str, ...]
    script_name: str
    find_tool: Mapping[str, Any]
    fake_run: bool
    skipped: bool
    cacheable: bool

    @property
    def bounds(self) -> VersionBounds:
        """The versions that will do."""
        return VersionBounds(
            exact=self.version,
            minimum=self.version_min,
            maximum=self.version_max,
            usable=self.version_max_usable,
        )

    @property
    def docker_deps(self) -> tuple[FixedEntry, ...]:
        """The dependencies that make a container ready and are also of use inside it.

        Raises:
            MetaError: when the container settings have the wrong shape.
        """
        entries = keys.DEPS.of(self.docker, f"{self.meta.name}: docker")
        return tuple(entry for entry in entries if not keys.SKIP_INSIDE_DOCKER.of(entry, ""))

    def settled_meta(self) -> dict[str, Any]:
        """The metadata with resolved lists, export keys and script name; what is in it is shared."""
        settled: dict[str, Any] = {
            **{kind: list(getattr(self, kind)) for kind in DEPENDENCY_KINDS},
            "docker_deps": list(self.docker_deps),
            "new_env_keys": list(self.new_env_keys),
            "new_state_keys": list(self.new_state_keys),
            "docker": self.docker,
            "find_tool": self.find_tool,
            "script_name": self.script_name,
        }
        return {**self.meta.raw, **{key: value for key, value in settled.items() if value}}

    def scope(self, kind: DependencyKind, *, from_cache: bool = False) -> DependencyScope:
        """What dependencies of this kind see of the script."""
        local = self.profile.local_env_keys
        if kind in ("deps", "prehook_deps", "docker_deps") or (kind == "posthook_deps" and not from_cache):
            hidden = (*local, *self.meta.local_env_keys)
        elif from_cache:
            hidden = (*local, *self.meta.clean_env_keys_post_deps)
        else:
            # Post dependencies continue the work of the script and see its local keys, as they always did.
            hidden = tuple(self.meta.clean_env_keys_post_deps)
        return DependencyScope(
            hidden_keys=hidden,
            variations=self.variations,
            excluded_variations=self.excluded_variations,
            groups=self.groups,
            from_cache=from_cache,
        )
