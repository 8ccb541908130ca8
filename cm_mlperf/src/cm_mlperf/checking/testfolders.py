"""Checks the folders of compliance tests in a submission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cm_core import CMError, replace
from cm_mlperf.checking.accuracytext import read_metric
from cm_mlperf.checking.crosscheck import check_log
from cm_mlperf.checking.finding import Finding
from cm_mlperf.checking.performance import Expected, check_performance
from cm_mlperf.checking.tokenfolders import check_tokens
from cm_mlperf.loadgen.compliance import PASS, compare_performance
from cm_mlperf.loadgen.log import DETAIL, SUMMARY, LoadGenLog, read_detail_log

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
# Accuracy of the samples that TEST01 logged: in the accuracy run, and while the clock ran.
_ACCURACIES = ("baseline_accuracy.txt", "compliance_accuracy.txt")
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
        verdicts = list(_verdict(tree, folder / name, test))
        failed = bool(verdicts) and (tree / folder / name).is_file()
        if test == "TEST01" and name == "verify_accuracy.txt" and failed:
            verdicts = list(_same_accuracy(tree, folder, expected))
        yield from verdicts
    if test not in ("TEST01", "TEST04"):
        yield from check_tokens(tree, folder, expected)
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
        audited = replace(expected, file=str(run / DETAIL), audit=True)
        yield from check_performance(log, audited)
        yield from check_log(log, audited)
        yield from _recomputed(tree, folder, log, expected)
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


def _recomputed(tree: Path, folder: PurePosixPath, log: LoadGenLog, expected: Expected) -> Iterator[Finding]:
    """The verdict on the speed, from the logs: a text that says it was passed can be of another run."""
    try:
        reference = read_detail_log(tree / expected.file)
    except CMError:  # which is told where it is missing
        return
    part = compare_performance(reference, log, slower_is_fine=folder.name == "TEST04")
    if not part.ok:
        yield Finding(
            check="compliance",
            file=str(folder / "performance"),
            key="speed",
            found="; ".join(part.lines[2:]),
            expected="logs that pass the test",
            fix="measure both again on a quiet machine, and judge these logs",
            beyond=True,
        )


def _same_accuracy(tree: Path, folder: PurePosixPath, expected: Expected) -> Iterator[Finding]:
    """Where answers differ, as those of a model that is not deterministic do, they have to be as good."""
    texts = []
    for name in _ACCURACIES:
        file = folder / "accuracy" / name
        try:
            texts.append((tree / file).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            fix = "answers differ: add the accuracy of these samples in both runs, or measure both again"
            yield Finding(
                check="compliance", file=str(file), found="missing", expected="an accuracy", fix=fix
            )
    if len(texts) != len(_ACCURACIES) or expected.benchmark is None:
        return
    for target in expected.benchmark.targets(expected.scenario):
        baseline, compliance = (read_metric(text, target.metric) for text in texts)
        allowed = expected.benchmark.compliance_delta(target.metric)
        if baseline and compliance and abs(1 - baseline / compliance) * 100 <= allowed:
            continue
        yield Finding(
            check="compliance",
            file=str(folder / "accuracy" / "compliance_accuracy.txt"),
            key=target.metric,
            found=f"{_shown(compliance)}, {_shown(baseline)} in the accuracy run",
            expected=f"a difference of at most {allowed:g} %, where answers are not the same",
            fix="measure both again; answers must be as good while the clock runs",
        )


def _shown(value: float | None) -> str:
    return "missing" if value is None else f"{value:g}"
