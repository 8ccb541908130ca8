"""The report as one HTML file: no network, light and dark, for phones and desktops."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from cm_mlperf.results import policy
from cm_mlperf.results.report.charts import bar_chart, histogram_chart, percentile_chart
from cm_mlperf.results.report.facts import Pairs, ReportFacts, ScenarioFacts
from cm_report.charts import figures
from cm_report.html import Html, card, contents, element, fragment, tile, wide_table
from cm_report.page import html_page
from cm_report.sharing import without_folders, without_home
from cm_report.tables import cell_text, shown_number

SUMMARY = (
    "scenario", "result", "unit", "valid", "accuracy", "queries", "samples", "duration s",
    "p50 ms", "p90 ms", "p99 ms",
)  # fmt: skip
_COPY = (
    "document.querySelectorAll('button[data-copy]').forEach(function(b){b.hidden=!navigator.clipboard;"
    "b.addEventListener('click',function(){navigator.clipboard.writeText("
    "document.getElementById(b.dataset.copy).textContent).then(function(){b.textContent='Copied'})})})"
)


_FOOT = (
    "Written by the CM toolkit. Measured with LoadGen of MLCommons. The name and logo of MLPerf are "
    "registered and unregistered trademarks of MLCommons Association in the United States and other "
    "countries."
)


def html_report(facts: ReportFacts) -> str:
    """The whole document."""
    sections = [
        ("results", "Results", _summary(facts)),
        ("troubles", "What went wrong", _troubles(facts)),
        ("throughput", "Throughput", _throughput(facts)),
        *((one.scenario.name, one.scenario.name, _scenario(one)) for one in facts.scenarios),
        ("accuracy", "Accuracy", _accuracy(facts)),
        ("repeat", "Repeat it", _repeat(facts)),
        ("details", "Details", _details(facts)),
        ("settings", "LoadGen settings", _settings(facts)),
    ]
    there = [(identifier, heading, body) for identifier, heading, body in sections if body]
    body = fragment(
        _head(facts, contents((identifier, heading) for identifier, heading, _ in there)),
        element("main", [_section(*section) for section in there]),
        element("footer", element("p", _FOOT)),
    )
    style = files("cm_mlperf.results.report").joinpath("report.css").read_text(encoding="utf-8")
    return html_page(facts.title, body, style=style, script=_COPY)


def _section(identifier: str, heading: str, body: Html) -> Html:
    return element("section", element("h2", heading), body, id=identifier)


def summary_row(one: ScenarioFacts) -> list[Any]:
    """The cells of a scenario below :data:`SUMMARY`."""
    measured, judged = one.measured, one.accuracy.accuracy if one.accuracy else None
    latencies = measured.latencies_ms if measured else {}
    return [
        one.scenario.name,
        measured.value if measured else None,
        measured.unit if measured else one.scenario.unit,
        one.verdict,
        judged.value if judged else None,
        measured.queries if measured else None,
        measured.samples if measured else None,
        measured.duration_s if measured else None,
        *(latencies.get(name) for name in ("p50", "p90", "p99")),
    ]


def _head(facts: ReportFacts, toc: Html) -> Html:
    record = facts.record
    sub = f"{record.name} · {facts.when} · level {record.level} · round {record.round}"
    guidelines = element("a", "The guidelines", href=policy.POLICY_URL)
    banner = element(
        "div",
        element("b", policy.mark(record)),
        element("p", policy.statement(record), " ", guidelines),
        class_="banner",
        role="note",
    )
    tiles = element("div", map(_tile, facts.scenarios), class_="tiles")
    return element("header", element("h1", facts.title), element("p", sub, class_="sub"), banner, tiles, toc)


def _tile(one: ScenarioFacts) -> Html:
    measured = one.measured
    return tile(
        fragment(one.scenario.name, " ", _badge(one.verdict)),
        cell_text(measured.value if measured else None),
        unit=measured.unit if measured else "",
        note=one.scenario.metric,
        link=f"#{one.scenario.name if _has_section(one) else 'results'}",
    )


def _badge(verdict: str) -> Html:
    kind = {"VALID": "good", "INVALID": "bad", "failed": "bad"}.get(verdict, "none")
    return element("span", verdict, class_=f"badge {kind}")


def _summary(facts: ReportFacts) -> Html:
    if not facts.scenarios:
        return element("p", "No scenario was run.")
    return _table("Results of all scenarios", SUMMARY, [summary_row(one) for one in facts.scenarios])


def _table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Html:
    badges = [[_badge(cell) if cell in ("VALID", "INVALID") else cell for cell in row] for row in rows]
    return wide_table(caption, header, badges)


def _troubles(facts: ReportFacts) -> Html | None:
    if not facts.troubles:
        return None
    items = [element("li", line) for line in facts.troubles]
    return element("div", element("ul", items), class_="card trouble")


def _throughput(facts: ReportFacts) -> Html | None:
    values = {one.scenario.name: rate for one in facts.scenarios if (rate := one.samples_per_second)}
    if not values:
        return None
    note = element("p", "Samples done, by the time of the measurement.", class_="help")
    return fragment(note, figures([bar_chart(values, "samples/s", "Samples per second")], "throughput"))


def _has_section(one: ScenarioFacts) -> bool:
    return one.measured is not None and bool(one.measured.latencies_ms)


def _scenario(one: ScenarioFacts) -> Html | None:
    measured, name = one.measured, one.scenario.name
    if measured is None or not measured.latencies_ms:
        return None
    histogram = one.performance.histogram if one.performance else None
    if histogram is not None and not sum(histogram.counts):
        histogram = None
    # Offline, samples are done evenly over the run, which only an even axis shows.
    linear, latencies = name == "Offline", measured.latencies_ms
    charts = [percentile_chart(histogram, latencies, name, bound_ms=one.bound_ms, linear=linear)]
    if histogram is not None:
        charts.insert(0, histogram_chart(histogram, latencies, name, linear=linear))
    return fragment(element("p", one.latency_of, class_="help"), figures(charts, f"chart-{name}"))


def _accuracy(facts: ReportFacts) -> Html | None:
    rows, texts = [], []
    for one in facts.scenarios:
        if one.accuracy is not None and (judged := one.accuracy.accuracy) is not None:
            rows.append([one.scenario.name, judged.metric, judged.value, judged.samples])
            texts.append([f"{one.scenario.name}: {judged.text}", element("br")])
    if not rows:
        return None
    header = ("scenario", "metric", "value", "samples judged")
    return fragment(wide_table("Accuracy", header, rows), element("p", texts, class_="answer"))


def _repeat(facts: ReportFacts) -> Html:
    return element(
        "div",
        element("p", "This command makes the same run again:"),
        element("pre", without_home(facts.command), id="command", tabindex="0"),
        element("button", "Copy", type="button", data_copy="command", hidden=True),
        class_="card",
    )


def _details(facts: ReportFacts) -> Html:
    cards = [_card(title, pairs) for title, pairs in facts.groups.items()]
    return element("div", cards, class_="cards")


def _settings(facts: ReportFacts) -> Html | None:
    """``user.conf`` of all tests, folded away: there may be ten."""
    cards = [_card(f"user.conf: {title}", pairs) for title, pairs in facts.settings.items()]
    if not cards:
        return None
    summary = element("summary", f"user.conf of {len(cards)} test{'s' if len(cards) > 1 else ''}")
    return element("details", summary, element("div", cards, class_="cards"))


def _card(title: str, pairs: Pairs) -> Html | None:
    return card(title, [(str(key), _plain(str(key), value)) for key, value in pairs])


def _plain(key: str, value: Any) -> str:
    """A fact for people who get the page: no folders of somebody's machine, sizes that can be read."""
    if isinstance(value, int) and not isinstance(value, bool) and key.endswith("bytes"):
        return f"{value:,} ({shown_number(value / 1e9)} GB)" if value >= 1e9 else f"{value:,}"
    return (
        cell_text(value) if isinstance(value, float | bool) or value is None else without_folders(str(value))
    )
