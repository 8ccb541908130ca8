"""The plugin ``experiment``: adapters between the hooks of the toolkit and the work on experiments."""

from __future__ import annotations

from collections.abc import Iterable

from cm_core.hookspecs import Automation, hookimpl
from cm_experiment.actions_analysis import ACTIONS

cm_api_version = "1"
cm_hookspecs = "cm_experiment.hookspecs"


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Experiments."""
    return [
        Automation(
            name="experiment",
            uid="a0a2d123ef064bcb",
            help="commands that ran many times, with what they measured",
            actions=ACTIONS,
        )
    ]
