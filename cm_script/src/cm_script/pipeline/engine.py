"""The engine of one requested run: all stages, for the requested script and everything it needs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_cache import DependencyError
from cm_core import CMError, NotFoundError, StepInfo, frozen
from cm_script.model.versiontext import numeric_versions
from cm_script.pipeline.execute import execute
from cm_script.pipeline.execution import Execution
from cm_script.pipeline.outcome import Outcome, StepRecord
from cm_script.pipeline.replay import replay
from cm_script.pipeline.resolve import resolve_script
from cm_script.pipeline.select import Selection, Selector
from cm_script.pipeline.walk import walk

if TYPE_CHECKING:
    from cm_cache import CacheMatch, CacheQuery
    from cm_core import Artifact
    from cm_script.model.call import ScriptCall
    from cm_script.model.resolved import ResolvedScript
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.walk import Walk

# A script may legitimately need itself under another env, but not this often.
_MAX_REPEATS = 30


@frozen
class _Active:
    """A script on the way from the requested one down to the current one."""

    step: StepInfo
    artifact: Artifact
    identity: tuple[str, tuple[str, ...]]
    env: dict[str, Any]


class Engine:
    """Runs scripts for one request.

    Args:
        on_selected: called with the script that was requested, before anything of it runs.
    """

    def __init__(
        self, context: RunContext, *, on_selected: Callable[[Selection], None] | None = None
    ) -> None:
        self._context = context
        self._on_selected = on_selected
        self._selector = Selector(context)
        self._numbers = itertools.count(1)
        self._active: list[_Active] = []

    def run(self, call: ScriptCall) -> Outcome:
        """Answer a call.

        Raises:
            CMError: when a script cannot be selected, resolved or run; ``details["chain"]`` then names the
                scripts from the requested one down to the one that failed.
        """
        return walk(call, self._run_script)

    @property
    def _chain(self) -> tuple[str, ...]:
        """Titles of the scripts from the requested one down to the current one."""
        return tuple(active.step.title for active in self._active)

    # -- one script ----------------------------------------------------------------------------------

    def _run_script(self, call: ScriptCall) -> Walk:
        title = ",".join(call.tags.to_words()) if call.tags.required else call.artifact
        try:
            selection = self._selector.select(call)
            if self._on_selected is not None and not self._active:
                self._on_selected(selection)
            resolved = resolve_script(selection.meta, call, self._context.profile)
            active = self._enter(title, selection, resolved)
        except CMError as error:
            error.details.setdefault("chain", [*self._chain, title])
            raise
        self._warn(selection, resolved)
        execution = Execution(
            context=self._context,
            step=active.step,
            chain=self._chain,
            selection=selection,
            resolved=resolved,
        )
        return (yield from self._run_and_report(execution))

    def _warn(self, selection: Selection, resolved: ResolvedScript) -> None:
        """Say what metadata want a person to know, and which versions are not what somebody wrote."""
        numbers = [sentence for _, sentence in numeric_versions(selection.meta.raw)]
        for warning in (*resolved.warnings, *(f"{sentence}; put it in quotes" for sentence in numbers)):
            self._context.session.warn(f"{selection.artifact.name}: {warning}")
        # A file of flags is YAML, too; what metadata hand to dependencies has been looked at above.
        for _, sentence in () if resolved.call.nested else numeric_versions(resolved.call.options):
            self._context.session.warn(f"--{sentence}; put it in quotes")

    def _run_and_report(self, execution: Execution) -> Walk:
        """Run a script and tell about it, whatever happens."""
        step, started = execution.step, time.perf_counter()
        reporter = self._context.session.reporter
        reporter.step_started(step)
        outcome = Outcome()
        shown: str | None = None
        try:
            outcome = yield from self._find_or_make_result(execution)
            asker = self._active[-2].artifact if execution.step.depth else execution.selection.artifact
            outcome = self._context.interpreters.handed_over(execution.resolved, outcome, to=asker)
            execution.print_exports(outcome)
        except CMError as error:
            if "chain" not in error.details:
                execution.hide_secrets(error)
            # The record of the script in which it happened has the message; a person is told it at the end.
            execution.status, execution.note = "failed", "" if "chain" in error.details else str(error)
            error.details.setdefault("chain", list(execution.chain))
            shown = ""
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
            self._context.records.append(record)
            reporter.step_finished(
                step, record.status, record.seconds, record.note if shown is None else shown
            )
        return outcome

    def _find_or_make_result(self, execution: Execution) -> Walk:
        """From the cache, or by executing."""
        call = execution.resolved.call
        if execution.resolved.skipped:
            return execution.skipped_outcome("not meant to run inside a container")
        execution.clean_outputs()
        if not execution.resolved.cacheable:
            return (yield from execute(execution, Path(call.host.cwd), shared=True))
        from cm_script.pipeline.lookup import cache_query

        query = cache_query(execution.resolved, execution.selection)
        match = None if call.asked.new else (yield from self._usable_entry(execution, query))
        if match is not None and not call.asked.renew and not match.changed:
            return execution.cached_outcome(match)
        if call.asked.only_execute_from_cache:
            raise NotFoundError(
                f"the cache has no result for this request to '{execution.selection.artifact.name}'",
                hint="leave out --only_execute_from_cache to create one",
            )
        if match is not None and match.changed:
            from cm_script.pipeline.again import find_again

            return (yield from find_again(execution, match, query))
        if match is None and query.key.extra_tags and not call.asked.new:
            from cm_script.pipeline.again import check_not_lost

            check_not_lost(execution, query)
        return (yield from self._make_entry(execution, query, match))

    def _make_entry(self, execution: Execution, query: CacheQuery, renewed: CacheMatch | None) -> Walk:
        """Make the result while holding the lock of its key, unless somebody else has just made it."""
        from cm_script.pipeline.commit import publish

        waiting = f"waiting for another process that is running '{execution.selection.artifact.name}'"
        if renewed is not None:
            execution.renewing = True
            place = self._context.store.renewing(renewed.entry, key=query.key, wait_message=waiting)
        else:
            place = self._context.store.building(query.key, tags=execution.entry_tags(), wait_message=waiting)
        with place as slot:
            if renewed is None and not execution.resolved.call.asked.new:
                match = yield from self._usable_entry(execution, query)
                if match is not None and not match.changed:
                    return execution.cached_outcome(match)
            outcome = yield from execute(execution, slot.path, shared=False)
            if outcome.skipped or execution.replaced:
                return outcome
            return publish(slot, execution, outcome)

    def _usable_entry(
        self, execution: Execution, query: CacheQuery
    ) -> Generator[ScriptCall, Outcome, CacheMatch | None]:
        """The best entry that answers the query and that the script's own check accepts.

        One whose file has changed is not checked: what it says is found out again. What is to be renewed is
        one's own: instead of one in a shared home, one's own is made.
        """
        renew = execution.resolved.call.asked.renew
        for match in self._context.store.matches(query):
            if (renew and match.entry.home) or not self._context.interpreters.may_use(match.entry):
                continue
            if match.changed:
                from cm_script.pipeline.again import may_find_again

                if may_find_again(match, query):
                    return match
            elif (yield from replay(execution, match)):
                return match
            execution.reset()
        return None

    def _enter(self, title: str, selection: Selection, resolved: ResolvedScript) -> _Active:
        """Put a script on the way down, unless it is there already with the same env.

        Raises:
            DependencyError: for a cycle, with the scripts that form it.
        """
        identity = (selection.artifact.uid, resolved.variations)
        ignored = self._context.profile.env("TMP_")
        env = {key: value for key, value in resolved.env.items() if not key.startswith(ignored)}
        same = [position for position, active in enumerate(self._active) if active.identity == identity]
        if any(self._active[position].env == env for position in same) or len(same) > _MAX_REPEATS:
            titles = [active.step.title for active in self._active]
            circle = [*titles[same[-1] :], title]
            raise DependencyError(
                f"the dependencies form a cycle: {' -> '.join(circle)}",
                details={"chain": titles[: same[-1] + 1]},  # the way to the cycle; the sentence has the rest
            )
        parent = self._active[-1].step.id if self._active else None
        step = StepInfo(id=next(self._numbers), parent=parent, title=title, depth=len(self._active))
        active = _Active(step=step, artifact=selection.artifact, identity=identity, env=env)
        self._active.append(active)
        return active
