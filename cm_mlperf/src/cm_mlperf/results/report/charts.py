"""Charts of a run: how often which latency was seen, latency over percentile, throughput."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cm_mlperf.record.layout import Histogram
from cm_report.charts import Chart, Scale, Spec, axes_note
from cm_report.grid import Grid
from cm_report.tables import shown_number

_MOST_BARS = 64
_EVEN_BARS = 24
_MARKED = ("p50", "p90", "p99")
_LOG_FROM = 3.0
_BAR = 38
# Part of an axis that a label takes.
_LABEL = 0.08
# Share of the queries, and the latency that they did not exceed.
Percentile = tuple[float, float]
_PERCENT = "format(100 * (1 - pow(10, -datum.value)), '.4~f')"


def histogram_chart(
    histogram: Histogram, latencies_ms: Mapping[str, float], scenario: str, *, linear: bool = False
) -> Chart:
    """How often which latency was seen, with the percentiles of LoadGen as lines.

    Args:
        linear: draw latencies on a linear axis however much they differ.
    """
    edges, counts = _coarse(*_trimmed(histogram.edges_ms, histogram.counts))
    if linear:
        edges, counts = _even(edges, counts)
    scale = latency_scale("latency in ms", edges, linear=linear)
    buckets = [
        (low, high, count) for low, high, count in zip(edges, edges[1:], counts, strict=False) if count
    ]
    bars = [
        {"low": low, "high": high, "count": count, "words": f"|{_span(low, high)} ms: {count:,.0f}"}
        for low, high, count in buckets
    ]
    marks = [
        {"at": value, "name": name}
        for name in _MARKED
        if (value := latencies_ms.get(name)) is not None and edges[0] <= value <= edges[-1]
    ]
    total = sum(histogram.counts)
    note = f"{total:,} seen by the system under test"
    return Chart(
        title=f"{scenario}: how often",
        in_words=f"Distribution of {total:,} latencies. Most lie near {_mode(edges, counts):.3g} ms.",
        spec={"layer": [_bars(bars, scale), *(_percentile_lines(marks) if marks else ())]},
        note="; ".join(filter(None, (note, axes_note({"latency": scale})))),
        table=Grid(header=("from, ms", "to, ms", "times"), rows=buckets),
    )


def percentile_chart(
    histogram: Histogram | None,
    latencies_ms: Mapping[str, float],
    scenario: str,
    *,
    bound_ms: float | None = None,
    linear: bool = False,
) -> Chart:
    """Latency over percentile, stretched towards 100 so that the tail can be read.

    Args:
        bound_ms: a latency to mark.
        linear: as for :func:`histogram_chart`.
    """
    points = _percentiles(latencies_ms)
    curve = _cumulative(histogram) if histogram is not None else []
    values = [value for _, value in (*points, *curve)] + ([bound_ms] if bound_ms else [])
    scale = latency_scale("ms", values, linear=linear)
    measured = "line: system under test, dots: LoadGen" if curve else "measured by LoadGen"
    return Chart(
        title=f"{scenario}: percentiles",
        in_words="; ".join(f"{part * 100:g} %: {shown_number(value)} ms" for part, value in points),
        spec={
            "encoding": {"x": _percentile_axis(points), "y": scale.encoding("ms")},
            "layer": [*_percentile_layers(points, curve), *_bound(bound_ms)],
        },
        note="; ".join(filter(None, (measured, axes_note({"latency": scale})))),
        table=Grid(header=tuple(latencies_ms), rows=[list(latencies_ms.values())]),
    )


def _percentile_axis(points: Sequence[Percentile]) -> Spec:
    places = [_nines(part) for part, _ in points]
    axis = {"title": "percentile", "values": _marks(places), "labelExpr": _PERCENT, "labelOverlap": False}
    scale = {"domain": [0, max(places, default=3.0) * 1.02], "nice": False}
    return {"field": "at", "type": "quantitative", "scale": scale, "axis": axis}


def _percentile_layers(points: Sequence[Percentile], curve: Sequence[Percentile]) -> list[Spec]:
    """What the system under test saw as a line, what LoadGen reports as dots."""
    far = max((_nines(part) for part, _ in points), default=3.0)
    dots = [
        {"at": _nines(part), "ms": value, "words": f"|{part * 100:g} %: at most {shown_number(value)} ms"}
        for part, value in points
    ]
    line = [{"at": _nines(part), "ms": value} for part, value in curve if _nines(part) <= far]
    point = {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": "var(--c1)"}
    layers: list[Spec] = [
        {"data": {"values": line}, "mark": {"type": "line", "color": "var(--c1)"}},
        {"data": {"values": dots}, "mark": {"type": "line", "color": "var(--c1)", "strokeDash": [2, 3]}},
        {"data": {"values": dots}, "mark": point, "encoding": {"description": {"field": "words"}}},
    ]
    return [layer for layer in layers if layer["data"]["values"]]


def bar_chart(values: Mapping[str, float], unit: str, title: str) -> Chart:
    """One horizontal bar for each name, with its value."""
    rows = [{"name": name, "value": value, "text": shown_number(value)} for name, value in values.items()]
    names: Spec = {"field": "name", "type": "nominal", "sort": None, "title": None}
    lengths: Spec = {"field": "value", "type": "quantitative", "title": unit}
    text = {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"text": {"field": "text"}}}
    return Chart(
        title=title,
        in_words="; ".join(f"{row['name']}: {row['text']} {unit}" for row in rows),
        spec={
            "data": {"values": rows},
            "encoding": {"y": names, "x": lengths},
            "layer": [{"mark": {"type": "bar", "cornerRadiusEnd": 3, "height": {"band": 0.7}}}, text],
        },
        height=_BAR * len(rows),
    )


def latency_scale(title: str, values: Sequence[float], *, linear: bool = False) -> Scale:
    """An axis for latencies: logarithmic when they differ much, unless told otherwise."""
    positive = [value for value in values if value > 0] or [1.0]
    log = not linear and min(values) > 0 and max(positive) / min(positive) >= _LOG_FROM
    return Scale(title=title, log=log, zero=False)


def _bars(bars: Sequence[Spec], scale: Scale) -> Spec:
    across = scale.encoding("low")
    across["scale"] |= {"padding": 0}
    return {
        "data": {"values": bars},
        "mark": {"type": "rect", "color": "var(--c1)", "stroke": "var(--card)", "strokeWidth": 0.8},
        "encoding": {
            "x": across,
            "x2": {"field": "high"},
            "y": {"field": "count", "type": "quantitative", "title": "times", "scale": {"zero": True}},
            "y2": {"datum": 0},
            "description": {"field": "words"},
        },
    }


def _percentile_lines(marks: Sequence[Spec]) -> list[Spec]:
    at: Spec = {"x": {"field": "at", "type": "quantitative"}}
    # Names would cover each other where percentiles are near; the lowest of them is the one to read.
    text = {"type": "text", "y": -6, "baseline": "bottom"}
    data = {"values": list(marks)}
    rule = {"type": "rule", "strokeDash": [3, 4], "color": "var(--ink)"}
    named = {"values": _apart(marks)}
    return [
        {"data": data, "mark": rule, "encoding": at},
        {"data": named, "mark": text, "encoding": {**at, "text": {"field": "name"}}},
    ]


def _marks(places: Sequence[float]) -> list[float]:
    """The places along the axis of percentiles that have room for a label."""
    kept: list[float] = []
    for place in places:
        if not kept or place - kept[-1] >= _LABEL * places[-1]:
            kept.append(place)
    return kept


def _apart(marks: Sequence[Spec]) -> list[Spec]:
    """Marks with one name for all that lie within a few percent of each other."""
    named: list[Spec] = []
    for mark in marks:
        if named and mark["at"] <= named[-1]["at"] * 1.12:
            named[-1] = {**named[-1], "name": f"{named[-1]['name']}, {mark['name']}"}
        else:
            named.append(dict(mark))
    return named


def _bound(bound_ms: float | None) -> list[Spec]:
    if not bound_ms:
        return []
    data = {"values": [{"ms": bound_ms, "text": f"bound {shown_number(bound_ms)} ms"}]}
    text = {"type": "text", "align": "left", "baseline": "bottom", "x": 4, "dy": -4}
    rule = {"type": "rule", "strokeDash": [7, 4], "color": "var(--bad)", "strokeWidth": 1.6}
    only_y = {"x": None}
    return [
        {"data": data, "mark": rule, "encoding": only_y},
        {"data": data, "mark": text, "encoding": {**only_y, "text": {"field": "text"}}},
    ]  # fmt: skip


def _percentiles(latencies_ms: Mapping[str, float]) -> list[Percentile]:
    found = [(float(name[1:]) / 100, value) for name, value in latencies_ms.items() if name.startswith("p")]
    return sorted(found)


def _cumulative(histogram: Histogram) -> list[Percentile]:
    """Share of the queries -> latency that they did not exceed, at each edge."""
    total, seen, points = sum(histogram.counts), 0, []
    for place, count in enumerate(histogram.counts):
        seen += count
        if count and seen < total:
            points.append((seen / total, histogram.edges_ms[place + 1]))
    return points


def _nines(part: float) -> float:
    return -math.log10(max(1 - part, 1e-6))


def _span(low: float, high: float) -> str:
    return f"{shown_number(low)} to {shown_number(high)}"


def _trimmed(edges: Sequence[float], counts: Sequence[float]) -> tuple[list[float], list[float]]:
    filled = [place for place, count in enumerate(counts) if count]
    first, last = filled[0], filled[-1]
    return list(edges[first : last + 2]), list(counts[first : last + 1])


def _coarse(edges: list[float], counts: list[float]) -> tuple[list[float], list[float]]:
    """Neighbours put together until the bars can be told apart."""
    group = math.ceil(len(counts) / _MOST_BARS)
    if group == 1:
        return edges, counts
    merged = [sum(counts[start : start + group]) for start in range(0, len(counts), group)]
    return [*edges[:-1:group], edges[-1]], merged


def _even(edges: Sequence[float], counts: Sequence[float]) -> tuple[list[float], list[float]]:
    """The same in buckets of one width; what was counted in a wide one is spread over it."""
    low, width = edges[0], (edges[-1] - edges[0]) / _EVEN_BARS
    even = [0.0] * _EVEN_BARS
    for place, count in enumerate(counts):
        left, right = (edges[place] - low) / width, (edges[place + 1] - low) / width
        for bar in range(int(left), min(math.ceil(right), _EVEN_BARS)):
            even[bar] += count * (min(right, bar + 1) - max(left, bar)) / (right - left)
    return [low + width * place for place in range(_EVEN_BARS + 1)], even


def _mode(edges: Sequence[float], counts: Sequence[float]) -> float:
    place = max(range(len(counts)), key=counts.__getitem__)
    return (edges[place] + edges[place + 1]) / 2
