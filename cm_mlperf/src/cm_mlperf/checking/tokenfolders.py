"""Judges TEST06, TEST07 and TEST09 of a submission again from their logs.

The official checker believes the text that says a test was passed; it can be of another run, or of other
limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from cm_core import CMError
from cm_mlperf.checking.accuracytext import read_metric
from cm_mlperf.checking.finding import Finding, Severity
from cm_mlperf.checking.performance import Expected
from cm_mlperf.loadgen.compliance import Part
from cm_mlperf.loadgen.log import ACCURACY
from cm_mlperf.loadgen.rounds import TokenLimits
from cm_mlperf.loadgen.tokentests import (
    TokenAnswer,
    judge_figure,
    judge_form,
    judge_length,
    limits_of,
    read_mean_tokens,
    read_token_answers,
)
from cm_mlperf.submission.truncation import is_truncated

# Accuracy logs of these are shortened in a submission, so the figures in their texts have to do.
_SHORTENED = ("TEST07", "TEST09")
_ALL = "the answers of the test, all of them"


def check_tokens(tree: Path, folder: PurePosixPath, expected: Expected) -> Iterator[Finding]:
    """All problems of the answers in the folder of a test, whose name is that of the test."""
    test, limits = folder.name, limits_of(expected.benchmark, folder.name)
    if test != "TEST06" and limits is None:
        return
    log = folder / "accuracy" / ACCURACY
    if not (tree / log).is_file() and (tree / folder / ACCURACY).is_file():
        log = folder / ACCURACY
    answers: Sequence[TokenAnswer] = ()
    if is_truncated(tree / log):
        if test not in _SHORTENED:
            yield _finding(log, "shortened", _ALL, severity="warning")
    else:
        try:
            answers = read_token_answers(tree / log)
        except CMError as error:
            yield _finding(log, error.message, _ALL, severity="warning")
        else:
            yield from _count(log, answers, limits)
    if test == "TEST06":
        yield from _form(log, answers, expected)
    elif limits is not None:
        yield from _figures(tree, folder, answers, limits)


def _count(
    log: PurePosixPath, answers: Sequence[TokenAnswer], limits: TokenLimits | None
) -> Iterator[Finding]:
    wanted = limits.samples if limits else 1
    found = len({one.sample for one in answers})
    if found < wanted:
        yield _finding(log, f"answers of {found} samples", f"of {wanted}", severity="warning")


def _form(log: PurePosixPath, answers: Sequence[TokenAnswer], expected: Expected) -> Iterator[Finding]:
    name = expected.benchmark.name if expected.benchmark else ""
    part = judge_form(answers, name, expected.scenario)
    if not part.ok:
        yield _finding(log, "; ".join(part.lines), "answers that pass the test")


def _figures(
    tree: Path, folder: PurePosixPath, answers: Sequence[TokenAnswer], limits: TokenLimits
) -> Iterator[Finding]:
    """TEST07 and TEST09: the figure in the text, and the one of the log where it is whole."""
    name, what = {
        "TEST07": ("verify_accuracy.txt", "exact_match"),
        "TEST09": ("verify_output_len.txt", "mean tokens"),
    }[folder.name]
    parts: list[tuple[PurePosixPath, Part]] = []
    try:
        text = (tree / folder / name).read_text(encoding="utf-8", errors="replace")
    except OSError:  # which is told where verdicts are read
        return
    value = read_mean_tokens(text) if folder.name == "TEST09" else read_metric(text, what)
    if value is None:
        yield _finding(folder / name, "missing", _allowed(limits), key=what, severity="warning")
    else:
        parts.append((folder / name, judge_figure(what, value, limits)))
    if answers and folder.name == "TEST09":
        parts.append((folder / "accuracy" / ACCURACY, judge_length(answers, limits)))
    for file, part in parts:
        if not part.ok:
            yield _finding(file, "; ".join(part.lines), _allowed(limits), key=what)


def _allowed(limits: TokenLimits) -> str:
    return f"at least {limits.lower:g}" + (f" and at most {limits.upper:g}" if limits.upper else "")


def _finding(
    file: PurePosixPath, found: str, expected: str, *, key: str = "", severity: Severity = "error"
) -> Finding:
    return Finding(
        check="compliance",
        file=str(file),
        key=key,
        found=found,
        expected=expected,
        fix="measure the test again, and judge these logs",
        severity=severity,
        beyond=True,
    )
