"""Executing a script: dependencies, hooks and the native script, in the order that recipes rely on.

    deps -> preprocess -> prehook deps -> native script -> posthook deps -> postprocess -> post deps

A run gets an env and returns a delta: whatever happens inside, the caller's env and state stay as they were.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from cm_core.fsio import raise_os_error
from cm_core.request import is_true
from cm_core.secrets import is_secret
from cm_script.env.merge import clone_mapping, merge_into
from cm_script.model.call import ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.model.resolved import DependencyKind, ResolvedScript
from cm_script.model.version import pip_version_string
from cm_script.pipeline.capture import Delta, apply_delta, capture
from cm_script.pipeline.outcome import Outcome
from cm_script.pipeline.plan import dependency_call, finish_dependency, plan_dependency
from cm_script.pipeline.prepare import script_step
from cm_script.pipeline.resolve import apply_default_version
from cm_script.runtime.customize import HookOutcome, hook_failure
from cm_script.runtime.step import ScriptStep

if TYPE_CHECKING:
    from cm_cache.entry import CachedState, CacheMatch
    from cm_core.reporter import StepInfo, StepStatus
    from cm_script.pipeline.engine import Engine
    from cm_script.pipeline.select import Selection
    from cm_script.pipeline.walk import Walk

    Calls = Generator[ScriptCall, Outcome, None]


@dataclass(slots=True, kw_only=True)
class Execution:
    """One script while it runs: what it was made from, and what it has by now.

    Attributes:
        env, state, meta: live dictionaries that hooks change.
        folder: where it works now; its dependencies work there too unless they are cached themselves.
        stored: what the cache entry holds that is going to be used.
        deps: tags of the dependencies reached so far.
        version: of the result, as hooks report it.
        extra_tags: cache tags that hooks or env add.
        status, note: how it ended, for reports.
        replaced: whether the recipe had another script run instead; the result is that script's then, and
            the cache must not keep the decision.
        renewing: whether an entry of the cache is made again in its folder; recipes may ask.
    """

    engine: Engine
    step: StepInfo
    selection: Selection
    resolved: ResolvedScript
    env: dict[str, Any] = field(init=False)
    state: dict[str, Any] = field(init=False)
    meta: dict[str, Any] = field(init=False)
    folder: Path | None = None
    stored: CachedState | None = None
    deps: list[str] = field(default_factory=list)
    version: str = ""
    extra_tags: list[str] = field(default_factory=list)
    status: StepStatus = "done"
    note: str = ""
    replaced: bool = False
    renewing: bool = False

    def __post_init__(self) -> None:
        self.note = self.selection.note
        self.reset()

    def reset(self) -> None:
        """Forget what was done so far."""
        self.env = clone_mapping(self.resolved.env)
        self.state = clone_mapping(self.resolved.state)
        self.meta = self.resolved.thaw_meta()
        self.deps, self.extra_tags, self.version, self.stored = [], [], "", None

    @property
    def recipe(self) -> ScriptMeta:
        """A view over the live metadata; a key of the wrong shape is an error that names it."""
        return ScriptMeta.from_mapping(self.meta, source=self.resolved.meta.source)

    # -- outcomes ------------------------------------------------------------------------------------

    def outcome(self) -> Outcome:
        """What the script exports from its env and state."""
        self.overlay_const()
        options, resolved, recipe = self.resolved.call.options, self.resolved, self.recipe
        forced = options.get("force_new_env_keys"), options.get("force_new_state_keys")
        env_keys = resolved.new_env_keys if forced[0] else recipe.new_env_keys
        state_keys = resolved.new_state_keys if forced[1] else recipe.new_state_keys
        return self._returning(capture(self.env, self.state, env_keys, state_keys))

    def cached_outcome(self, match: CacheMatch) -> Outcome:
        """What a cache entry holds, after :func:`~cm_script.pipeline.replay.replay` has read it."""
        stored = self.stored or match.entry.load_state()
        self.status = "cached"
        self.note = match.reason if not match.exact else ""
        self.version = stored.version
        new_env = clone_mapping(stored.new_env)
        merge_into(new_env, {key: value for key, value in self.resolved.const.items() if key in new_env})
        outcome = self._returning(Delta(new_env=new_env, new_state=clone_mapping(stored.new_state)))
        self.deps = list(stored.deps)
        return replace(outcome, deps=stored.deps, path=str(match.entry.path))

    def skipped_outcome(self, note: str) -> Outcome:
        """The caller's env and state, untouched."""
        self.status, self.note = "skipped", note
        call = self.resolved.call
        return Outcome(env=clone_mapping(call.env), state=clone_mapping(call.state), skipped=True)

    def print_exports(self, outcome: Outcome) -> None:
        """Print the exported keys that the metadata want a person to see."""
        if self.resolved.call.silent:
            return
        for key, label in self.recipe.print_env_at_the_end.items():
            if key in outcome.new_env and not is_secret(key):
                self.engine.session.reporter.output(self.step, f"{label}: {outcome.new_env[key]}\n")

    def entry_tags(self) -> tuple[str, ...]:
        """The tags of the cache entry for what is known now."""
        from cm_script.pipeline.lookup import entry_tags

        version = self.version or self.resolved.version
        return entry_tags(self.resolved, self.selection, version=version, more=tuple(self.extra_tags))

    # -- parts of a run ------------------------------------------------------------------------------

    def clean_outputs(self) -> None:
        """Remove files of an earlier run that the recipe does not want to find in the folder of the run."""
        _clean(Path(self.resolved.call.host.cwd), self.recipe.clean_output_files)

    def overlay_const(self) -> None:
        """Put the constants on top of everything."""
        merge_into(self.env, self.resolved.const)
        merge_into(self.state, self.resolved.const_state)

    def dependencies(self, kind: DependencyKind, *, from_cache: bool = False) -> Calls:
        """Run a list of dependencies; each sees what the earlier ones exported."""
        profile, call = self.engine.profile, self.resolved.call
        scope = self.resolved.scope(kind, from_cache=from_cache)
        withheld: dict[str, Any] = {}
        for entry in list(self.meta.get(kind) or ()):
            plan = plan_dependency(entry, scope, self.env, profile, withheld=withheld)
            if plan is None:
                continue
            self.deps.append(plan.tags)
            if call.fake_deps:
                # Nothing runs that would give hidden keys back; recorded lists of dependencies count on it.
                withheld = plan.hidden
                _replace(self.env, plan.env)
                continue
            options = self.engine.inherited
            child = dependency_call(plan, self.resolved, state=self.state, options=options)
            if self.folder is not None:
                child = replace(child, host=replace(child.host, cwd=str(self.folder)))
            outcome = yield child
            env = finish_dependency(plan, outcome.env, self.resolved.const, profile)
            _replace(self.env, env)
            _replace(self.state, outcome.state)

    def _returning(self, delta: Delta) -> Outcome:
        call = self.resolved.call
        env, state = apply_delta(call.env, call.state, delta)
        return Outcome(
            env=env,
            state=state,
            new_env=delta.new_env,
            new_state=delta.new_state,
            deps=tuple(self.deps),
            version=self.version,
        )


def execute(execution: Execution, folder: Path, *, shared: bool) -> Walk:
    """Execute a script.

    Args:
        folder: where it works.
        shared: whether other runs may work there too; a cache entry belongs to one run alone.

    Raises:
        CMError: whatever fails; env and state of the caller are untouched.
    """
    execution.reset()
    execution.folder = folder
    execution.resolved = apply_default_version(execution.resolved)
    execution.reset()
    if execution.renewing:
        execution.env[execution.engine.profile.env("RENEW_CACHE_ENTRY")] = "yes"
    yield from execution.dependencies("deps")
    step = script_step(execution, folder, shared=shared)
    if execution.resolved.fake_run:
        yield from execution.dependencies("prehook_deps")
        return execution.outcome()
    _clean(folder, execution.recipe.clean_files)
    _set_pip_version(execution)
    execution.overlay_const()
    replaced = yield from _hooks_and_native(execution, step, _enter_outdir(execution, folder))
    if replaced is not None:
        return replaced
    if shared:
        _clean(folder, execution.recipe.clean_files)
    _add_tags_from_env(execution)
    return execution.outcome()


def _hooks_and_native(
    execution: Execution, step: ScriptStep, folder: Path
) -> Generator[ScriptCall, Outcome, Outcome | None]:
    """From preprocess to the post dependencies; returns an outcome only when the recipe stops early."""
    env, state = execution.env, execution.state
    with step.folder_lock(folder):
        before = _call(execution, step, "preprocess", folder)
        if is_true(before.data.get("skip")):
            return (yield from _skip(execution, before))
        execution.folder = before.cwd
        yield from execution.dependencies("prehook_deps")
        for prefix, new_prefix in execution.recipe.env_key_mappings.items():
            renamed = {
                new_prefix + key.removeprefix(prefix): env[key] for key in list(env) if key.startswith(prefix)
            }
            env.update(renamed)
        step.run_native(env, state, cwd=before.cwd)
        yield from execution.dependencies("posthook_deps")
        _call(execution, step, "postprocess", before.cwd)
    yield from execution.dependencies("post_deps")
    return None


def _call(execution: Execution, step: ScriptStep, hook: str, cwd: Path) -> HookOutcome:
    """Call a hook and take over what it reports.

    Raises:
        ScriptFailedError: when it returned a code other than 0.
    """
    outcome = step.call(hook, execution.env, execution.state, cwd=cwd)
    data = outcome.data
    if data["return"] != 0 and step.customize is not None:
        raise hook_failure(step.customize, hook, data)
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
    profile, parent = execution.engine.profile, execution.resolved.call
    options = {**execution.engine.inherited, "env": parent.env, "state": parent.state, **instead}
    call = ScriptCall.from_options(
        options, profile, artifact=str(instead.get("artifact") or ""), host=parent.host, nested=True
    )
    execution.replaced = True
    execution.note = f"replaced by {','.join(call.tags.to_words()) or call.artifact}"
    return (yield call)


def _clean(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        relative = PurePath(name)
        if not relative.is_absolute() and ".." not in relative.parts:
            with contextlib.suppress(OSError):
                (folder / relative).unlink()


def _set_pip_version(execution: Execution) -> None:
    resolved, profile = execution.resolved, execution.engine.profile
    wanted = pip_version_string(resolved.version, resolved.version_min, resolved.version_max)
    execution.env[profile.env("TMP_PIP_VERSION_STRING")] = wanted


def _enter_outdir(execution: Execution, folder: Path) -> Path:
    name = str(execution.env.get(execution.engine.profile.env("OUTDIRNAME")) or "")
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


def _replace(target: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Give a live dictionary new content; hooks and helpers hold references to it."""
    target.clear()
    target.update(values)
