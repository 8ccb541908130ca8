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
- ``api``, ``packing``: what ``cm run mlperf`` and ``cm pack mlperf`` do;
- ``elsewhere``: words for which only public repositories have recipes;
- ``interfaces``, ``offers``: what a part does, and how it is announced;
- ``hookspecs``: what other plugins add; ``plugin``, ``flags``: what this one adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_mlperf.interfaces import Accuracy as Accuracy
    from cm_mlperf.interfaces import AccuracyResult as AccuracyResult
    from cm_mlperf.interfaces import Component as Component
    from cm_mlperf.interfaces import DataSet as DataSet
    from cm_mlperf.interfaces import InputSpec as InputSpec
    from cm_mlperf.interfaces import SystemUnderTest as SystemUnderTest
    from cm_mlperf.offers import AccuracyMeasure as AccuracyMeasure
    from cm_mlperf.offers import BackEnd as BackEnd
    from cm_mlperf.offers import DataSource as DataSource
    from cm_mlperf.offers import Model as Model

# name -> (module, version since when)
PUBLIC = {
    "Accuracy": ("interfaces", "0.1"),
    "AccuracyResult": ("interfaces", "0.1"),
    "Component": ("interfaces", "0.1"),
    "DataSet": ("interfaces", "0.1"),
    "InputSpec": ("interfaces", "0.1"),
    "SystemUnderTest": ("interfaces", "0.1"),
    "AccuracyMeasure": ("offers", "0.1"),
    "BackEnd": ("offers", "0.1"),
    "DataSource": ("offers", "0.1"),
    "Model": ("offers", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
