"""Scatter charts: rows over two axes, distinguished by colour and shape, with their Pareto front."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cm_core import frozen
from cm_report.charts import COLOURS, MOST_POINTS, SHAPES, Chart, Scale, Spec, axes_note, fitting_scale

_CELLS = 40
_LIKE_A_LINE = 60
# The last entry of a legend, for rows without a value; it looks like none of the others.
NO_VALUE = "none"
_NO_COLOUR, _NO_SHAPE = "var(--muted)", "triangle-down"


@frozen
class Direction:
    """An axis of a chart.

    Attributes:
        lower: whether less is better; ``None`` when it is no objective.
    """

    name: str
    lower: bool | None = None

    @property
    def title(self) -> str:
        """With an arrow to where it is better."""
        if self.lower is None:
            return self.name
        return f"← {self.name}" if self.lower else f"{self.name} →"


@frozen
class Point:
    """A row in a chart.

    Attributes:
        row: its place in the page's table.
        text: what is shown for it.
        front: whether it is on the Pareto front.
        colour, shape: its values of what colour and shape stand for.
    """

    x: float
    y: float
    row: int
    text: str
    front: bool = False
    colour: str = ""
    shape: str = ""


@frozen
class Legend:
    """What colour and shape stand for; without a name for nothing.

    Attributes:
        colours, shapes: each value that a point has; :data:`NO_VALUE`, if at all, comes last.
    """

    colour: str = ""
    colours: Sequence[str] = ()
    shape: str = ""
    shapes: Sequence[str] = ()


def scatter(
    points: Sequence[Point], across: Direction, up: Direction, legend: Legend, *, rows: str = "rows"
) -> Chart:
    """Rows over two axes; those on the front stand out.

    Where both axes are objectives, a line joins the best of these two alone; where only the upper one is,
    a line follows its median. Of more points than can be told apart, those in one cell are counted.

    Args:
        rows: what rows are called.
    """
    scales = (
        fitting_scale(across.title, [point.x for point in points]),
        fitting_scale(up.title, [point.y for point in points]),
    )
    names = (across.name, up.name)
    front = [point for point in points if point.front]
    many = len(points) > MOST_POINTS
    layers = []
    if many:
        layers.append(_cells(points, scales, rows))
    elif across.lower is None:
        layers += _median_lines(points, legend)
    if across.lower is not None and up.lower is not None:
        layers.append(_front_line(points, across, up))
    if not many:
        layers.append(_dots([point for point in points if not point.front], legend, front=False))
    layers.append(_dots(front[:MOST_POINTS], legend, front=True))
    channels = {"x": scales[0].encoding("x"), "y": scales[1].encoding("y")}
    title = f"{up.name} over {across.name}"
    notes = [axes_note(dict(zip(names, scales, strict=True)))]
    if many:
        notes.insert(0, f"{len(points):,} {rows} are counted per cell; a stronger colour means more")
    words = f"{title}: {len(points):,} {rows}"
    words += f", {len(front):,} on the Pareto front" if front else ""
    return Chart(
        title=title,
        in_words=f"{words}. {_range(across.name, [point.x for point in points])} "
        f"{_range(up.name, [point.y for point in points])}",
        spec={"encoding": channels, "layer": [layer for layer in layers if layer["data"]["values"]]},
        note="; ".join(filter(None, notes)),
    )


def _range(name: str, values: Sequence[float]) -> str:
    return f"{name} from {min(values):.4g} to {max(values):.4g}."


def _dots(points: Sequence[Point], legend: Legend, *, front: bool) -> Spec:
    values = [
        {"x": one.x, "y": one.y, "words": f"{one.row}|{one.text}", "colour": one.colour, "shape": one.shape}
        for one in points
    ]
    # A rim in the colour of the card tells dots apart that overlap; one in ink marks the front.
    mark: Spec = {"type": "point", "filled": True, "color": COLOURS[0], "shape": SHAPES[0]}
    mark |= {"size": 110 if front else 60, "opacity": 1 if front else 0.85}
    mark |= {"stroke": "var(--ink)" if front else "var(--card)", "strokeWidth": 2 if front else 0.8}
    encoding: Spec = {"description": {"field": "words"}, **_colour(legend)}
    if legend.shape:
        scale = _scale(legend.shapes, SHAPES, _NO_SHAPE)
        encoding["shape"] = {"field": "shape", "type": "nominal", "title": legend.shape, "scale": scale}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _colour(legend: Legend) -> Spec:
    if not legend.colour:
        return {}
    scale = _scale(legend.colours, COLOURS, _NO_COLOUR)
    return {"color": {"field": "colour", "type": "nominal", "title": legend.colour, "scale": scale}}


def _scale(entries: Sequence[str], marks: Sequence[str], missing: str) -> Spec:
    values = [entry for entry in entries if entry != NO_VALUE]
    rest = [missing] if NO_VALUE in entries else []
    return {"domain": list(entries), "range": [*marks[: len(values)], *rest]}


def _median_lines(points: Sequence[Point], legend: Legend) -> list[Spec]:
    """The middle of the points at each place, for each colour and shape."""
    if not 1 < len({point.x for point in points}) <= _LIKE_A_LINE:
        return []
    values = [{"x": one.x, "y": one.y, "colour": one.colour, "shape": one.shape} for one in points]
    middle = {"aggregate": [{"op": "median", "field": "y", "as": "y"}], "groupby": ["x", "colour", "shape"]}
    mark = {"type": "line", "strokeWidth": 1.6, "opacity": 0.7, "color": COLOURS[0]}
    encoding = {"detail": {"field": "shape"}, **_colour(legend)}
    return [{"data": {"values": values}, "transform": [middle], "mark": mark, "encoding": encoding}]


def _front_line(points: Sequence[Point], across: Direction, up: Direction) -> Spec:
    """Steps from best to best of these two axes alone."""
    signs = (1 if across.lower else -1, 1 if up.lower else -1)
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (signs[0] * point.x, signs[1] * point.y)):
        if not best or signs[1] * point.y < signs[1] * best[-1].y:
            best.append(point)
    values = [{"x": point.x, "y": point.y, "place": place} for place, point in enumerate(best)]
    mark = {"type": "line", "interpolate": "step-after", "strokeDash": [5, 4], "strokeWidth": 1.6}
    return {
        "data": {"values": values},
        "mark": {**mark, "color": "var(--good)"},
        "encoding": {"order": {"field": "place", "type": "quantitative"}},
    }


def _cells(points: Sequence[Point], scales: tuple[Scale, Scale], rows: str) -> Spec:
    """The numbers of points in the cells of a raster."""
    edges = [
        _edges([point.x for point in points], log=scales[0].log),
        _edges([point.y for point in points], log=scales[1].log),
    ]
    counts: dict[tuple[int, int], int] = {}
    for point in points:
        place = (_cell(point.x, edges[0]), _cell(point.y, edges[1]))
        counts[place] = counts.get(place, 0) + 1
    most = max(counts.values())
    values = [
        {
            "x": edges[0][x], "x2": edges[0][x + 1], "y": edges[1][y], "y2": edges[1][y + 1],
            "share": 0.35 + 0.65 * math.log(count + 1) / math.log(most + 1), "words": f"|{count:,} {rows}",
        }
        for (x, y), count in counts.items()
    ]  # fmt: skip
    encoding = {
        "x2": {"field": "x2"},
        "y2": {"field": "y2"},
        "opacity": {"field": "share", "type": "quantitative", "scale": None, "legend": None},
        "description": {"field": "words"},
    }
    return {"data": {"values": values}, "mark": {"type": "rect", "color": COLOURS[0]}, "encoding": encoding}


def _edges(values: Sequence[float], *, log: bool) -> list[float]:
    low, high = min(values), max(values)
    if log:
        step = (high / low) ** (1 / _CELLS)
        return [low * step**place for place in range(_CELLS + 1)]
    width = (high - low) / _CELLS or abs(high) / _CELLS or 1.0
    return [low + width * place for place in range(_CELLS + 1)]


def _cell(value: float, edges: Sequence[float]) -> int:
    from bisect import bisect_right

    return min(max(bisect_right(edges, value) - 1, 0), _CELLS - 1)
