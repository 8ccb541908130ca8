"""A published round of MLPerf inference results; every difference from the official checker is reviewed."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from cm_conformance.report import table
from cm_conformance.results import (
    known,
    known_lines,
    official_verdicts,
    published,
    same_unit,
    same_value,
    write_page,
)

from cm_mlperf.checking.finding import CheckOptions, CheckReport
from cm_mlperf.checking.place import find_place, round_in
from cm_mlperf.checking.shares import check_tree
from cm_mlperf.loadgen.rounds import Round


@pytest.fixture(scope="module")
def tree(request: pytest.FixtureRequest) -> Path:
    path = request.config.getoption("--mlperf-results")
    if path is None:
        pytest.skip("needs a repository of published results: --mlperf-results PATH")
    return path.resolve()


@pytest.fixture(scope="module")
def round_(tree: Path) -> Round:
    found = round_in(find_place(tree))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def measured(tree: Path, round_: Round) -> tuple[CheckReport, float]:
    start = time.monotonic()
    return check_tree(tree, round_, CheckOptions()), time.monotonic() - start


def test_values_and_units_are_those_of_the_published_table(tree: Path, measured: tuple[CheckReport, float]):
    rows = published(tree)
    results = {one.folder: one for one in measured[0].results}
    assert set(rows) <= set(results)
    reviewed = {(one["model"], one["table"], one["ours"]) for one in known()["units"]}
    units = {
        (row["Model"], row["Performance_Units"], results[folder].unit)
        for folder, row in rows.items()
        if not same_unit(results[folder], row)
    }
    assert units == reviewed
    assert [
        folder
        for folder, row in rows.items()
        if results[folder].value is not None and not same_value(results[folder], row)
    ] == []


def test_verdicts_are_those_of_the_official_checker(
    request: pytest.FixtureRequest, tree: Path, round_: Round, measured: tuple[CheckReport, float]
):
    sources = request.config.getoption("--mlperf-checker")
    if sources is None:
        pytest.skip("needs a checkout of mlcommons/inference: --mlperf-checker PATH")
    ours, seconds = measured
    official = official_verdicts(tree, round_, sources.resolve(), ours)
    mine = {one.folder: one.ok for one in ours.results}
    counts = Counter((good, mine[folder]) for folder, good in official.accepted.items())
    differing = {folder for folder, good in official.accepted.items() if good != mine[folder]}
    assert differing == {name for entry in known()["verdicts"] for name in entry["results"]}
    alike = {one.folder: one.ok for one in check_tree(tree, round_, CheckOptions(like_official=True)).results}
    assert {folder: alike[folder] for folder in official.accepted} == official.accepted
    rows = published(tree)
    results = {one.folder: one for one in ours.results}
    values = [same_value(results[folder], row) for folder, row in rows.items()]
    without = sum(results[folder].value is None for folder in rows)
    measured_text = (
        f"{len(ours.results)} results were checked in {seconds:.0f} s. Of the {len(rows)} values of the published"
        f" table, {sum(values)} are equal, {without} have no log in the checkout, and"
        f" {len(rows) - sum(values) - without} differ."
    )
    left_out = "Left out, as the official checker ends at a file that the checkout lacks: "
    counted = [
        (f"official checker: {word}", counts[good, True], counts[good, False])
        for good, word in ((True, "accepted"), (False, "refused"))
    ]
    write_page(
        [
            *table((f"Round {round_.name}", "accepted here", "refused here"), counted),
            "",
            measured_text,
            "",
            left_out + ", ".join(sorted(official.stopped)) + ".",
            "",
            *known_lines(),
        ]
    )
