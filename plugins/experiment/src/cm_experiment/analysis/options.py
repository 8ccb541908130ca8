"""Flags of ``show``, ``compare`` and ``predict``."""

from __future__ import annotations

from cm_core.hookspecs import Option

_TAGS = Option(name="tags", help="tags an experiment must have, with '-' those it must not have", kind="list")
_WHERE = Option(name="where", help="only steps for which this holds: 'accuracy > 0.95 and threads == 2'")

SHOW = (
    _TAGS,
    _WHERE,
    Option(name="sort", help="columns to order by; -column from high to low", kind="list"),
    Option(
        name="pareto",
        help="only steps that none beats in all of these: latency_ms,accuracy or size:min,score:max",
        kind="list",
    ),
    Option(name="columns", help="columns or expressions to show", kind="list"),
    Option(name="limit", help="at most so many steps; 0 means all (by default 40 in a terminal)"),
    Option(
        name="export", help="files to write: *.csv, *.parquet, *.md, *.json or *.html (a report)", kind="list"
    ),
)
COMPARE = (
    _TAGS,
    _WHERE,
    Option(name="metrics", help="metrics to compare; by default objectives, else all numbers", kind="list"),
    Option(
        name="by",
        help="columns that must agree in steps that are compared; by default all variables that both have; "
        "none: all steps of one with all of the other",
        kind="list",
    ),
    Option(
        name="export", help="files to write: *.csv, *.parquet, *.md, *.json or *.html (a page)", kind="list"
    ),
)
PREDICT = (
    _TAGS,
    _WHERE,
    Option(name="target", help="the metric to predict; NAME:min or NAME:max says what is better"),
    Option(name="given", help="variables with values: batch=64,threads=2; others take all recorded values"),
)
