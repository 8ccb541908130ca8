"""Checks that the files of a result are there and say something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cm_mlperf.checking.crosscheck import check_retraining, check_user_conf
from cm_mlperf.checking.descriptions import check_measurements, read_json
from cm_mlperf.checking.finding import Finding
from cm_mlperf.loadgen.log import SUMMARY
from cm_mlperf.loadgen.rounds import CLOSED_DIVISIONS
from cm_mlperf.submission.layout import Layout, Result


def check_files(tree: Path, layout: Layout, result: Result) -> Iterator[Finding]:
    """What is missing or empty of the files that each result has."""
    described = _description(tree, layout, result)
    content, findings = read_json(tree / described, str(described))
    yield from findings
    if content is not None:
        yield from check_measurements(content, str(described))
        yield from check_retraining(content, str(described), closed=result.division in CLOSED_DIVISIONS)
    settings = layout.measurements_folder(result) / "user.conf"
    yield from check_user_conf(tree / settings, str(settings), result.division)
    folder = layout.result(result)
    for place in (
        settings,
        layout.measurements_folder(result) / "README.md",
        folder / "performance" / "run_1" / SUMMARY,
        folder / "accuracy" / SUMMARY,
    ):
        file = tree / place
        if not file.is_file():
            yield _finding(place, "missing", "a file", "pack the run again")
        elif file.stat().st_size == 0:
            yield _finding(place, "empty", "a text", "fill it in")


def _description(tree: Path, layout: Layout, result: Result) -> PurePosixPath:
    """The file that describes how a result was got.

    Where its name has the system in it, anything may stand between that and the scenario, and the scenario
    may be missing.
    """
    place = layout.measurements_path(result)
    if (tree / place).is_file() or not place.name.startswith(result.system):
        return place
    there = sorted(
        file.name
        for file in (tree / place.parent).glob("*.json")
        if file.name.startswith(result.system) and file.is_file()
    )
    of_scenario = [name for name in there if name.endswith(f"_{result.scenario}.json")]
    return next((place.with_name(name) for name in (*of_scenario, *there)), place)


def _finding(place: PurePosixPath, found: str, expected: str, fix: str) -> Finding:
    return Finding(check="files", file=str(place), found=found, expected=expected, fix=fix)
