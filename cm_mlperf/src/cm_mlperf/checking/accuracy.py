"""Checks an accuracy run: its detail log, its answers and ``accuracy.txt``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cm_core import CMError
from cm_core.base import file_digest
from cm_mlperf.checking.accuracytext import EXAMPLES, read_hash, read_metric, read_total
from cm_mlperf.checking.finding import Finding
from cm_mlperf.checking.performance import Expected
from cm_mlperf.loadgen.log import ACCURACY, DETAIL, read_answers, read_detail_log
from cm_mlperf.loadgen.rounds import AccuracyTarget, Benchmark
from cm_mlperf.submission.truncation import LARGEST, VIEWABLE

ACCURACY_TEXT = "accuracy.txt"


def check_accuracy(folder: Path, expected: Expected, *, packed: bool) -> list[Finding]:
    """All problems of an accuracy run.

    Args:
        folder: that holds the logs.
        expected: ``file`` is the name of the folder in findings.
        packed: whether it is part of a submission, where answers are truncated and hashed.
    """
    findings = [*_log(folder, expected), *_text(folder, expected, packed=packed)]
    if packed:
        findings += [*_packed_answers(folder, expected), *_outputs(folder, expected)]
    else:
        findings += _answers(folder, expected)
    return findings


def _log(folder: Path, expected: Expected) -> Iterator[Finding]:
    name = f"{expected.file}/{DETAIL}"
    try:
        log = read_detail_log(folder)
    except CMError as error:
        yield Finding(
            check="files",
            file=name,
            found=error.message,
            expected="a detail log",
            fix="run the accuracy mode",
        )
        return
    if log.mode != "AccuracyOnly":
        yield Finding(
            check="mode",
            file=name,
            key="effective_test_mode",
            found=log.mode,
            expected="AccuracyOnly",
            fix="put the log of an accuracy run here",
        )
    for error_text in log.errors:
        key, _, text = error_text.partition(": ")
        fix = "remove the cause and measure again"
        yield Finding(check="loadgen-errors", file=name, key=key, found=text, expected="no errors", fix=fix)
    if expected.benchmark is None:
        return
    key = "effective_accuracy_sample_count"
    key = key if key in log.values else "qsl_reported_total_count"
    needed = expected.benchmark.accuracy_sample_count(expected.scenario)
    if log.values.get(key) != needed:
        yield Finding(
            check="accuracy-samples",
            file=name,
            key=key,
            found=str(log.values.get(key)),
            expected=str(needed),
            fix=f"use a data set of {needed} samples, or map the model to a benchmark of that size",
        )


def _text(folder: Path, expected: Expected, *, packed: bool) -> Iterator[Finding]:
    name = f"{expected.file}/{ACCURACY_TEXT}"
    try:
        text = (folder / ACCURACY_TEXT).read_text(encoding="utf-8", errors="replace")
    except OSError:
        fix = "run the accuracy script; without it the accuracy is unknown"
        yield Finding(check="files", file=name, found="missing", expected="a file", fix=fix)
        return
    if packed and not read_hash(text):
        yield Finding(
            check="hash",
            file=name,
            key="hash",
            found="missing",
            expected="hash=<SHA-256 of the complete accuracy log>",
            fix="pack again with cm pack mlperf, which truncates and hashes",
            beyond=not expected.closed,
        )
    if expected.benchmark is None:
        return
    for target in expected.benchmark.targets(expected.scenario):
        yield from _target(text, name, target, closed=expected.closed)
    yield from _duplicates(text, name, expected, expected.benchmark)


def _target(text: str, name: str, target: AccuracyTarget, *, closed: bool) -> Iterator[Finding]:
    value = read_metric(text, target.metric)
    if value is None:
        yield Finding(
            check="accuracy-format",
            file=name,
            key=target.metric,
            found=text.strip().partition("\n")[0][:120],
            expected=EXAMPLES.get(target.metric, f"a line with {target.metric}"),
            fix="print the accuracy as the benchmark's own script does",
            beyond=not closed,
        )
    elif value < target.target or (target.upper is not None and value > target.upper):
        bounds = f"at least {target.target:g}" + (
            "" if target.upper is None else f", at most {target.upper:g}"
        )
        yield Finding(
            check="accuracy-target",
            file=name,
            key=target.metric,
            found=f"{value:g}",
            expected=bounds,
            fix="use a model that is good enough, or submit to the open division",
            severity="error" if closed else "warning",
        )


def _duplicates(text: str, name: str, expected: Expected, benchmark: Benchmark) -> Iterator[Finding]:
    total, needed = read_total(text), benchmark.accuracy_sample_count(expected.scenario)
    if total is not None and total > needed:
        yield Finding(
            check="duplicates",
            file=name,
            key="total",
            found=str(total),
            expected=str(needed),
            fix="count each sample once: MultiStream pads its last query with samples issued before",
        )


def _answers(folder: Path, expected: Expected) -> Iterator[Finding]:
    """Complete answers, as a run leaves them."""
    name = f"{expected.file}/{ACCURACY}"
    text_file = folder / ACCURACY_TEXT
    text = text_file.read_text(encoding="utf-8", errors="replace") if text_file.is_file() else ""
    try:
        found = len(read_answers(folder))
    except CMError as error:
        fix = "run the accuracy mode again"
        yield Finding(check="files", file=name, found=error.message, expected="answers", fix=fix)
        return
    needed = expected.benchmark.accuracy_sample_count(expected.scenario) if expected.benchmark else found
    if found != needed:
        yield Finding(
            check="accuracy-samples",
            file=name,
            key="qsl_idx",
            found=f"{found} different samples",
            expected=str(needed),
            fix="run the accuracy mode over the whole data set",
        )
    total = read_total(text)
    if total is not None and total > found:
        yield Finding(
            check="duplicates",
            file=f"{expected.file}/{ACCURACY_TEXT}",
            key="total",
            found=str(total),
            expected=str(found),
            fix="count each sample once: MultiStream pads its last query with samples issued before",
        )


def _packed_answers(folder: Path, expected: Expected) -> Iterator[Finding]:
    """Truncated answers, as a submission has them."""
    name, file = f"{expected.file}/{ACCURACY}", folder / ACCURACY
    if not file.is_file():
        yield Finding(
            check="files", file=name, found="missing", expected="truncated answers", fix="pack the run again"
        )
        return
    size = file.stat().st_size
    if size > LARGEST:
        yield Finding(
            check="truncation",
            file=name,
            found=f"{size} bytes",
            expected=f"at most {LARGEST} bytes",
            fix="pack again with cm pack mlperf, which truncates and hashes",
        )
    text_file = folder / ACCURACY_TEXT
    text = text_file.read_text(encoding="utf-8", errors="replace") if text_file.is_file() else ""
    stated = read_hash(text)
    if size < VIEWABLE and stated and stated != file_digest(file):
        yield Finding(
            check="hash",
            file=f"{expected.file}/{ACCURACY_TEXT}",
            key="hash",
            found=stated,
            expected=f"the SHA-256 of {ACCURACY}, which is not truncated",
            fix="pack the run again; one of the two files was changed",
            beyond=True,
        )


def _outputs(folder: Path, expected: Expected) -> Iterator[Finding]:
    """Images and the like that reviewers look at."""
    wanted = expected.benchmark.accuracy_files if expected.benchmark else {}
    for kind, names in wanted.items():
        place = folder / kind
        there = {path.name.partition(".")[0] for path in place.iterdir()} if place.is_dir() else set()
        if missing := [name for name in names if name not in there]:
            yield Finding(
                check="outputs",
                file=f"{expected.file}/{kind}",
                found="missing: " + ", ".join(missing) if there else "missing",
                expected="the outputs for the samples " + ", ".join(names),
                fix="add them, each named after its sample",
            )
