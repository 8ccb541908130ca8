"""A comparison as one HTML file: ratios, what changed by how much, a table, and what differs otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from cm_core import frozen
from cm_experiment.analysis.facts import ENVIRONMENT, Deviation
from cm_report.changes import change_charts
from cm_report.charts import figures
from cm_report.compare import Comparison, Overall, comparison_grid
from cm_report.html import Html, element, fragment, tile, wide_table
from cm_report.rowspage import rows_page, rows_table
from cm_report.sharing import without_folders
from cm_report.tables import shown_number

_UNSAID = ("one value", "another value")


@frozen
class ComparisonFacts:
    """What a page of a comparison is written from.

    Attributes:
        names: of the two sides.
        found: metric by metric, configuration by configuration.
        ratios: over all configurations.
        remarks: what has to be known to read it.
        differing: in system, versions and commands.
    """

    names: Sequence[str]
    found: Sequence[Comparison]
    ratios: Sequence[Overall]
    remarks: Sequence[str]
    differing: Sequence[Deviation]


def comparison_page(facts: ComparisonFacts) -> str:
    """The whole document."""
    title = " and ".join(facts.names)
    count = len({tuple(one.configuration.items()) for one in facts.found})
    sub = f"{count:,} configuration{'s' if count > 1 else ''} that both have"
    charts = change_charts(facts.found)
    head = element(
        "header",
        element("h1", title),
        element("p", sub, class_="sub"),
        *(element("p", remark) for remark in facts.remarks),
        element("div", [_tile(facts, one) for one in facts.ratios], class_="tiles"),
    )
    drawn = fragment(element("h2", "What changed"), figures(charts, "change")) if charts else None
    examples = [f"metric={facts.found[0].metric}"]
    table = rows_table(comparison_grid(facts.names, facts.found), "comparisons", examples=examples)
    return rows_page(title, head, drawn, element("h2", "In numbers"), table, _differences(facts))


def _tile(facts: ComparisonFacts, one: Overall) -> Html:
    note = one.sentence(facts.names).partition(": ")[2]
    same = one.ratio == 1
    return tile(
        one.metric, "the same" if same else f"{shown_number(one.ratio)} times", note="" if same else note
    )


def _differences(facts: ComparisonFacts) -> Html:
    heading = element("h2", "What differs otherwise")
    if not facts.differing:
        return fragment(heading, element("p", "System, versions and commands are the same."))
    rows = [[one.fact, *_sides(one)] for one in facts.differing]
    return fragment(heading, wide_table("What differs", ("fact", *facts.names), rows))


def _sides(one: Deviation) -> tuple[str, ...]:
    """What either side has; values of the environment stay in the records."""
    if one.fact.startswith(f"{ENVIRONMENT}."):
        known = (one.first, one.second)
        return tuple(text if values else "" for text, values in zip(_UNSAID, known, strict=True))
    return tuple(map(without_folders, one.sides))
