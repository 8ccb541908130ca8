"""The report as Markdown, for a pull request or a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from cm_mlperf.results import policy
from cm_mlperf.results.report.facts import Pairs, ReportFacts
from cm_mlperf.results.report.html import SUMMARY, summary_row
from cm_report.tables import cell_text, markdown_table, markdown_text


def markdown_report(facts: ReportFacts) -> str:
    """The whole document."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: ReportFacts) -> Iterator[str]:
    record = facts.record
    yield f"# {markdown_text(facts.title)}"
    yield ""
    yield markdown_text(f"{record.name} · {facts.when} · level {record.level} · round {record.round}")
    yield ""
    yield f"> **{policy.mark(record)}.** {policy.statement(record)} [The guidelines]({policy.POLICY_URL})"
    yield from ("", "## Results", "")
    if facts.scenarios:
        yield from markdown_table(SUMMARY, [summary_row(one) for one in facts.scenarios])
    else:
        yield "No scenario was run."
    if facts.troubles:
        yield from ("", "## What went wrong", "")
        yield from (f"- {markdown_text(line)}" for line in facts.troubles)
    yield from _latencies(facts)
    yield from _accuracy(facts)
    yield from ("", "## Repeat it", "", *_fenced(facts.command))
    for title, pairs in facts.groups.items():
        yield from _group(title, pairs)
    for title, pairs in facts.settings.items():
        yield from _group(f"user.conf: {title}", pairs)


def _latencies(facts: ReportFacts) -> Iterator[str]:
    measured = [(one, one.measured) for one in facts.scenarios if one.measured and one.measured.latencies_ms]
    if not measured:
        return
    names = list(dict.fromkeys(name for _, result in measured for name in result.latencies_ms))
    yield from ("", "## Latencies in milliseconds", "")
    rows = [
        [one.scenario.name, *(result.latencies_ms.get(name) for name in names)] for one, result in measured
    ]
    yield from markdown_table(("scenario", *names), rows)


def _accuracy(facts: ReportFacts) -> Iterator[str]:
    rows = [
        [one.scenario.name, judged.metric, judged.value, judged.samples, judged.text]
        for one in facts.scenarios
        if one.accuracy is not None and (judged := one.accuracy.accuracy) is not None
    ]
    if rows:
        yield from ("", "## Accuracy", "")
        yield from markdown_table(("scenario", "metric", "value", "samples", "as logged"), rows)


def _group(title: str, pairs: Pairs) -> Iterator[str]:
    if pairs:
        yield from ("", f"## {markdown_text(title)}", "")
        rows = [
            [str(key), cell_text(value) if isinstance(value, float) else str(value)] for key, value in pairs
        ]
        yield from markdown_table(("", ""), rows)


def _fenced(text: str) -> Iterator[str]:
    """A block of code; its fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}console", text, fence)
