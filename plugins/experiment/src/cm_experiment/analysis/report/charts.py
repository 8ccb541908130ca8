"""Scatter charts as SVG inside the page: colours come from its style sheet, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cm_core.base.frozen import frozen
from cm_report.axes import Plot, Scale

_PLOT = Plot(width=460, height=320, left=62, right=18, top=26, bottom=46)
_LOG_FROM = 30.0
_FAINT_FROM = 400


@frozen
class Direction:
    """An axis of a chart.

    Attributes:
        lower: whether less is better; ``None`` when it is no objective.
    """

    name: str
    lower: bool | None = None


@frozen
class Point:
    """A step in a chart.

    Attributes:
        place: position of the step in the page's table.
        front: whether it is on the Pareto front.
    """

    x: float
    y: float
    place: int
    front: bool


def scatter(points: Sequence[Point], across: Direction, up: Direction) -> str:
    """Steps over two axes; those on the front stand out, and a line joins the best of these two axes."""
    x_scale = fitting_scale([point.x for point in points], *_PLOT.across)
    y_scale = fitting_scale([point.y for point in points], *_PLOT.up)
    # The front is drawn last, so that nothing hides it.
    drawn = sorted(points, key=lambda point: point.front)
    kind = "pt faint" if len(points) >= _FAINT_FROM else "pt"
    dots = "".join(
        f'<circle class="{"pt best" if point.front else kind}" cx="{x_scale.place(point.x)}" '
        f'cy="{y_scale.place(point.y)}" r="{5 if point.front else 4}" data-step="{point.place}"/>'
        for point in drawn
    )
    line = _front_line(points, across, up, (x_scale, y_scale))
    title = f"{up.name} over {across.name}"
    told = f"{title}: {len(points)} steps, {sum(point.front for point in points)} on the Pareto front"
    before, behind = {True: ("← ", ""), False: ("", " →"), None: ("", "")}[across.lower]
    below = f"{before}{across.name}{behind}"
    above = {True: "↓ ", False: "↑ ", None: ""}[up.lower] + up.name
    body = _PLOT.x_axis(x_scale, below) + _PLOT.y_axis(y_scale, above) + line + dots
    size = f"0 0 {_PLOT.width} {_PLOT.height}"
    return f'<svg viewBox="{size}" role="img" aria-label="{escape(told)}">{body}</svg>'


def fitting_scale(values: Iterable[float], start: float, end: float) -> Scale:
    """An axis on which all values lie; logarithmic where they differ much, never of no width."""
    known = list(values)
    low, high = min(known), max(known)
    if low > 0 and high / low >= _LOG_FROM:
        return Scale(low=low / 1.15, high=high * 1.15, start=start, end=end, log=True)
    margin = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return Scale(low=low - margin, high=high + margin, start=start, end=end)


def _front_line(
    points: Sequence[Point], across: Direction, up: Direction, scales: tuple[Scale, Scale]
) -> str:
    """Steps from best to best of these two axes alone."""
    if across.lower is None or up.lower is None:
        return ""
    signs = (1 if across.lower else -1, 1 if up.lower else -1)
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (signs[0] * point.x, signs[1] * point.y)):
        if not best or signs[1] * point.y < signs[1] * best[-1].y:
            best.append(point)
    places: list[str] = []
    for point in best:
        x, y = scales[0].place(point.x), scales[1].place(point.y)
        if places:
            places.append(f"{x},{places[-1].partition(',')[2]}")
        places.append(f"{x},{y}")
    return f'<polyline class="front" points="{" ".join(places)}"/>'
