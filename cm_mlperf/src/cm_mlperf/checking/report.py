"""Shows what checkers say to a person."""

from __future__ import annotations

from collections.abc import Sequence

from cm_core.base import aligned
from cm_mlperf.checking.finding import CheckedResult, CheckReport, Finding


def report_lines(reports: Sequence[CheckReport]) -> list[str]:
    """Findings of all checkers as a list with aligned facts, then one line for each checker."""
    lines: list[str] = []
    for report in reports:
        for finding in report.findings:
            lines += _finding_lines(finding)
    for report in reports:
        lines += _result_lines(report)
    lines += [_verdict(report) for report in reports]
    return lines


def _finding_lines(finding: Finding) -> list[str]:
    where = finding.file + (f", {finding.key}" if finding.key else "")
    lines = [f"{finding.severity} [{finding.source}:{finding.check}] {where}".rstrip()]
    for name, text in (("found", finding.found), ("expected", finding.expected), ("fix", finding.fix)):
        if text:
            lines.append(f"  {name + ':':<9} {text}")
    return lines


def _result_lines(report: CheckReport) -> list[str]:
    rows = [
        (
            "ok" if result.ok else "--",
            result.folder,
            _values(result),
            result.accuracy,
            "inferred" if result.inferred else "",
        )
        for result in report.results
    ]
    return aligned(rows)


def _values(result: CheckedResult) -> str:
    pairs = ((result.value, result.unit), (result.power, result.power_unit))
    return ", ".join(f"{value:.6g} {unit}" for value, unit in pairs if value is not None)


def _verdict(report: CheckReport) -> str:
    if not report.ran:
        return f"{report.checker}: {report.note}"
    warnings = len(report.findings) - len(report.errors)
    if report.errors:
        return f"{report.checker}: {len(report.errors)} errors, {warnings} warnings"
    last = next((line for line in reversed(report.last_lines) if line.strip()), "")
    said = f" ({last})" if last else ""
    return f"{report.checker}: ok, {len(report.results)} results, {warnings} warnings{said}"
