"""Executing a script: dependencies, hooks and the native script, in the order that recipes rely on.

    deps -> preprocess -> prehook deps -> native script -> posthook deps -> postprocess -> post deps

A run gets an env and returns a delta: whatever happens inside, the caller's env and state stay as they were.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError, is_true
from cm_core.base import raise_os_error
from cm_script.env.expand import expand_env
from cm_script.model.call import ScriptCall
from cm_script.pipeline.execution import Execution, remove_files
from cm_script.pipeline.outcome import Outcome
from cm_script.pipeline.prepare import script_step
from cm_script.pipeline.resolve import apply_default_version
from cm_script.runtime.customize import MISSING_MODULE, HookOutcome, hook_failure
from cm_script.runtime.step import ScriptStep

if TYPE_CHECKING:
    from cm_script.pipeline.walk import Walk
    from cm_script.runtime.detector import Detector


def execute(execution: Execution, folder: Path, *, shared: bool) -> Walk:
    """Execute a script.

    Args:
        folder: where it works.
        shared: whether other runs may work there too; a cache entry belongs to one run alone.

    Raises:
        CMError: whatever fails; env and state of the caller are untouched.
    """
    execution.folder = folder
    execution.resolved = apply_default_version(execution.resolved)
    execution.reset()
    if execution.renewing:
        execution.env = execution.env.with_({execution.context.profile.env("RENEW_CACHE_ENTRY"): "yes"})
    # Recipes ask for their own folder in hooks, too.
    _set_env_key(execution, "TMP_CURRENT_SCRIPT_PATH", str(execution.selection.artifact.path))
    if execution.resolved.call.asked.docker_run_deps:
        yield from execution.dependencies("docker_deps")
    yield from execution.dependencies("deps")
    if execution.resolved.fake_run:
        return (yield from _pretend(execution, folder, shared=shared))
    step = script_step(execution, folder, shared=shared)
    execution.found = step.found
    # Held while files are removed, too: they may be those of another run that works here.
    with step.folder_lock(folder):
        remove_files(folder, execution.recipe.clean_files)
        execution.overlay_const()
        _set_pip_version(execution)
        replaced = yield from _hooks_and_native(execution, step, _enter_outdir(execution, folder))
    if replaced is not None:
        return replaced
    yield from execution.dependencies("post_deps")
    if shared:
        with step.folder_lock(folder):
            remove_files(folder, execution.recipe.clean_files)
    _add_tags_from_env(execution)
    return execution.outcome()


def _pretend(execution: Execution, folder: Path, *, shared: bool) -> Walk:
    """Load a script and run, or only list, what it needs."""
    try:
        script_step(execution, folder, shared=shared)
    except CMError as error:
        if not execution.listed or MISSING_MODULE not in error.details:
            raise
        from cm_script.pipeline.provided import provide

        if (yield from provide(execution, error)):
            script_step(execution, folder, shared=shared)
    yield from execution.dependencies("prehook_deps")
    only_listed = execution.resolved.call.asked.fake_deps
    execution.status, execution.note = "skipped", "would run" if only_listed else "only what it needs"
    return execution.outcome()


def _hooks_and_native(
    execution: Execution, step: ScriptStep, folder: Path
) -> Generator[ScriptCall, Outcome, Outcome | None]:
    """From preprocess to postprocess; returns an outcome only when the recipe stops early."""
    with step.folder_lock(folder):
        before = _call_hook(execution, step, "preprocess", folder)
        if is_true(before.data.get("skip")):
            return (yield from _skip(execution, before))
        execution.folder = before.cwd
        detector = _detector(execution, step)
        if detector is not None:
            with execution.open_values() as (env, state):
                detector.find(env, state)
        yield from execution.dependencies("prehook_deps")
        for prefix, new_prefix in execution.recipe.env_key_mappings.items():
            renamed = {
                new_prefix + key.removeprefix(prefix): value
                for key, value in execution.env.items()
                if key.startswith(prefix)
            }
            execution.env = execution.env.with_(renamed)
        with execution.open_values() as (env, state):
            step.run_native(env, state, cwd=before.cwd)
        yield from execution.dependencies("posthook_deps")
        if detector is not None:
            with execution.open_values() as (env, state):
                execution.version = detector.describe(env, state)
        _call_hook(execution, step, "postprocess", before.cwd)
    return None


def _detector(execution: Execution, step: ScriptStep) -> Detector | None:
    """What finds the program that the metadata describe, if they do."""
    described = execution.recipe.find_tool
    if not described or execution.folder is None:
        return None
    from cm_script.model.tool import ToolSpec
    from cm_script.runtime.detector import Detector

    spec = ToolSpec.from_mapping(
        described, execution.resolved.meta.source, platform=str(step.os_info["platform"])
    )
    return Detector(step=step, spec=spec, cwd=execution.folder, named=_named(execution, spec.path_key))


def _named(execution: Execution, key: str) -> str:
    """What the request, the entry of a dependency or a variation says there; ``""`` for what scripts left."""
    call, value = execution.resolved.call, execution.resolved.env.get(key)
    left = call.nested and value == call.env.get(key) and key not in call.explicit_env
    return "" if left and value != execution.context.given.get(key) else str(value or "")


def _call_hook(execution: Execution, step: ScriptStep, hook: str, cwd: Path) -> HookOutcome:
    """Call a hook and take over what it reports.

    Raises:
        ScriptFailedError: when it returned a code other than 0.
    """
    if step.customize is None or not step.customize.has(hook):
        return HookOutcome(data={"return": 0}, cwd=cwd)
    with execution.open_values() as (env, state):
        outcome = step.call(hook, env, state, cwd=cwd)
    data = outcome.data
    if data["return"] != 0:
        raise hook_failure(step.customize, hook, data, chain=execution.chain, rerun=step.options.rerun())
    if version := data.get("version"):
        execution.version = str(version)
    for tag in data.get("add_extra_cache_tags") or ():
        execution.extra_tags.append(str(tag))
    return outcome


def _skip(execution: Execution, before: HookOutcome) -> Walk:
    """End a run whose preprocess asked to be skipped, perhaps in favour of another script."""
    instead = before.data.get("script")
    if not isinstance(instead, Mapping):
        return execution.skipped_outcome("the recipe had nothing to do")
    profile, parent = execution.context.profile, execution.resolved.call
    options = {**execution.context.inherited, "env": parent.env, "state": parent.state, **instead}
    call = ScriptCall.from_options(
        options, profile, artifact=str(instead.get("artifact") or ""), host=parent.host, nested=True
    )
    execution.replaced = True
    execution.note = f"replaced by {','.join(call.tags.to_words()) or call.artifact}"
    return (yield call)


def _set_pip_version(execution: Execution) -> None:
    _set_env_key(execution, "TMP_PIP_VERSION_STRING", execution.resolved.bounds.requirement)


def _set_env_key(execution: Execution, name: str, value: str) -> None:
    """Set a key of the engine; placeholders see it, and whatever else was set since they were looked at."""
    profile = execution.context.profile
    execution.env = expand_env(execution.env.with_({profile.env(name): value}), profile)


def _enter_outdir(execution: Execution, folder: Path) -> Path:
    name = str(execution.env.get(execution.context.profile.env("OUTDIRNAME")) or "")
    if not name:
        return folder
    place = folder / name
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise_os_error("create the output folder", place, error)
    return place


def _add_tags_from_env(execution: Execution) -> None:
    for item in execution.recipe.extra_cache_tags_from_env:
        value = str(execution.env.get(str(item.get("env"))) or "")
        prefix = item.get("prefix", "")
        execution.extra_tags += [f"deps-{prefix}{word.strip()}" for word in value.split(",") if word.strip()]
