"""Flags of ``report``, ``show`` and ``import``."""

from __future__ import annotations

from cm_core import Option

REPORT = (Option(name="output", help="folder for the report; by default that of the run"),)
IMPORT = (Option(name="name", help="what to call the import; by default the name of the file or folder"),)
SHOW = (
    Option(name="where", help="only rows for which this holds: 'accuracy > 95 and scenario == \"Offline\"'"),
    Option(
        name="sort", help="columns to order by; -column from high to low, 'best' the best first", kind="list"
    ),
    Option(name="columns", help="columns or expressions to show", kind="list"),
    Option(name="derive", help="a column of your own: --derive.NAME=EXPRESSION", kind="mapping"),
    Option(name="prices", help="CSV file with the columns system,price, for price and per_dollar"),
    Option(
        name="pareto",
        help="only rows that none beats in all of these: result,power or result,accuracy:min",
        kind="list",
    ),
    Option(
        name="compare",
        help="compare the two runs named, or the two values of --compare=COLUMN",
        kind="optional",
    ),
    Option(name="trend", help="best results round by round", kind="flag"),
    Option(name="limit", help="rows of a table in the terminal; 0 means all"),
    Option(name="format", help="form of the answer", choices=("table", "csv", "md", "json")),
)
