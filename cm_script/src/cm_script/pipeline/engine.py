"""The engine of one requested run: all stages, for the requested script and everything it needs."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Generator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cache.errors import DependencyError
from cm_core.base.frozen import frozen
from cm_core.model.errors import CMError, NotFoundError
from cm_core.reporter import StepInfo
from cm_script.logs import run_folder
from cm_script.pipeline.execute import execute
from cm_script.pipeline.execution import Execution
from cm_script.pipeline.outcome import Outcome, StepRecord
from cm_script.pipeline.replay import replay
from cm_script.pipeline.resolve import resolve_script
from cm_script.pipeline.select import Selection, Selector
from cm_script.pipeline.walk import walk
from cm_script.profile import CM, Profile
from cm_script.runtime.host import host_os_info

if TYPE_CHECKING:
    from cm_cache.entry import CacheMatch
    from cm_cache.matching import CacheQuery
    from cm_cache.store import CacheStore
    from cm_core.session import Session
    from cm_script.model.call import ScriptCall
    from cm_script.model.resolved import ResolvedScript
    from cm_script.observers import Transcript
    from cm_script.pipeline.walk import Walk

# A script may legitimately need itself under another env, but not this often.
_MAX_REPEATS = 30


@frozen
class _Active:
    """A script on the way from the requested one down to the current one."""

    step: StepInfo
    identity: tuple[str, tuple[str, ...]]
    env: dict[str, Any]


class Engine:
    """Runs scripts for one request.

    Args:
        on_selected: called with the script that was requested, before anything of it runs.

    Attributes:
        inherited: options that every dependency gets too (``verbose``, ``time`` …).
        records: the finished steps, in the order in which they ended.
        log_folder: where the output of native scripts is kept; made when there is some.
        transcript: gets what the requested script prints, for observers.
    """

    def __init__(
        self,
        session: Session,
        *,
        profile: Profile = CM,
        inherited: dict[str, Any] | None = None,
        on_selected: Callable[[Selection], None] | None = None,
    ) -> None:
        self.session = session
        self._on_selected = on_selected
        self.profile = profile
        self.inherited = inherited or {}
        self.records: list[StepRecord] = []
        self.selector = Selector(session, lambda: self.store)
        self.transcript: Transcript | None = None
        self.os_info = host_os_info()
        self.log_folder = run_folder(session.home.logs_dir)
        self._numbers = itertools.count(1)
        self._active: list[_Active] = []

    def run(self, call: ScriptCall) -> Outcome:
        """Answer a call.

        Raises:
            CMError: when a script cannot be selected, resolved or run; ``details["chain"]`` then names the
                scripts from the requested one down to the one that failed.
        """
        return walk(call, self._script)

    @cached_property
    def store(self) -> CacheStore:
        """The cache; many runs never need it."""
        from cm_cache.store import CacheStore

        return CacheStore(self.session)

    @cached_property
    def process_env(self) -> Mapping[str, str]:
        """The environment of native scripts; a ``cm`` that one of them starts works in the same home."""
        return {**self.session.env, **self.recipe_env, "CM_REPOS": str(self.session.home.path)}

    @cached_property
    def recipe_env(self) -> Mapping[str, str]:
        """What plugins add to the environment of recipes; asking for it makes ready what recipes import."""
        added: dict[str, str] = {}
        for additions in self.session.plugins.manager.hook.cm_prepare_recipes(session=self.session):
            for name, value in additions.items():
                present = added.get(name) or self.session.env.get(name, "")
                added[name] = os.pathsep.join(filter(None, (value, present)))
        return added

    @property
    def chain(self) -> tuple[str, ...]:
        """Titles of the scripts from the requested one down to the current one."""
        return tuple(active.step.title for active in self._active)

    def output(self, step: StepInfo, text: str, *, verbose: bool) -> None:
        """Show what a script printed; with ``verbose`` that of a dependency, too."""
        if self.transcript is not None and step.depth == 0:
            self.transcript.add(text)
        self.session.reporter.output(None if verbose else step, text)

    # -- one script ----------------------------------------------------------------------------------

    def _script(self, call: ScriptCall) -> Walk:
        title = ",".join(call.tags.to_words()) if call.tags.required else call.artifact
        try:
            selection = self.selector.select(call)
            if self._on_selected is not None and not self._active:
                self._on_selected(selection)
            resolved = resolve_script(selection.meta, call, self.profile)
            active = self._enter(title, selection, resolved)
        except CMError as error:
            error.details.setdefault("chain", [*self.chain, title])
            raise
        for warning in resolved.warnings:
            self.session.warn(f"{selection.artifact.name}: {warning}")
        execution = Execution(engine=self, step=active.step, selection=selection, resolved=resolved)
        return (yield from self._reported(execution))

    def _reported(self, execution: Execution) -> Walk:
        """Run a script and tell about it, whatever happens."""
        step, started = execution.step, time.perf_counter()
        self.session.reporter.step_started(step)
        outcome = Outcome()
        try:
            outcome = yield from self._answered(execution)
            execution.print_exports(outcome)
        except CMError as error:
            # Only the script in which it happened repeats the message.
            execution.status, execution.note = "failed", "" if "chain" in error.details else str(error)
            error.details.setdefault("chain", list(self.chain))
            raise
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt | GeneratorExit)
            execution.status = "failed"
            execution.note = "interrupted" if interrupted else type(error).__name__
            raise
        finally:
            self._active.pop()
            record = StepRecord(
                step=step,
                artifact=execution.selection.artifact,
                variations=execution.resolved.variations,
                status=execution.status,
                seconds=time.perf_counter() - started,
                note=execution.note,
                version=outcome.version,
                path=outcome.path,
            )
            self.records.append(record)
            self.session.reporter.step_finished(step, record.status, record.seconds, record.note)
        return outcome

    def _answered(self, execution: Execution) -> Walk:
        """From the cache, or by executing."""
        call = execution.resolved.call
        if execution.resolved.skipped:
            return execution.skipped_outcome("not to be run inside a container")
        execution.clean_outputs()
        if not execution.resolved.cacheable:
            return (yield from execute(execution, Path(call.host.cwd), shared=True))
        from cm_script.pipeline.lookup import cache_query

        query = cache_query(execution.resolved, execution.selection)
        match = None if call.flag("new") else (yield from self._usable(execution, query))
        if match is not None and not call.flag("renew"):
            return execution.cached_outcome(match)
        if call.flag("only_execute_from_cache"):
            raise NotFoundError(
                f"the cache has no result of '{execution.selection.artifact.name}' for this request",
                hint="leave out --only_execute_from_cache to make one",
            )
        return (yield from self._built(execution, query, match))

    def _built(self, execution: Execution, query: CacheQuery, renewed: CacheMatch | None) -> Walk:
        """Make the result while holding the lock of its key, unless somebody else has just made it."""
        from cm_script.pipeline.commit import publish

        waiting = f"waiting for another process that is making '{execution.selection.artifact.name}'"
        if renewed is not None:
            execution.renewing = True
            place = self.store.renewing(renewed.entry, key=query.key, wait_message=waiting)
        else:
            place = self.store.building(query.key, tags=execution.entry_tags(), wait_message=waiting)
        with place as slot:
            if renewed is None and not execution.resolved.call.flag("new"):
                match = yield from self._usable(execution, query)
                if match is not None:
                    return execution.cached_outcome(match)
            outcome = yield from execute(execution, slot.path, shared=False)
            if outcome.skipped or execution.replaced:
                return outcome
            return publish(slot, execution, outcome)

    def _usable(
        self, execution: Execution, query: CacheQuery
    ) -> Generator[ScriptCall, Outcome, CacheMatch | None]:
        """The best entry that answers the query and that the script's own check accepts."""
        for match in self.store.matches(query):
            if (yield from replay(execution, match)):
                return match
            execution.reset()
        return None

    def _enter(self, title: str, selection: Selection, resolved: ResolvedScript) -> _Active:
        """Put a script on the way down, unless it is there already with the same env.

        Raises:
            DependencyError: for a cycle, with the scripts that form it.
        """
        identity = (selection.artifact.uid, resolved.variations)
        ignored = self.profile.env("TMP_")
        env = {key: value for key, value in resolved.env.items() if not key.startswith(ignored)}
        same = [position for position, active in enumerate(self._active) if active.identity == identity]
        if any(self._active[position].env == env for position in same) or len(same) > _MAX_REPEATS:
            circle = [*(active.step.title for active in self._active[same[-1] :]), title]
            raise DependencyError(f"the dependencies form a cycle: {' -> '.join(circle)}")
        parent = self._active[-1].step.id if self._active else None
        step = StepInfo(id=next(self._numbers), parent=parent, title=title, depth=len(self._active))
        active = _Active(step=step, identity=identity, env=env)
        self._active.append(active)
        return active
