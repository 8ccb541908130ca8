"""Turning what a run exported into a finished cache entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_cache import CachedState
from cm_core import replace
from cm_script.pipeline.interpreters import MANAGED_TAG

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
    profile, tags = execution.context.profile, execution.entry_tags()
    needed = str(execution.env.get(profile.env("GET_DEPENDENT_CACHED_PATH")) or "")
    # A Python of its own, which the script exports, needs none below.
    if (python := execution.python) and outcome.new_env.get(
        profile.env("PYTHON_BIN_WITH_PATH"), python
    ) == python:
        tags, needed = (*tags, MANAGED_TAG), needed or python
    state = CachedState(
        new_env=outcome.new_env.thaw(),
        new_state=outcome.new_state.thaw(),
        deps=outcome.deps,
        version=outcome.version,
    )
    entry = slot.publish(
        state,
        tags=tags,
        # What was asked for is what was made, unless the recipe knows better.
        version=outcome.version or execution.resolved.version,
        dependent_path=needed,
    )
    return replace(outcome, path=str(entry.path))
