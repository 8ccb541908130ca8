"""Hooks that the experiment plugin publishes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import hookspec

if TYPE_CHECKING:
    from cm_core import Session
    from cm_experiment.executors.contract import Executor


@hookspec
def cm_executors(session: Session) -> Iterable[Executor]:
    """Ways to run the steps of an experiment, chosen by ``--executor=NAME``.

    Called when an experiment starts. All plugins are called; two executors with the same name are an error
    that names both. A plugin that raises, or whose objects lack something of an executor, is left out with a
    warning.
    """
    raise NotImplementedError
