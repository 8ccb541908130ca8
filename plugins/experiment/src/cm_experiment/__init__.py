"""Experiments: run anything many times, record everything, find the best, reproduce it.

Public is what somebody who writes an executor needs, and :mod:`cm_experiment.testing` for its tests.

- ``study``: what is to be varied, and what counts as good;
- ``search``: how the points of a space are chosen;
- ``executors``: where steps run;
- ``run``: one study from its plan to its verdict;
- ``record``: experiments on disk;
- ``replay``: a recorded step once more, and whether it says the same;
- ``analysis``: what recorded steps say;
- ``api``: what the verbs do;
- ``hookspecs``: what other plugins add; ``plugin``, ``script_plugin``, ``flags``, ``shortcut``: what this
  one adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_experiment.executors.contract import Ending as Ending
    from cm_experiment.executors.contract import Executor as Executor
    from cm_experiment.executors.contract import Pool as Pool
    from cm_experiment.executors.contract import Task as Task
    from cm_experiment.executors.contract import read_ending as read_ending
    from cm_experiment.executors.contract import write_task as write_task

# name -> (module, version since when)
PUBLIC = {
    "Ending": ("executors.contract", "0.1"),
    "Executor": ("executors.contract", "0.1"),
    "Pool": ("executors.contract", "0.1"),
    "Task": ("executors.contract", "0.1"),
    "read_ending": ("executors.contract", "0.1"),
    "write_task": ("executors.contract", "0.1"),
}
# modules of which everything is public -> version since when
PUBLIC_MODULES = {
    "testing": "0.1",
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
