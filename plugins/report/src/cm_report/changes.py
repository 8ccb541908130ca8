"""Charts of comparisons: by how much each configuration changed, with a confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_report.charts import Chart, Spec
from cm_report.compare import Comparison, relative_change
from cm_report.tables import cell_text, shown_number

_MOST_ROWS = 40
_ROW = 24
_BARS = 30
_KINDS = {
    "better": ("var(--good)", "circle"),
    "worse": ("var(--bad)", "square"),
    "changed": ("var(--accent)", "diamond"),
    "no more than noise": ("var(--muted)", "cross"),
}


def change_charts(found: Sequence[Comparison]) -> list[Chart]:
    """For each metric a chart of what changed, in percent of the first side; of very many, how often."""
    metrics: dict[str, list[Comparison]] = {}
    for one in found:
        if one.difference.relative is not None:
            metrics.setdefault(one.metric, []).append(one)
    return [
        _intervals(metric, some) if len(some) <= _MOST_ROWS else _how_often(metric, some)
        for metric, some in metrics.items()
    ]


def _differing(found: Sequence[Comparison]) -> list[str]:
    """The columns by which configurations can be told apart."""
    names = list(found[0].configuration)
    return [name for name in names if len({one.configuration[name] for one in found}) > 1] or names


def _configuration_text(one: Comparison, names: Sequence[str]) -> str:
    """``batch=1, threads=2``."""
    return ", ".join(f"{name}={cell_text(one.configuration[name])}" for name in names) or "all rows"


def _intervals(metric: str, found: Sequence[Comparison]) -> Chart:
    columns = _differing(found)
    values = [_value(one, _configuration_text(one, columns)) for one in found]
    kinds = {name: look for name, look in _KINDS.items() if any(value["kind"] == name for value in values)}
    domain = list(kinds)
    names: Spec = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"grid": True}}
    across: Spec = {"field": "change", "type": "quantitative", "title": f"change of {metric}, %"}
    colour = {"domain": domain, "range": [look[0] for look in kinds.values()]}
    shape = {"domain": domain, "range": [look[1] for look in kinds.values()]}
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
        "encoding": {
            "x": across,
            "color": {"field": "kind", "type": "nominal", "title": None, "scale": colour},
            "shape": {"field": "kind", "type": "nominal", "title": None, "scale": shape},
            "description": {"field": "words"},
        },
    }
    spec: Spec = {
        "data": {"values": values},
        "encoding": {"y": names},
        "layer": [
            {"data": {"values": [{}]}, "mark": {"type": "rule", "color": "var(--ink)"},
             "encoding": {"x": {"datum": 0, "type": "quantitative"}, "y": None}},
            {"mark": {"type": "rule", "strokeWidth": 2, "color": "var(--muted)"},
             "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}},
            dots,
        ],
    }  # fmt: skip
    words = "; ".join(value["words"].partition("|")[2] for value in values)
    note = "bars: where the change lies with 95 % confidence"
    return Chart(
        title=metric,
        in_words=f"Change of {metric}: {words}.",
        spec=spec,
        note=note,
        height=_ROW * len(found) + 20,
    )


def _value(one: Comparison, name: str) -> dict[str, Any]:
    change, low, high = ((None if part is None else part * 100) for part in relative_change(one))
    interval = "" if low is None or high is None else f" ({shown_number(low)} to {shown_number(high)})"
    words = f"|{name}: {shown_number(change or 0.0)} %{interval}, {one.verdict}"
    low, high = (change, change) if low is None or high is None else (low, high)
    return {"name": name, "change": change, "low": low, "high": high, "kind": _kind(one), "words": words}


def _kind(one: Comparison) -> str:
    if one.difference.absolute == 0 or one.difference.noise_is_larger:
        return "no more than noise"
    return one.verdict.partition(",")[0] if one.lower is not None else "changed"


def _how_often(metric: str, found: Sequence[Comparison]) -> Chart:
    changes = [(one.difference.relative or 0.0) * 100 for one in found]
    spec: Spec = {
        "data": {"values": [{"change": change} for change in changes]},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "change", "bin": {"maxbins": _BARS}, "title": f"change of {metric}, %"},
            "y": {"aggregate": "count", "title": "configurations"},
        },
    }
    words = f"{len(found):,} configurations from {min(changes):.4g} % to {max(changes):.4g} %"
    return Chart(title=metric, in_words=f"Change of {metric}: {words}.", spec=spec, note=f"{words}, counted")
