"""Hooks of the MLPerf plugin: what other plugins add to it. Its own parts are registered the same way.

A plugin that raises, or answers with something else, is left out with one warning that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cm_core import hookspec

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.checking.finding import Checker
    from cm_mlperf.offers import AccuracyMeasure, BackEnd, DataSource, Model
    from cm_mlperf.submission.layout import Layout


@hookspec
def cm_mlperf_backends() -> Iterable[BackEnd]:
    """Back ends, that is systems under test. All plugins are called; the first one with a name wins."""
    raise NotImplementedError


@hookspec
def cm_mlperf_datasets() -> Iterable[DataSource]:
    """Kinds of data sets."""
    raise NotImplementedError


@hookspec
def cm_mlperf_accuracies() -> Iterable[AccuracyMeasure]:
    """Accuracy metrics."""
    raise NotImplementedError


@hookspec
def cm_mlperf_models() -> Iterable[Model]:
    """Models that can be requested by name."""
    raise NotImplementedError


@hookspec
def cm_mlperf_describe_system(session: Session) -> Mapping[str, str]:
    """Keys of the official system description that can be detected here.

    All plugins are called; a key that several give is taken from the plugin registered last, so that a
    site's plugin can override the built-in one. Never invent values: leave out unknown keys.
    """
    raise NotImplementedError


@hookspec
def cm_mlperf_layouts() -> Iterable[Layout]:
    """Layouts of submission trees, one for each round."""
    raise NotImplementedError


@hookspec
def cm_mlperf_checkers() -> Iterable[Checker]:
    """Checkers of submission trees; their findings are merged into one report."""
    raise NotImplementedError
