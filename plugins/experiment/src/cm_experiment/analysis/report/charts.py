"""Scatter charts as SVG inside the page: colours come from its style sheet, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cm_core.axes import Scale, label
from cm_core.slotted import frozen

_WIDTH, _HEIGHT = 460, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 26, 46
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
    x_scale = fitting_scale([point.x for point in points], _LEFT, _WIDTH - _RIGHT)
    y_scale = fitting_scale([point.y for point in points], _HEIGHT - _BOTTOM, _TOP)
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
    body = _x_axis(x_scale, across) + _y_axis(y_scale, up) + line + dots
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(told)}">{body}</svg>'


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


def _x_axis(scale: Scale, direction: Direction) -> str:
    y = _HEIGHT - _BOTTOM
    marks = "".join(
        f'<text class="tick" x="{scale.place(value)}" y="{y + 16}" text-anchor="middle">{label(value)}</text>'
        for value in scale.ticks()
    )
    line = f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    before, behind = {True: ("← ", ""), False: ("", " →"), None: ("", "")}[direction.lower]
    name = f"{before}{direction.name}{behind}"
    return (
        f'{line}{marks}<text class="axis-name" x="{middle}" y="{y + 36}" text-anchor="middle">'
        f"{escape(name)}</text>"
    )


def _y_axis(scale: Scale, direction: Direction) -> str:
    parts = []
    for value in scale.ticks():
        y = scale.place(value)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text class="tick" x="{_LEFT - 7}" y="{y + 4}" text-anchor="end">{label(value)}</text>'
        )
    arrow = {True: "↓ ", False: "↑ ", None: ""}[direction.lower]
    return "".join(parts) + f'<text class="axis-name" x="6" y="14">{escape(arrow + direction.name)}</text>'
