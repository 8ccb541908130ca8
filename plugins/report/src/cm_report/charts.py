"""Charts: Vega-Lite specifications, and what becomes of them in a page.

A specification is a plain dictionary with its data, as notebooks show it, too. Its colours are variables of
the page's style sheet, so that a chart follows light and dark. ``vl-convert-python`` draws it; where that is
not installed, tables stand alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cm_core import frozen
from cm_report.grid import Grid
from cm_report.html import Html, element, fragment, wide_table

Spec = dict[str, Any]
COLOURS = tuple(f"var(--c{number})" for number in range(1, 7))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
# So many marks can be told apart, and a page with them opens at once.
MOST_POINTS = 2000
NARROW, WIDE = 400, 860
_HEIGHT = 260
_LOG_FROM = 30.0
_PADDING = 10
_NEAR_ZERO = 0.4
MISSING = "Charts are left out: they need the package vl-convert-python, which is not installed here."
_CONFIG: Spec = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)", "titleColor": "var(--ink)", "gridColor": "var(--line)",
        "domainColor": "var(--muted)", "tickColor": "var(--muted)", "labelFontSize": 12, "titleFontSize": 13,
        "titleFontWeight": 600, "titlePadding": 8, "labelLimit": 220, "tickCount": 5,
    },
    "legend": {
        "labelColor": "var(--ink)", "titleColor": "var(--ink)", "labelFontSize": 12, "titleFontSize": 12,
        "orient": "bottom", "direction": "horizontal", "columns": 4, "symbolFillColor": "var(--muted)",
        "symbolStrokeWidth": 0, "labelLimit": 160, "symbolSize": 90,
    },
    "text": {"fill": "var(--ink)", "fontSize": 12},
    "bar": {"fill": "var(--c1)"},
}  # fmt: skip


@frozen
class Chart:
    """A chart of a page.

    Attributes:
        title: what it shows.
        in_words: what one sees in it, for people who do not see it.
        spec: a Vega-Lite specification without size and configuration; marks have the channel ``description``
            with a text that is shown for them, behind the place of the row that they stand for and ``|``.
        note: what has to be said of it: that an axis is logarithmic, that points are counted.
        table: the same in numbers; ``None`` where the page has it elsewhere.
        height: of what is plotted, in pixels.
    """

    title: str
    in_words: str
    spec: Spec
    note: str = ""
    table: Grid | None = None
    height: int = _HEIGHT


def can_draw() -> bool:
    """Whether there is something that draws charts."""
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


def figures(charts: Sequence[Chart], prefix: str) -> Html:
    """Charts with captions and tables, side by side; one alone takes the whole width.

    Args:
        prefix: of identifiers; another one for each call of a page.
    """
    if not charts:
        return fragment()
    if not can_draw():
        grids = [(chart.title, chart.table) for chart in charts if chart.table is not None]
        tables = [wide_table(title, grid.header, grid.rows) for title, grid in grids]
        return fragment(element("p", MISSING, class_="help"), tables)
    drawn = [
        _figure(chart, f"{prefix}-{place}", alone=len(charts) == 1) for place, chart in enumerate(charts)
    ]
    return element("div", drawn, class_="grid charts" if len(charts) > 1 else "charts")


def _figure(chart: Chart, identifier: str, *, alone: bool) -> Html:
    caption = element("figcaption", chart.title, element("span", f" · {chart.note}") if chart.note else None)
    if alone:
        drawn = fragment(
            element("div", svg(chart, f"{identifier}-wide", WIDE), class_="desk"),
            element("div", svg(chart, identifier, NARROW), class_="phone"),
        )
    else:
        drawn = svg(chart, identifier, NARROW)
    numbers = None
    if chart.table is not None:
        table = wide_table(f"{chart.title}, in numbers", chart.table.header, chart.table.rows)
        numbers = element("details", element("summary", "In numbers"), table)
    return element("figure", caption, drawn, numbers, class_="card")


def svg(chart: Chart, identifier: str, width: int) -> Html:
    """A chart as an SVG element of a page.

    Args:
        identifier: of the element; those of its title and description begin with it.
    """
    import vl_convert

    from cm_report.drawing import embedded

    size = {"width": width, "height": chart.height, "config": _CONFIG}
    schema = "https://vega.github.io/schema/vega-lite/v5.json"
    drawn = vl_convert.vegalite_to_svg({"$schema": schema, **size, **chart.spec})
    return Html(embedded(drawn, identifier, chart.title, chart.in_words))


# -- axes --------------------------------------------------------------------------------------------


@frozen
class Scale:
    """How values lie along an axis.

    Attributes:
        title: what is written along it.
        log: whether it is logarithmic, as where values differ much.
        zero: whether it begins at 0.
        base: of the logarithm.
    """

    title: str
    log: bool
    zero: bool
    base: int = 10

    def encoding(self, field: str) -> Spec:
        """The channel of a specification."""
        kind: Spec = {"zero": self.zero, "padding": 0 if self.zero else _PADDING}
        if self.log:
            kind = {"type": "log", "base": self.base, "nice": False, "padding": _PADDING}
        return {"field": field, "type": "quantitative", "scale": kind, "axis": {"title": self.title}}


def fitting_scale(title: str, values: Iterable[float]) -> Scale:
    """An axis for some values: logarithmic where they differ much, from 0 where that is near."""
    known = list(values)
    low, high = min(known), max(known)
    log = low > 0 and high / low >= _LOG_FROM
    zero = not log and (low <= 0 <= high or 0 < low <= _NEAR_ZERO * high)
    doubles = all(float(value).is_integer() and int(value) & (int(value) - 1) == 0 for value in known)
    return Scale(title=title, log=log, zero=zero, base=2 if log and doubles else 10)


def axes_note(scales: Mapping[str, Scale]) -> str:
    """What a reader must know of the axes of some names."""
    log = [name for name, scale in scales.items() if scale.log]
    broken = [name for name, scale in scales.items() if not scale.log and not scale.zero]
    parts = ((log, "logarithmic"), (broken, "not from 0"))
    return "; ".join(f"{', '.join(names)} {what}" for names, what in parts if names)
