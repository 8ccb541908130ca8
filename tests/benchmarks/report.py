"""The Markdown page: machine facts, budgets, and every measured row."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contenders import ORIGINAL, ORIGINAL_NAME, OURS_NAME
from measure import Outcome, Summary
from work import BATCH, Row, Sizes

START = "<!-- bench:start -->"
NOTE = (
    "Medians of whole processes: user + system CPU time with all children, wall time in brackets, the "
    "memory of the largest process. Ratios are of CPU time; what one dependency, hit or store costs is the "
    "difference of the least disturbed samples, divided by their number."
)
BOTH = (OURS_NAME, ORIGINAL_NAME)
MISSING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One target of the design: ``value`` must not exceed ``limit``; None when it was not measured."""

    work: str
    limit: float
    unit: str
    value: float | None


class Table:
    """CPU seconds by row key and contender, with the differences that the budgets ask for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows: Mapping[str, Row] = {row.key: row for row in rows}

    def summary(self, key: str, contender: str) -> Summary | None:
        outcome = self.rows[key].outcomes.get(contender) if key in self.rows else None
        return outcome if isinstance(outcome, Summary) else None

    def cpu(self, key: str, contender: str = OURS_NAME) -> float | None:
        found = self.summary(key, contender)
        return found.cpu if found else None

    def ratio(self, key: str, other: str, contender: str = OURS_NAME) -> float | None:
        above, below = self.cpu(key), self.cpu(other, contender)
        return above / below if above is not None and below else None

    def extra(self, key: str, base: str, contender: str = OURS_NAME) -> float | None:
        """Milliseconds of one row beyond another."""
        above, below = self.summary(key, contender), self.summary(base, contender)
        return (above.least - below.least) * 1000 if above and below else None

    def one(self, kind: str, entries: int, contender: str = OURS_NAME) -> float | None:
        """Milliseconds of one store or hit beside that many entries."""
        extra = self.extra(f"batch-{kind}-{entries}", f"none-{entries}", contender)
        return None if extra is None else extra / BATCH

    def each(self, kind: str, lengths: Sequence[int], contender: str = OURS_NAME) -> float | None:
        """Milliseconds per dependency: the longest list that succeeded against the shortest."""
        first = lengths[0]
        for count in reversed(lengths[1:]):
            extra = self.extra(f"{kind}-{count}", f"{kind}-{first}", contender)
            if extra is not None:
                return extra / (count - first)
        return None


def budgets(table: Table, sizes: Sizes) -> list[Budget]:
    small, large = sizes.artifacts[0], sizes.artifacts[-1]
    few, many = sizes.entries[0], sizes.entries[-1]
    floor = "x floor"
    rows = [
        ("`cm --help`", 1.3, floor, table.ratio("help", "floor")),
        ("`cm version`", 1.3, floor, table.ratio("version", "floor")),
    ]
    for kind, name in (("hit", "find, hit"), ("miss", "find, miss"), ("load", "load")):
        rows.append((f"{name}, {small:,} artifacts", 1.5, floor, table.ratio(f"{kind}-{small}", "floor")))
        wide = table.ratio(f"{kind}-{large}", f"{kind}-{small}")
        rows.append((f"{name}, {large:,} artifacts", 3.0, f"x at {small:,}", wide))
    for kind in ("hit", "miss", "load"):
        ratio = table.ratio(f"public-{kind}-0", "floor")
        rows.append((f"{'find, ' if kind != 'load' else ''}{kind}, public repository", 1.5, floor, ratio))
    rows += [
        ("detect os, public repository", 2.5, floor, table.ratio("public-detect-os-0", "floor")),
        (
            "detect os, public repository",
            0.5,
            "x original",
            table.ratio("public-detect-os-0", "public-detect-os-0", ORIGINAL_NAME),
        ),
        ("detect os", 2.5, floor, table.ratio("detect-os", "floor")),
        ("detect os", 0.5, "x original", table.ratio("detect-os", "detect-os", ORIGINAL_NAME)),
        ("dependency without shell", 2.0, "ms", table.each("plain", sizes.lengths)),
        ("dependency with shell", 5.0, "ms", table.each("shell", sizes.lengths)),
        ("cache hit in a list", 2.0, "ms", table.each("reuse", sizes.lengths)),
        ("cache store in a list", 10.0, "ms", table.each("store", sizes.lengths)),
    ]
    for count in dict.fromkeys((few, many)):
        beside = f"{count:,} entries"
        rows.append((f"cache hit, {beside}", 2.0, "ms", table.one("hit", count)))
        rows.append((f"cache store, {beside}", 10.0, "ms", table.one("store", count)))
    reindex = table.cpu(f"reindex-{large}")
    rows.append((f"reindex of {large:,} artifacts", 5.0, "s", reindex))
    return [Budget(work=work, limit=limit, unit=unit, value=value) for work, limit, unit, value in rows]


def machine_facts() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file() and (
        found := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text(encoding="utf-8"))
    ):
        model = found[1]
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"load average at the end {load:.1f}"
    )


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 10 else f"{value * 1000:.0f} ms"


def cells(outcome: Outcome | None) -> tuple[str, str]:
    """Times (CPU, wall in brackets) and peak memory."""
    if isinstance(outcome, Summary):
        times = f"{seconds(outcome.cpu)} ({seconds(outcome.wall)})"
        return times, f"{outcome.peak / 1e6:.0f}"
    return (outcome.reason if outcome else MISSING), MISSING


def row_lines(rows: Sequence[Row], table: Table) -> Iterator[str]:
    yield "| Work | ours | original | ours ÷ original | ours ÷ floor | peak MB, ours | original |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        mine, my_peak = cells(row.outcomes.get(OURS_NAME))
        theirs, their_peak = cells(row.outcomes.get(ORIGINAL_NAME))
        against = number(table.ratio(row.key, row.key, ORIGINAL_NAME))
        floor = number(table.ratio(row.key, "floor"))
        yield f"| {row.title} | {mine} | {theirs} | {against} | {floor} | {my_peak} | {their_peak} |"


def number(value: float | None) -> str:
    """Two decimals, or as many digits as a small ratio needs."""
    if value is None:
        return MISSING
    return f"{value:.1g}" if 0 < value < 0.01 else f"{value:.2f}"


def budget_lines(found: Sequence[Budget]) -> Iterator[str]:
    yield "| Budget | at most | measured | |"
    yield "|---|--:|--:|---|"
    for budget in found:
        verdict = (
            MISSING if budget.value is None else ("met" if budget.value <= budget.limit else "**missed**")
        )
        yield f"| {budget.work} | {budget.limit:g} {budget.unit} | {number(budget.value)} | {verdict} |"


def each_lines(table: Table, sizes: Sizes) -> Iterator[str]:
    yield "| CPU ms for one | ours | original | ours ÷ original |"
    yield "|---|--:|--:|--:|"
    measured: list[tuple[str, list[float | None]]] = []
    for kind, name in (
        ("plain", "dependency in a list, without shell"),
        ("shell", "dependency in a list, with shell"),
        ("chain", "dependency in a chain, without shell"),
        ("store", "dependency in a list, cached, first time"),
        ("reuse", "dependency in a list, cached, hit"),
    ):
        measured.append((name, [table.each(kind, sizes.lengths, who) for who in BOTH]))
    for entries in sizes.entries:
        for kind in ("store", "hit"):
            name = f"cache {kind} beside {entries:,} entries"
            measured.append((name, [table.one(kind, entries, who) for who in BOTH]))
    for name, (mine, theirs) in measured:
        ratio = mine / theirs if mine is not None and theirs else None
        yield f"| {name} | {number(mine)} | {number(theirs)} | {number(ratio)} |"


def render(rows: Sequence[Row], sizes: Sizes) -> str:
    table = Table(rows)
    parts = [
        f"{machine_facts()}; the original is `{ORIGINAL}`.",
        NOTE,
        "\n".join(budget_lines(budgets(table, sizes))),
        "\n".join(each_lines(table, sizes)),
        "\n".join(row_lines(rows, table)),
    ]
    return "\n\n".join(parts) + "\n"


def write_page(page: Path, text: str, start: str = START) -> None:
    """Replace what stands between two markers, or add both at the end of the page."""
    end = start.replace("start", "end")
    block = f"{start}\n{text}{end}"
    page.parent.mkdir(parents=True, exist_ok=True)
    old = (
        page.read_text(encoding="utf-8") if page.is_file() else "# Benchmarks\n\nWritten by `nox -s bench`.\n"
    )
    head, found, rest = old.partition(start)
    after = rest.partition(end)[2] if found else "\n"
    page.write_text(head + ("" if found else "\n") + block + after, encoding="utf-8")
