"""Script + call -> :class:`ResolvedScript`: layered env, variations, versions, dependency updates.

Env, weakest to strongest: ``default_env`` < env of the caller < ``env`` of the script < variations in their
order, combinations after the variations they consist of < version block < mapped options and ``const``.
"""

from __future__ import annotations

from typing import Any

from cm_core import is_no, is_true, replace
from cm_script.env.expand import expand_text
from cm_script.model.call import ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.model.resolved import DEPENDENCY_KINDS, DEPENDENCY_LISTS, ResolvedScript
from cm_script.model.variation import (
    active_combinations,
    match_variation,
    resolve_variations,
    variation_block,
    variation_groups,
)
from cm_script.pipeline.inputs import identity_inputs
from cm_script.pipeline.layers import Block, Draft
from cm_script.profile import CM, Profile

_VERSION_OPTIONS = ("version", "version_min", "version_max", "version_max_usable")


def resolve_script(meta: ScriptMeta, call: ScriptCall, profile: Profile = CM) -> ResolvedScript:
    """Settle everything that can be settled before dependencies run.

    Raises:
        NotFoundError: for an unknown variation.
        CMError: for contradicting variations or an ``ad`` name that no dependency has.
        MetaError: for malformed metadata.
        UsageError: for options of the wrong shape.
    """
    draft = _start(meta, call, profile)
    variations = resolve_variations(meta, call.tags.variations, call.tags.excluded_variations)
    _apply_variations(draft, meta, variations)
    versions = _requested_versions(draft, meta, call)
    if versions["version"] and _apply_version_block(draft, meta, versions["version"]):
        draft.apply_adr()
    draft.update_dependencies(call.ad, strict=True)
    # Once more after the version block and ``ad``, without what variations declared: the user wins.
    draft.update_dependencies(call.adr, strict=False)
    draft.overlay_const()
    draft.expand()
    skipped, fake_run = _container_state(draft, call)
    return ResolvedScript(
        meta=meta,
        call=call,
        profile=profile,
        variations=variations,
        explicit_variations=call.tags.variations,
        excluded_variations=call.tags.excluded_variations,
        groups=variation_groups(meta),
        **versions,
        extra_cache_tags=_extra_cache_tags(draft, call),
        inputs=identity_inputs(call, draft.mapped, profile),
        fake_run=fake_run,
        skipped=skipped,
        cacheable=_is_cacheable(meta, call, fake_run),
        **_parts(draft, call),
    )


def apply_default_version(resolved: ResolvedScript) -> ResolvedScript:
    """Choose a version when none was asked for; only for runs that are not taken from the cache.

    Returns the same object when there is a version or no default; else one with ``version``, env, and the
    block ``versions[default]`` applied, and ``version`` set to the default moved into the bounds. The result
    belongs into the cache with the tag ``version-<version>``.
    """
    if resolved.version or not resolved.default_version:
        return resolved
    version = resolved.bounds.nearest(resolved.default_version)
    draft = _reopen(resolved)
    draft.env = draft.env.with_({resolved.profile.env("VERSION"): version})
    draft.expand()
    # The block is that of the default itself, also when bounds moved the version. Its recursive updates reach
    # the dependencies of dependencies only: public recipes have never been run with more than that.
    _apply_version_block(draft, resolved.meta, resolved.default_version)
    draft.overlay_const()
    draft.expand()
    return replace(
        resolved,
        version=version,
        inputs=identity_inputs(resolved.call, draft.mapped, resolved.profile),
        **_parts(draft, resolved.call),
    )


def _start(meta: ScriptMeta, call: ScriptCall, profile: Profile) -> Draft:
    """The draft with everything that does not depend on variations."""
    draft = Draft(
        profile=profile,
        source=meta.name,
        options=call.options,
        ad=call.ad,
        adr=call.adr,
        env=call.start_env(profile),
        state=call.state.merged(call.local_state),
        const=call.const.merged(call.local_const),
        const_state=call.const_state.merged(call.local_const_state),
        lists={
            kind: [dict(entry) for entry in key.of(meta.raw, meta.source)]
            for kind, key in DEPENDENCY_LISTS.items()
        },
        new_env_keys=meta.new_env_keys,
        new_state_keys=meta.new_state_keys,
        default_version=meta.default_version,
        script_name=meta.script_name,
        find_tool=meta.find_tool,
        mapped=meta.input_mapping,
        warnings=meta.warnings,
    )
    if meta.repo_path:
        key = profile.env("TMP_CURRENT_SCRIPT_REPO_PATH")
        draft.env = draft.env.with_({key: meta.repo_path, f"{key}_WITH_PREFIX": meta.repo_root})
    draft.env = draft.env.with_defaults(meta.default_env).with_(meta.env)
    draft.state = draft.state.merged(meta.state)
    given = {key: call.options[option] for option, key in draft.mapped.items() if option in call.options}
    draft.const = draft.const.with_(given)
    draft.overlay_const()
    draft.state = draft.state.with_({"docker": meta.docker})
    return draft


def _apply_variations(draft: Draft, meta: ScriptMeta, variations: tuple[str, ...]) -> None:
    blocks = meta.variations
    combinations = active_combinations(meta, variations)
    for name in variations:
        match = match_variation(meta, name)
        if match is None or name.startswith("~"):
            continue
        _apply_variation(draft, variation_block(meta, match), f"variation '{name}'")
        for key in combinations:
            _apply_variation(draft, blocks[key], f"variation '{key}'")
    draft.apply_adr()
    if draft.disk_space:
        draft.warnings.append(f"about {sum(draft.disk_space.values()):g} MB of disk space is needed")


def _apply_variation(draft: Draft, block: Block, where: str) -> None:
    draft.apply_block(block, where)
    draft.collect_adr(block, where)
    draft.collect_notes(block, where)


def _apply_version_block(draft: Draft, meta: ScriptMeta, version: str) -> bool:
    """Apply the block of a version if there is one; tells whether it has updates for dependencies."""
    block = meta.versions.get(version)
    if block is None:
        return False
    where = f"version '{version}'"
    draft.apply_block(block, where)
    return draft.collect_adr(block, where)


def _requested_versions(draft: Draft, meta: ScriptMeta, call: ScriptCall) -> dict[str, Any]:
    versions: dict[str, Any] = {}
    for option in _VERSION_OPTIONS:
        key = draft.profile.env(option.upper())
        value = getattr(call.asked, option) or str(draft.env.get(key) or "").strip() or getattr(meta, option)
        versions[option] = expand_text(value, draft.env)
        if versions[option]:
            draft.env = draft.env.with_({key: versions[option]})
    return versions


def _container_state(draft: Draft, call: ScriptCall) -> tuple[bool, bool]:
    """Whether the script is skipped and whether it only pretends, as inside a container some do."""
    docker = draft.state["docker"]
    if docker and is_true(draft.env.get(draft.profile.env("RUN_STATE_DOCKER"))):
        if is_no(docker.get("run")):
            return True, call.fake_run
        if is_no(docker.get("real_run")):
            draft.env = draft.env.with_({draft.profile.env("TMP_FAKE_RUN"): "yes"})
            return False, True
    return False, call.fake_run


def _extra_cache_tags(draft: Draft, call: ScriptCall) -> tuple[str, ...]:
    from_env = str(draft.env.get(draft.profile.env("EXTRA_CACHE_TAGS")) or "")
    words = (*from_env.split(","), *call.asked.extra_cache_tags)
    tags = [tag for word in words if (tag := expand_text(word.strip(), draft.env))]
    if name := str(draft.env.get(draft.profile.env("NAME")) or "").strip().lower():
        tags.append(f"name-{name}")
    return tuple(dict.fromkeys(tags))


def _is_cacheable(meta: ScriptMeta, call: ScriptCall, fake_run: bool) -> bool:
    if fake_run:
        return False
    return (meta.cache and not call.asked.skip_cache) or (meta.can_force_cache and call.asked.force_cache)


def _parts(draft: Draft, call: ScriptCall) -> dict[str, Any]:
    """The fields of a resolved script that blocks can change."""
    return {
        **{kind: tuple(entries) for kind, entries in draft.lists.items()},
        "env": draft.env,
        "state": draft.state,
        "const": draft.const,
        "const_state": draft.const_state,
        "default_version": draft.default_version,
        "new_env_keys": call.asked.force_new_env_keys or _once(draft.new_env_keys),
        "new_state_keys": call.asked.force_new_state_keys or _once(draft.new_state_keys),
        "adr": draft.adr,
        "docker": draft.state["docker"],
        "conditional_updates": tuple(draft.conditional),
        "warnings": tuple(dict.fromkeys(draft.warnings)),
        "script_name": draft.script_name,
        "find_tool": draft.find_tool,
    }


def _once(keys: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, keys)))


def _reopen(resolved: ResolvedScript) -> Draft:
    return Draft(
        profile=resolved.profile,
        source=resolved.meta.name,
        options=resolved.call.options,
        ad=resolved.call.ad,
        adr=resolved.adr,
        env=resolved.env,
        state=resolved.state,
        const=resolved.const,
        const_state=resolved.const_state,
        lists={kind: [dict(entry) for entry in getattr(resolved, kind)] for kind in DEPENDENCY_KINDS},
        new_env_keys=list(resolved.new_env_keys),
        new_state_keys=list(resolved.new_state_keys),
        default_version=resolved.default_version,
        script_name=resolved.script_name,
        find_tool=resolved.find_tool,
        mapped=resolved.meta.input_mapping,
        conditional=list(resolved.conditional_updates),
        warnings=list(resolved.warnings),
    )
