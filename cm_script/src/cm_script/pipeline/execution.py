"""One script while it runs: the live env, state and metadata that all stages from look-up to commit share."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from cm_core import field, mutable, replace
from cm_core.base import Secrets, holds_secret, with_credentials, without_credentials
from cm_script.env.merge import clone_mapping
from cm_script.env.values import Env
from cm_script.model.call import ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.model.resolved import DependencyKind, ResolvedScript
from cm_script.pipeline.capture import Delta, apply_delta, capture
from cm_script.pipeline.outcome import Outcome
from cm_script.pipeline.plan import (
    NOTHING,
    DependencyPlan,
    dependency_call,
    finish_dependency,
    plan_dependency,
)
from cm_script.pipeline.recipefacts import CHANGED, has_changed

if TYPE_CHECKING:
    from cm_cache import CachedState, CacheMatch
    from cm_core import CMError, StepInfo, StepStatus
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.select import Selection

    Calls = Generator[ScriptCall, Outcome, None]


@mutable
class Execution:
    """One script while it runs: what it was made from, and what it has by now.

    Attributes:
        chain: titles of the scripts from the requested one down to this one.
        env, state: what it has by now.
        meta: its metadata; a copy of its own once hooks may change it (:meth:`open_meta`).
        folder: where it works now; its dependencies work there too unless they are cached themselves.
        stored: what the cache entry holds that is going to be used.
        deps: tags of the dependencies reached so far.
        listed: those that were only listed (``fake_deps``).
        version: of the result, as hooks report it.
        extra_tags: cache tags that hooks or env add.
        status, note: how it ended, for reports.
        replaced: whether the recipe had another script run instead; the result is that script's then, and
            the cache must not keep the decision.
        renewing: whether an entry of the cache is made again in its folder; recipes may ask.
        python: the interpreter of the environment in which it runs, if it is one over the user's own.
        found: paths of the tools that its hooks have found.
    """

    context: RunContext
    step: StepInfo
    chain: tuple[str, ...]
    selection: Selection
    resolved: ResolvedScript
    env: Env = field(init=False)
    state: Env = field(init=False)
    meta: dict[str, Any] = field(init=False)
    folder: Path | None = None
    stored: CachedState | None = None
    deps: list[str] = field(default_factory=list)
    listed: list[DependencyPlan] = field(default_factory=list)
    version: str = ""
    extra_tags: list[str] = field(default_factory=list)
    status: StepStatus = "done"
    note: str = ""
    replaced: bool = False
    renewing: bool = False
    python: str = ""
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.note = self.selection.note
        self.reset()

    def reset(self) -> None:
        """Forget what was done so far."""
        self.env, self.state = self.resolved.env, self.resolved.state
        self.meta = self.resolved.settled_meta()
        self.deps, self.extra_tags, self.version, self.stored = [], [], "", None

    @contextlib.contextmanager
    def open_values(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Env and state as dictionaries that may be changed; the changes count unless an error is raised."""
        env, state = self.env.thaw(), self.state.thaw()
        yield env, state
        self.env, self.state = Env(env), Env(state)

    def open_meta(self) -> None:
        """From now on hooks may change the metadata, such as lists of dependencies."""
        self.meta = clone_mapping(self.meta)

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
        return self._outcome_with(capture(self.env, self.state, env_keys, state_keys))

    def cached_outcome(self, match: CacheMatch) -> Outcome:
        """What a cache entry holds, after :func:`~cm_script.pipeline.replay.replay` has read it."""
        stored = self.stored or self.load(match)
        self.status = "cached"
        home = f"in the shared home {match.entry.home}" if match.entry.home else ""
        changed = has_changed(self.selection.artifact.path, match.entry.recipe)
        notes = ("" if match.exact else match.reason, home, CHANGED if changed else "")
        self.note = "; ".join(filter(None, notes))
        self.version = stored.version
        new_env = Env(stored.new_env)
        new_env = new_env.merged(self.resolved.const.only(new_env))
        outcome = self._outcome_with(Delta(new_env=new_env, new_state=Env(stored.new_state)))
        self.deps = list(stored.deps)
        return replace(outcome, deps=stored.deps, path=str(match.entry.path))

    def load(self, match: CacheMatch) -> CachedState:
        """What a cache entry holds, with the secrets of this call that its run was not to store."""
        stored = match.entry.load_state()
        given = self.resolved.env
        exported = capture(given, self.resolved.state, self.resolved.new_env_keys, ()).new_env
        own = {
            key: value
            for key, value in exported.items()
            if key not in stored.new_env and holds_secret(key, value)
        }
        new_env = {**with_credentials(stored.new_env, given.values()), **own}
        new_state = with_credentials(stored.new_state, given.values())
        return replace(stored, new_env=new_env, new_state=new_state)

    def skipped_outcome(self, note: str) -> Outcome:
        """The caller's env and state, untouched."""
        self.status, self.note = "skipped", note
        call = self.resolved.call
        return Outcome(env=call.env, state=call.state, skipped=True)

    def print_exports(self, outcome: Outcome) -> None:
        """Print the exported keys that the metadata want a person to see."""
        if self.resolved.call.asked.silent:
            return
        for key, label in self.recipe.print_env_at_the_end.items():
            if key in outcome.new_env and not holds_secret(key, outcome.new_env[key]):
                self.output(f"{label}: {outcome.new_env[key]}\n")

    def output(self, text: str) -> None:
        """Show what the script printed."""
        self.context.output(self.step, text, verbose=self.resolved.call.verbose)

    def hide_secrets(self, error: CMError) -> None:
        """Take the values of secrets out of an error: hooks, and what they call, say what they were given."""
        from cm_script.runtime.failure import hide_secrets

        call = self.resolved.call
        hide_secrets(error, Secrets(self.env, self.resolved.env, self.state, call.options, call.host.environ))

    def entry_tags(self) -> tuple[str, ...]:
        """The tags of the cache entry for what is known now."""
        from cm_script.pipeline.lookup import entry_tags

        version = self.version or self.resolved.version
        return entry_tags(self.resolved, self.selection, version=version, more=tuple(self.extra_tags))

    # -- parts of a run ------------------------------------------------------------------------------

    def clean_outputs(self) -> None:
        """Remove files of an earlier run that the recipe does not want to find in the folder of the run."""
        remove_files(Path(self.resolved.call.host.cwd), self.recipe.clean_output_files)

    def overlay_const(self) -> None:
        """Put the constants on top of everything."""
        self.env = self.env.merged(self.resolved.const)
        self.state = self.state.merged(self.resolved.const_state)

    def dependencies(self, kind: DependencyKind, *, from_cache: bool = False) -> Calls:
        """Run a list of dependencies; each sees what the earlier ones exported."""
        profile, call = self.context.profile, self.resolved.call
        scope = self.resolved.scope(kind, from_cache=from_cache)
        withheld = NOTHING
        for entry in list(self.meta.get(kind) or ()):
            plan = plan_dependency(entry, scope, self.env, profile, withheld=withheld)
            if plan is None:
                continue
            self.deps.append(without_credentials(plan.tags))
            if call.asked.fake_deps:
                # Nothing runs that would give hidden keys back; recorded lists of dependencies count on it.
                self.listed.append(plan)
                withheld = plan.hidden
                self.env = plan.env
                continue
            options = self.context.inherited
            child = dependency_call(plan, self.resolved, state=self.state, options=options)
            if self.folder is not None:
                child = replace(child, host=replace(child.host, cwd=str(self.folder)))
            outcome = yield child
            self.env = finish_dependency(plan, outcome.env, self.resolved.const, profile)
            self.state = outcome.state

    def _outcome_with(self, delta: Delta) -> Outcome:
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


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove files of a folder by the names that metadata give; those that lead out of it stay."""
    for name in names:
        relative = PurePath(name)
        if not relative.is_absolute() and ".." not in relative.parts:
            with contextlib.suppress(OSError):
                (folder / relative).unlink()
