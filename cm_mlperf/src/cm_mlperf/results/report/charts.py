"""Charts as SVG inside the page: colours come from its style sheet, so they follow light and dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from cm_mlperf.record.layout import Histogram
from cm_mlperf.results.report.scales import latency_scale
from cm_report.axes import Plot, Scale, label
from cm_report.tables import shown_number

_PLOT = Plot(width=460, height=250, left=52, right=14, top=26, bottom=42)
_MOST_BARS = 64
_EVEN_BARS = 24
_MARKED = ("p50", "p90", "p99")


def histogram_chart(
    histogram: Histogram, latencies_ms: Mapping[str, float], title: str, *, linear: bool = False
) -> str:
    """How often which latency was seen, with the percentiles of LoadGen as lines.

    Args:
        linear: draw latencies on a linear axis however much they differ.
    """
    edges, counts = _coarse(*_trimmed(histogram.edges_ms, histogram.counts))
    if linear:
        edges, counts = _even(edges, counts)
    across = latency_scale(edges, *_PLOT.across, linear=linear)
    floor, ceiling = _PLOT.up
    up = Scale(low=0, high=max(counts) * 1.08, start=floor, end=ceiling)
    bars = []
    for place, count in enumerate(counts):
        left, right = across.place(edges[place]), across.place(edges[place + 1])
        if not count:
            continue
        top = up.place(count)
        tip = f"{label(edges[place])} to {label(edges[place + 1])} ms: {count:,.0f}"
        bars.append(
            f'<rect class="bar" x="{left + 0.5:.2f}" y="{top}" width="{max(right - left - 1, 1):.2f}" '
            f'height="{floor - top:.2f}"><title>{escape(tip)}</title></rect>'
        )
    marks = _percentile_lines(across, latencies_ms)
    axes = _PLOT.x_axis(across, "latency in ms") + _PLOT.y_axis(up, "")
    told = f"Most values lie near {label(_mode(edges, counts))} ms."
    return _svg(title, told, axes + "".join(bars) + marks)


def percentile_chart(
    histogram: Histogram | None,
    latencies_ms: Mapping[str, float],
    title: str,
    *,
    bound_ms: float | None = None,
    linear: bool = False,
) -> str:
    """Latency over percentile, stretched towards 100 so that the tail can be read.

    Args:
        bound_ms: a latency to mark.
        linear: as for :func:`histogram_chart`.
    """
    points = _percentiles(latencies_ms)
    curve = _cumulative(histogram) if histogram is not None else []
    values = [value for _, value in (*points, *curve)] + ([bound_ms] if bound_ms else [])
    up = latency_scale(values, *_PLOT.up, linear=linear)
    far = max((_nines(part) for part, _ in points), default=3.0)
    left, right = _PLOT.across
    across = Scale(low=0, high=far * 1.02, start=left, end=right)

    def line(kind: str, along: Sequence[tuple[float, float]]) -> str:
        places = (
            f"{across.place(_nines(part))},{up.place(value)}" for part, value in along if _nines(part) <= far
        )
        return f'<polyline class="{kind}" points="{" ".join(places)}"/>'

    body = _PLOT.y_axis(up, "ms") + _percentile_axis(across, [part for part, _ in points])
    if bound_ms:
        y = up.place(bound_ms)
        body += f'<line class="bound" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
        body += f'<text class="mark" x="{left + 4}" y="{y - 5}">bound {label(bound_ms)} ms</text>'
    body += line("line", curve) + line("thin", points)
    for part, value in points:
        tip = f"{part * 100:g} % of the queries took at most {shown_number(value)} ms"
        x, y = across.place(_nines(part)), up.place(value)
        body += f'<circle class="dot" cx="{x}" cy="{y}" r="4"><title>{escape(tip)}</title></circle>'
    told = "; ".join(f"{part * 100:g} %: {shown_number(value)} ms" for part, value in points)
    return _svg(title, told, body)


def bar_chart(values: Mapping[str, float], unit: str, title: str) -> str:
    """One horizontal bar for each name, with its value."""
    step, height = 38, 12 + 38 * len(values)
    across = Scale(low=0, high=max(values.values()) or 1, start=0, end=_PLOT.width - 250)
    rows = []
    for place, (name, value) in enumerate(values.items()):
        y = 8 + place * step
        width = max(across.place(value), 2)
        rows.append(
            f'<text class="name" x="112" y="{y + 18}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="122" y="{y}" width="{width}" height="26" rx="3"/>'
            f'<text class="value" x="{width + 130:.2f}" y="{y + 18}">{shown_number(value)}</text>'
        )
    told = "; ".join(f"{name}: {shown_number(value)} {unit}" for name, value in values.items())
    return _svg(title, told, "".join(rows), height=height)


def _svg(title: str, told: str, body: str, height: int = _PLOT.height) -> str:
    return (
        f'<svg viewBox="0 0 {_PLOT.width} {height}" role="img" aria-label="{escape(f"{title}. {told}")}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _percentile_axis(scale: Scale, parts: Sequence[float]) -> str:
    marks, last = [], -math.inf
    for part in parts:
        x = scale.place(_nines(part))
        text = f"{part * 100:g}"
        if x - last >= 7 * len(text) + 8:
            marks.append(_PLOT.x_mark(x, text))
            last = x
    return _PLOT.base_line() + "".join(marks) + _PLOT.x_name("percentile")


def _percentile_lines(scale: Scale, latencies_ms: Mapping[str, float]) -> str:
    floor, ceiling = _PLOT.up
    lines, last = [], -math.inf
    for name in _MARKED:
        value = latencies_ms.get(name)
        if value is None or not scale.low <= value <= scale.high:
            continue
        x = scale.place(value)
        lines.append(f'<line class="percentile" x1="{x}" x2="{x}" y1="{ceiling - 6}" y2="{floor}"/>')
        if x - last > 26:
            lines.append(f'<text class="mark" x="{x}" y="{ceiling - 11}" text-anchor="middle">{name}</text>')
            last = x
    return "".join(lines)


def _percentiles(latencies_ms: Mapping[str, float]) -> list[tuple[float, float]]:
    found = [(float(name[1:]) / 100, value) for name, value in latencies_ms.items() if name.startswith("p")]
    return sorted(found)


def _cumulative(histogram: Histogram) -> list[tuple[float, float]]:
    """Share of the queries -> latency that they did not exceed, at each edge."""
    total, seen, points = sum(histogram.counts), 0, []
    for place, count in enumerate(histogram.counts):
        seen += count
        if count and seen < total:
            points.append((seen / total, histogram.edges_ms[place + 1]))
    return points


def _nines(part: float) -> float:
    return -math.log10(max(1 - part, 1e-6))


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
