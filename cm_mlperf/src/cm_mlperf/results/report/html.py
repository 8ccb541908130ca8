"""The report as one HTML file: no network, light and dark, for a phone as for a desk."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from cm_mlperf import __name__ as package
from cm_mlperf.results import policy
from cm_mlperf.results.report.charts import bar_chart, histogram_chart, percentile_chart
from cm_mlperf.results.report.facts import Pairs, ReportFacts, ScenarioFacts
from cm_report.page import html_page
from cm_report.tables import shown

SUMMARY = (
    "scenario", "result", "unit", "valid", "accuracy", "queries", "samples", "duration s",
    "p50 ms", "p90 ms", "p99 ms",
)  # fmt: skip
_LEFT = ' class="left"'
_COPY = (
    "document.querySelectorAll('button[data-copy]').forEach(function(b){b.hidden=!navigator.clipboard;"
    "b.addEventListener('click',function(){navigator.clipboard.writeText("
    "document.getElementById(b.dataset.copy).textContent).then(function(){b.textContent='Copied'})})})"
)


def html_report(facts: ReportFacts) -> str:
    """The whole document."""
    sections = (
        _summary(facts),
        _troubles(facts),
        _throughput(facts),
        *(_scenario(one) for one in facts.scenarios),
        _accuracy(facts),
        _repeat(facts),
        _details(facts),
    )
    style = files(package).joinpath("results", "report", "report.css").read_text(encoding="utf-8")
    body = f"{_head(facts)}\n<main>\n{''.join(section for section in sections if section)}</main>\n{_foot()}"
    return html_page(facts.title, body, style=style, script=_COPY)


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


def _head(facts: ReportFacts) -> str:
    record = facts.record
    return (
        f'<header>\n<h1>{escape(facts.title)}</h1>\n<p class="sub">{escape(record.name)} · '
        f"{escape(facts.when)} · level {escape(record.level)} · round {escape(record.round)}</p>\n"
        f'<div class="banner" role="note"><b>{policy.mark(record)}</b>'
        f'<p>{escape(policy.statement(record))} <a href="{policy.POLICY_URL}">The guidelines</a></p></div>\n'
        f'<div class="tiles">{"".join(_tile(one) for one in facts.scenarios)}</div>\n</header>'
    )


def _tile(one: ScenarioFacts) -> str:
    measured = one.measured
    number = shown(measured.value if measured else None)
    unit = measured.unit if measured else ""
    return (
        f'<a class="card tile" href="#{one.scenario.name}"><span class="name">{one.scenario.name} '
        f'{_badge(one.verdict)}</span><span class="big">{number} <small>{escape(unit)}</small></span>'
        f'<span class="what">{escape(one.scenario.metric)}</span></a>'
    )


def _badge(verdict: str) -> str:
    kind = {"VALID": "good", "INVALID": "bad", "failed": "bad"}.get(verdict, "none")
    return f'<span class="badge {kind}">{escape(verdict)}</span>'


def _summary(facts: ReportFacts) -> str:
    if not facts.scenarios:
        return "<h2>Results</h2>\n<p>No scenario was run.</p>\n"
    rows = [summary_row(one) for one in facts.scenarios]
    return "<h2>Results</h2>\n" + _wide("Results of all scenarios", SUMMARY, rows)


def _troubles(facts: ReportFacts) -> str:
    if not facts.troubles:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in facts.troubles)
    return f'<h2>What went wrong</h2>\n<div class="card trouble"><ul>{items}</ul></div>\n'


def _throughput(facts: ReportFacts) -> str:
    values = {one.scenario.name: rate for one in facts.scenarios if (rate := one.samples_per_second)}
    if not values:
        return ""
    chart = bar_chart(values, "samples/s", "Samples a second in each scenario")
    note = "samples done, by the time of the measurement"
    return (
        '<h2>Throughput</h2>\n<figure class="card narrow">'
        f"<figcaption>Samples a second <span>· {note}</span></figcaption>{chart}</figure>\n"
    )


def _scenario(one: ScenarioFacts) -> str:
    measured, name = one.measured, one.scenario.name
    if measured is None or not measured.latencies_ms:
        return ""
    figures = []
    histogram = one.performance.histogram if one.performance else None
    total = sum(histogram.counts) if histogram is not None else 0
    # Offline, samples are done evenly over the run, which only an even axis shows.
    linear, latencies = name == "Offline", measured.latencies_ms
    if histogram is not None and total:
        chart = histogram_chart(histogram, latencies, f"{name}: distribution of latencies", linear=linear)
        figures.append(("How often", f"{total:,} seen by the system under test", chart))
    curve = percentile_chart(
        histogram if total else None,
        latencies,
        f"{name}: latency by percentile",
        bound_ms=one.bound_ms,
        linear=linear,
    )
    figures.append(
        ("Percentiles", "line: system under test, dots: LoadGen" if total else "measured by LoadGen", curve)
    )
    drawn = "".join(
        f'<figure class="card"><figcaption>{title} <span>· {escape(note)}</span></figcaption>{chart}</figure>'
        for title, note, chart in figures
    )
    header, row = tuple(latencies), list(latencies.values())
    table = _wide(f"{name}: latencies in milliseconds", header, [row])
    return (
        f'<h2 id="{name}">{name} <small class="sub">· {escape(one.latency_of)}</small></h2>\n'
        f'<div class="grid charts">{drawn}</div>\n'
        f"<details><summary>Latencies in numbers, ms</summary>{table}</details>\n"
    )


def _accuracy(facts: ReportFacts) -> str:
    rows, texts = [], []
    for one in facts.scenarios:
        if one.accuracy is not None and (judged := one.accuracy.accuracy) is not None:
            rows.append([one.scenario.name, judged.metric, judged.value, judged.samples])
            texts.append(f"{one.scenario.name}: {judged.text}")
    if not rows:
        return ""
    logged = "".join(f"{escape(text)}<br>" for text in texts)
    header = ("scenario", "metric", "value", "samples judged")
    return f'<h2>Accuracy</h2>\n{_wide("Accuracy", header, rows)}<p class="answer">{logged}</p>\n'


def _repeat(facts: ReportFacts) -> str:
    return (
        '<h2>Repeat it</h2>\n<div class="card"><p>This command makes the same run again:</p>'
        f'<pre id="command" tabindex="0">{escape(facts.command)}</pre>'
        '<button type="button" data-copy="command" hidden>Copy</button></div>\n'
    )


def _details(facts: ReportFacts) -> str:
    cards = [_card(title, pairs) for title, pairs in facts.groups.items() if pairs]
    cards += [_card(f"user.conf: {title}", pairs) for title, pairs in facts.settings.items()]
    return f'<h2>Details</h2>\n<div class="grid">{"".join(cards)}</div>\n'


def _card(title: str, pairs: Pairs) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(str(key))}</th><td>{escape(_plain(value))}</td></tr>'
        for key, value in pairs
    )
    return f'<section class="card"><h3>{escape(title)}</h3><table class="facts">{rows}</table></section>'


def _wide(caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    left = [any(isinstance(row[place], str) for row in rows) for place in range(len(header))]
    heads = "".join(
        f'<th scope="col"{_LEFT if flush else ""}>{escape(text)}</th>'
        for flush, text in zip(left, header, strict=True)
    )
    lines = "".join(f"<tr>{_head_cell(row[0])}{''.join(map(_cell, row[1:]))}</tr>" for row in rows)
    return (
        f'<div class="card scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="wide"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>\n'
    )


def _head_cell(value: Any) -> str:
    return f'<th scope="row">{escape(value)}</th>' if isinstance(value, str) else _cell(value)


def _cell(value: Any) -> str:
    if value in ("VALID", "INVALID"):
        return f"<td{_LEFT}>{_badge(value)}</td>"
    return f"<td{_LEFT if isinstance(value, str) else ''}>{escape(shown(value))}</td>"


def _plain(value: Any) -> str:
    return shown(value) if isinstance(value, float | bool) or value is None else str(value)


def _foot() -> str:
    return (
        "<footer><p>Written by the CM toolkit. Measured with LoadGen of MLCommons. "
        "The name and logo of MLPerf are registered and unregistered trademarks of MLCommons Association "
        "in the United States and other countries.</p></footer>"
    )
