"""MLPerf Inference with the CM toolkit: measure a model, make a submission, check it, show results.

Public is what plugins and a user's own code add: back ends, data sets, measures of accuracy, models.

- ``run``: from a configuration to measurements with LoadGen;
- ``loadgen``: LoadGen itself: settings, logs, rounds of MLPerf;
- ``record``: measurements on disk;
- ``results``: own and published results, compared and shown;
- ``submission``: the tree of a round, made from runs;
- ``checking``: what the official checker would say, and more;
- ``reference``: the models of MLPerf, with their data;
- ``components``: back ends, data sets and measures of accuracy that come with the plugin;
- ``api``: what ``cm run mlperf`` does;
- ``hookspecs``: what other plugins add; ``plugin``, ``flags``: what this one adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_mlperf.components.interfaces import Accuracy as Accuracy
    from cm_mlperf.components.interfaces import AccuracyResult as AccuracyResult
    from cm_mlperf.components.interfaces import Component as Component
    from cm_mlperf.components.interfaces import DataSet as DataSet
    from cm_mlperf.components.interfaces import InputSpec as InputSpec
    from cm_mlperf.components.interfaces import SystemUnderTest as SystemUnderTest
    from cm_mlperf.hookspecs import AccuracyMeasure as AccuracyMeasure
    from cm_mlperf.hookspecs import BackEnd as BackEnd
    from cm_mlperf.hookspecs import DataSource as DataSource
    from cm_mlperf.hookspecs import Model as Model

# name -> (module, version since when)
PUBLIC = {
    "Accuracy": ("components.interfaces", "0.1"),
    "AccuracyResult": ("components.interfaces", "0.1"),
    "Component": ("components.interfaces", "0.1"),
    "DataSet": ("components.interfaces", "0.1"),
    "InputSpec": ("components.interfaces", "0.1"),
    "SystemUnderTest": ("components.interfaces", "0.1"),
    "AccuracyMeasure": ("hookspecs", "0.1"),
    "BackEnd": ("hookspecs", "0.1"),
    "DataSource": ("hookspecs", "0.1"),
    "Model": ("hookspecs", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
