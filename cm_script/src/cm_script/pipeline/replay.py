"""Taking a result from the cache: its dynamic dependencies still run, and the recipe may check it first."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cm_cache import CacheError
from cm_core import CMError
from cm_script.pipeline.prepare import script_step
from cm_script.runtime.nativefile import find_native

if TYPE_CHECKING:
    from cm_cache import CacheMatch
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.execution import Execution
    from cm_script.pipeline.outcome import Outcome

_CHECK = "validate_cache"


def replay(execution: Execution, match: CacheMatch) -> Generator[ScriptCall, Outcome, bool]:
    """Bring the execution's env to where it would be after the run that made the entry.

    Only dependencies marked ``dynamic`` run. A recipe with a script ``validate_cache`` is asked whether the
    result is still good.

    Returns:
        whether the entry may be used; if not, reset the execution before doing anything else with it.

    Raises:
        CMError: when a dynamic dependency fails.
    """
    yield from execution.dependencies("deps", from_cache=True)
    if not _is_valid(execution, match):
        return False
    yield from execution.dependencies("prehook_deps", from_cache=True)
    try:
        stored = execution.stored = execution.load(match)
    except CacheError as error:
        execution.context.session.warn(f"{error}; the script runs again (to {error.hint})")
        return False
    execution.env = execution.env.merged(stored.new_env)
    execution.state = execution.state.merged(stored.new_state)
    execution.overlay_const()
    yield from execution.dependencies("posthook_deps", from_cache=True)
    yield from execution.dependencies("post_deps", from_cache=True)
    return True


def _is_valid(execution: Execution, match: CacheMatch) -> bool:
    folder = execution.selection.artifact.path
    platform = str(execution.context.os_info["platform"])
    if (
        find_native(folder, _CHECK, execution.env, platform=platform, profile=execution.context.profile)
        is None
    ):
        return True
    env, state = execution.env.merged(execution.load(match).new_env).thaw(), execution.state.thaw()
    with _place_of_check(match) as place:
        step = script_step(execution, place, shared=False)
        try:
            step.run_native(env, state, cwd=place, stem=_CHECK)
            found = step.call("detect_version", env, state, cwd=place, with_input=False).data
        except CMError as error:
            execution.note = f"the cached result failed its check ({error})"
            return False
    version = str(found.get("version") or "")
    return found["return"] == 0 and (not version or not match.entry.version or version == match.entry.version)


@contextlib.contextmanager
def _place_of_check(match: CacheMatch) -> Iterator[Path]:
    """Where a check works and writes its reports: in the entry, but nothing is written to a shared home."""
    if not match.entry.home:
        yield match.entry.path
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="cm-check-") as place:
        yield Path(place)
