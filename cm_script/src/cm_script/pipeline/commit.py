"""Turning what a run exported into a finished cache entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_cache import CachedState
from cm_core import replace

if TYPE_CHECKING:
    from cm_cache import BuildSlot
    from cm_script.pipeline.execution import Execution
    from cm_script.pipeline.outcome import Outcome


def publish(slot: BuildSlot, execution: Execution, outcome: Outcome) -> Outcome:
    """Store the exports; from then on other runs find them.

    Returns:
        the outcome with the folder of the entry.

    Raises:
        CMError: when the entry cannot be written; it is discarded then.
    """
    profile = execution.context.profile
    state = CachedState(
        new_env=outcome.new_env.thaw(),
        new_state=outcome.new_state.thaw(),
        deps=outcome.deps,
        version=outcome.version,
    )
    entry = slot.publish(
        state,
        tags=execution.entry_tags(),
        # What was asked for is what was made, unless the recipe knows better.
        version=outcome.version or execution.resolved.version,
        dependent_path=str(execution.env.get(profile.env("GET_DEPENDENT_CACHED_PATH")) or ""),
    )
    return replace(outcome, path=str(entry.path))
