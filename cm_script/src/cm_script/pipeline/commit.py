"""Turning what a run exported into a finished cache entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cm_cache import CachedState
from cm_core import replace
from cm_script.pipeline.interpreters import MANAGED_TAG
from cm_script.pipeline.recipefacts import recipe_facts

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
    needed = needed or _exported_tool(execution, outcome)
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
        recipe=recipe_facts(execution.selection.artifact.path),
    )
    return replace(outcome, path=str(entry.path))


def _exported_tool(execution: Execution, outcome: Outcome) -> str:
    """The tool that a recipe found, or the Python that it was told of, where it exports the path.

    Most recipes of others do not say that their results are of no use without it.
    """
    exported = {value for value in outcome.new_env.values() if isinstance(value, str)}
    python = outcome.new_env.get(execution.context.profile.env("PYTHON_BIN_WITH_PATH"))
    known = (*execution.found[::-1], str(python or ""))
    return next((path for path in known if path in exported and Path(path).is_absolute()), "")
