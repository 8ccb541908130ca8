"""The verbs that read records of experiments."""

from __future__ import annotations

from cm_core.hookspecs import Action, Option
from cm_experiment.analysis import options


def _action(name: str, help_: str, *flags: Option) -> Action:
    handler = f"cm_experiment.analysis.api:{name}"
    return Action(name=name, automation="experiment", help=help_, handler=handler, options=flags)


ACTIONS = (
    _action("show", "list, filter and sort steps; Pareto fronts, exports, reports", *options.SHOW),
    _action("compare", "compare two experiments, noise considered", *options.COMPARE),
    _action("predict", "predict a metric for configurations that have not run", *options.PREDICT),
)
