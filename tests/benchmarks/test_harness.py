"""The harness itself: what it measures is what happened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from against import compare_sides, compared, joined, render_comparison
from contenders import Contender, ours
from experiments import COMMANDS, measure_experiments
from generate import write_automation, write_filler, write_home, write_lists, write_repository
from measure import Effort, Failure, Sample, Summary, alternate, run_measured, summarise
from report import MISSING, Table, render, write_page
from revision import RevisionError, check_out, own_files, parts_of
from work import QUICK, Row, Sizes

from cm_core import Session

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.wait4 is not there")


def measure(tmp_path: Path, program: str, timeout: float = 60) -> Sample:
    command = [sys.executable, "-c", program]
    return run_measured(command, env=os.environ, cwd=tmp_path, log=tmp_path / "log", timeout=timeout)


def sample(cpu: float, wall: float = 1.0) -> Sample:
    return Sample(wall=wall, cpu=cpu, peak=1, status=0, output="")


def test_status_output_and_memory_are_those_of_the_command(tmp_path: Path):
    small = measure(tmp_path, "print('hello')")
    large = measure(tmp_path, "data = b'x' * 100_000_000; raise SystemExit(3)")
    assert (small.status, small.output) == (0, "hello\n")
    assert large.status == 3
    assert large.peak - small.peak > 90e6


def test_time_of_children_counts(tmp_path: Path):
    burn = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    assert measure(tmp_path, child).cpu >= 0.5


def test_command_past_its_time_is_killed(tmp_path: Path):
    assert measure(tmp_path, "import time; time.sleep(60)", timeout=1).status < 0


def test_contenders_take_turns_and_drop_out_when_they_fail():
    order: list[str] = []

    def take(name: str, result: Sample | Failure) -> Sample | Failure:
        order.append(name)
        return result

    takes = {"a": lambda: take("a", sample(1.0)), "b": lambda: take("b", Failure(reason="broken"))}
    found = alternate(takes, Effort(samples=2, seconds=100))
    assert order == ["a", "b", "a", "a"]
    assert isinstance(found["a"], Summary)
    assert found["b"] == Failure(reason="broken")


def test_slow_contender_is_measured_once():
    calls = []
    found = alternate({"a": lambda: calls.append(1) or sample(9.0, wall=50.0)}, Effort(samples=5, seconds=10))
    assert len(calls) == 1
    assert found["a"].cpu == 9.0


def test_generated_repository_is_what_a_session_reads(tmp_path: Path):
    repositories = [
        write_repository(tmp_path / name, f"bench-{name}") for name in ("filler", "lists", "kinds")
    ]
    write_filler(repositories[0], 5)
    write_lists(repositories[1], (1, 3))
    write_automation(repositories[2], None)
    home = write_home(tmp_path / "home", repositories, cache_entries=2)
    session = Session(env={"CM_REPOS": str(home)}, cwd=tmp_path)
    try:
        assert [found.alias for found in session.find("script", tags="filler,number-3")] == ["filler-00003"]
        assert len(session.find("script", tags="bench,list-plain-3")) == 1
        assert len(session.find("cache")) == 2
    finally:
        session.close()


def row(key: str, ours: float, original: float | None) -> Row:
    def summary(cpu: float) -> Summary:
        return Summary(wall=cpu, cpu=cpu, least=cpu, spread=0.0, peak=1_000_000)

    other = Failure(reason="fails (1)") if original is None else summary(original)
    return Row(key=key, title=key, outcomes={"ours": summary(ours), "original": other})


def test_cost_of_one_dependency_comes_from_the_longest_list_that_succeeded():
    table = Table([row("chain-1", 0.1, 0.1), row("chain-10", 0.118, 0.46), row("chain-50", 0.198, None)])
    assert table.each("chain", (1, 10, 50)) == pytest.approx(2.0)
    assert table.each("chain", (1, 10, 50), "original") == pytest.approx(40.0)


def test_cost_of_one_hit_reaches_the_budgets():
    text = render([row("none-500", 0.1, None), row("batch-hit-500", 0.13, None)], QUICK)
    assert "| cache hit, 500 entries | 2 ms | 3.00 | **missed** |" in text


def test_page_keeps_what_stands_around_the_numbers(tmp_path: Path):
    page = tmp_path / "docs" / "benchmarks.md"
    text = render([row("floor", 0.04, None), row("version", 0.06, 0.1)], QUICK)
    assert "| version | 60 ms (60 ms) | 100 ms (100 ms) | 0.60 | 1.50 | 1 | 1 |" in text
    assert f"| `cm --help` | 1.3 x floor | {MISSING} | {MISSING} |" in text
    write_page(page, text)
    page.write_text("before\n" + page.read_text(encoding="utf-8") + "after\n", encoding="utf-8")
    write_page(page, "new numbers\n")
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "new numbers" in written
    assert "60 ms" not in written


def test_recorded_experiments_are_read(tmp_path: Path):
    table = measure_experiments(ours(tmp_path), tmp_path, count=30, effort=Effort(samples=1, seconds=1))
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(COMMANDS)
    assert all(" s | " in line for line in rows[1:]), table
    assert "ms of CPU time" in table.splitlines()[-1]


def both(then: float | None, now: float | None, spread: float = 0.0) -> Row:
    outcomes = {
        name: Failure(reason="fails (1)")
        if cpu is None
        else Summary(wall=cpu, cpu=cpu, least=cpu, spread=spread, peak=1)
        for name, cpu in (("then", then), ("now", now))
    }
    return Row(key="row", title="work", outcomes=outcomes, section="part")


@pytest.mark.parametrize(
    ("then", "now", "spread", "verdict"),
    [
        (1.0, 1.04, 0.0, "same"),
        (1.0, 1.06, 0.0, "worse"),
        (1.0, 1.06, 0.07, "same"),
        (1.0, 1.08, 0.07, "worse"),
        (1.0, 0.94, 0.0, "better"),
        (None, 1.0, 0.0, "new"),
        (1.0, None, 0.0, "fails"),
        (None, None, 0.0, "fails"),
    ],
)
def test_a_row_is_worse_beyond_five_percent_and_its_spread(then, now, spread, verdict):
    assert compared(both(then, now, spread)).verdict == verdict


def measured(then: float | None, now: float | None) -> Row:
    outcomes = {
        name: Failure(reason="fails (1)") if cpu is None else summarise([sample(cpu)] * 3)
        for name, cpu in (("then", then), ("now", now))
    }
    return Row(key="row", title="work", outcomes=outcomes, section="part")


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((1.0, 1.3), (1.0, 1.2), "worse"),
        ((1.0, 1.10), (1.02, 1.06), "worse"),
        ((1.0, 1.08), (1.0, 1.0), "same"),
        ((1.0, None), (1.0, 1.0), "fails"),
        ((1.0, 1.3), (1.0, None), "fails"),
        ((1.0, 1.3), (None, 1.3), "worse"),
        ((None, None), (None, None), "fails"),
    ],
)
def test_both_measurements_of_a_doubted_row_count(first, second, verdict):
    assert compared(joined(measured(*first), measured(*second))).verdict == verdict


def test_table_of_two_revisions_names_what_is_worse():
    text = render_comparison([compared(both(0.1, 0.2)), compared(both(None, 0.2))], "abc")
    assert "| part/row | work | 100 ms | 200 ms | 2.00 | 0% | **worse** |" in text
    assert "| part/row | work | fails (1) | 200 ms | - | - | new |" in text
    assert text.endswith("2 rows, worse: part/row\n")


def test_chosen_rows_of_two_sides_are_measured(tmp_path: Path):
    programs = Path(sys.executable).parent
    sides = [Contender(name=name, programs=programs, homes=tmp_path / name) for name in ("then", "now")]
    found = compare_sides(
        tmp_path,
        sides,
        only=["start/version", "programs/*s*"],
        peer=None,
        sizes=Sizes(artifacts=(3, 3), lengths=(1,), entries=(0,)),
        effort=Effort(samples=2, seconds=60),
    )
    assert [one.name for one in found] == ["start/version", "programs/names", "programs/access"]
    assert all(one.ratio and one.verdict in {"same", "worse", "better"} for one in found)
    assert (tmp_path / "then" / "programs" / "index.sqlite").is_file()


def test_a_revision_is_written_into_a_folder_of_its_own(tmp_path: Path):
    check_out("HEAD", tmp_path / "tree")
    names = [part.name for part in parts_of(tmp_path / "tree")]
    assert {"cm_core", "cm_script", "repo"} <= set(names)
    with pytest.raises(RevisionError, match="git has no revision 'no-such'"):
        check_out("no-such", tmp_path / "other")


def test_our_own_distributions_are_not_third_party_packages():
    packages = Path(pytest.__file__).parents[1]
    own = own_files(packages)
    assert any(name.startswith("cm_plugin_repo-") for name in own)
    assert not [name for name in own if "cm_" not in name]
