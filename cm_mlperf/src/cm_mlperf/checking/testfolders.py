"""Checks the folders of compliance tests in a submission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cm_core import CMError, replace
from cm_mlperf.checking.finding import Finding
from cm_mlperf.checking.performance import Expected, check_performance
from cm_mlperf.loadgen.compliance import PASS
from cm_mlperf.loadgen.log import DETAIL, SUMMARY, read_detail_log

# Test -> the files that say whether it was passed.
VERDICTS = {
    "TEST01": ("verify_performance.txt", "verify_accuracy.txt"),
    "TEST04": ("verify_performance.txt",),
    "TEST06": ("verify_accuracy.txt",),
    "TEST07": ("verify_accuracy.txt",),
    "TEST08": ("verify_accuracy.txt",),
    "TEST09": ("verify_output_len.txt",),
}
_LINES_OF_TEST06 = ("EOS check pass: True", "Sample length check pass: True")
_FIRST_TOKEN = ("First token check pass: True", "First token check pass: Skipped")


def check_test(tree: Path, folder: PurePosixPath, expected: Expected) -> Iterator[Finding]:
    """All problems of the folder of a compliance test, whose name is that of the test."""
    test = folder.name
    if not (tree / folder).is_dir():
        yield Finding(
            check="compliance",
            file=str(folder),
            found="missing",
            expected=f"the logs and verdict of {test}",
            fix=f"measure with --compliance, and pack again: closed results need {test}",
        )
        return
    for name in VERDICTS[test]:
        yield from _verdict(tree, folder / name, test)
    if test not in ("TEST01", "TEST04"):
        return
    run = folder / "performance" / "run_1"
    if not (tree / run / SUMMARY).is_file():
        yield Finding(
            check="files",
            file=str(run / SUMMARY),
            found="missing",
            expected="a file",
            fix="pack the run again",
        )
    try:
        log = read_detail_log(tree / run)
        yield from check_performance(log, replace(expected, file=str(run / DETAIL), audit=True))
    except CMError as error:
        yield Finding(
            check="files",
            file=str(run / DETAIL),
            found=error.message,
            expected="a detail log",
            fix=f"measure {test} again",
        )


def _verdict(tree: Path, file: PurePosixPath, test: str) -> Iterator[Finding]:
    try:
        text = (tree / file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        fix = f"measure with --compliance, and pack again: closed results need {test}"
        yield Finding(check="compliance", file=str(file), found="missing", expected=PASS, fix=fix)
        return
    lines = {line.strip() for line in text.splitlines()}
    passed = PASS in lines
    if test == "TEST06":
        passed = lines.issuperset(_LINES_OF_TEST06) and not lines.isdisjoint(_FIRST_TOKEN)
    if not passed:
        found = next((line for line in reversed(text.splitlines()) if line.strip()), "an empty file")
        yield Finding(
            check="compliance",
            file=str(file),
            found=found,
            expected=PASS,
            fix="see what differs in the lines above, and measure both runs again on a quiet machine",
        )
