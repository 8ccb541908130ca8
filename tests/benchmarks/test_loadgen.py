"""The comparison with loops around LoadGen: both do the same work, and the table says what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from loadgen import LOOPS, OURS, Run, case_lines, cases, probed, take
from report import START, write_page

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.wait4 is not there")
CASES = cases(share=0.01)
OFFLINE, STREAM = CASES[0], CASES[-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_loops_answer_the_queries_that_ours_answers(case, tmp_path: Path):
    probe = probed(tmp_path / "probe")
    runs = {loop: take(case, loop, tmp_path / "run", probe) for loop in case.loops}
    assert all(run.value > 0 and run.cpu > 0.1 and run.peak > 20e6 for run in runs.values())
    if case.scenario == "SingleStream":  # as many as the time allows
        assert all(run.queries > 100 for run in runs.values())
    else:
        assert len({run.queries for run in runs.values()}) == 1


def test_advantage_is_more_than_one_where_ours_is_better():
    def run(value: float) -> Run:
        return Run(value=value, queries=1_000_000, cpu=2.0, peak=5e6)

    rates = {OURS: [run(2000), run(3000)], "bare": [run(1000), run(1000)]}
    lines = list(case_lines(OFFLINE, {loop: rates.get(loop, rates["bare"]) for loop in OFFLINE.loops}))
    assert lines[0] == f"| Offline, samples/s | {LOOPS[OURS]} | 2,500 (2,000 to 3,000) |  | 2.00 | 5 |"
    assert lines[1] == f"|  | {LOOPS['bare']} | 1,000 (1,000 to 1,000) | 2.50 | 2.00 | 5 |"
    times = {OURS: [run(2.0)], "bare": [run(1.0)], "model": [run(4.0)]}
    assert [line.split(" | ")[3] for line in case_lines(STREAM, times)] == ["", "0.50", "2.00"]


def test_page_keeps_two_tables_apart(tmp_path: Path):
    page = tmp_path / "benchmarks.md"
    other = START.replace("bench", "bench-loadgen")
    write_page(page, "first\n")
    write_page(page, "second\n", other)
    write_page(page, "third\n")
    text = page.read_text(encoding="utf-8")
    assert "first" not in text
    assert text.index("third") < text.index(other) < text.index("second")
    assert text.count("bench-loadgen:end") == 1
