"""Judges the compliance tests TEST01 and TEST04 from their logs.

TEST01 logs some answers while the clock runs: they have to be those of the accuracy run, and logging them
must not change the performance. TEST04 asks the same sample again and again: a system that remembers answers
gets faster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cm_core import CMError, NotFoundError
from cm_mlperf.loadgen.log import ACCURACY, LoadGenLog, read_all_answers, read_answers, read_detail_log

PASS = "TEST PASS"  # noqa: S105 - what the official checker looks for
FAIL = "TEST FAIL"
TOLERANCE = 0.10
# Scenario -> latency in nanoseconds up to which noise is allowed to be twice as large.
_SHORT_NS = {"SingleStream": 200_000, "MultiStream": 1_600_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One half of a verdict: what was compared, line by line, and whether it is in order."""

    ok: bool
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The file of the official layout; the official checker looks for its last line."""
        return "\n".join((*self.lines, PASS if self.ok else FAIL)) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of a compliance test.

    Attributes:
        accuracy: ``None`` for tests that do not compare answers.
    """

    test: str
    performance: Part
    accuracy: Part | None = None

    @property
    def ok(self) -> bool:
        return self.performance.ok and (self.accuracy is None or self.accuracy.ok)

    def files(self) -> dict[str, str]:
        """Name in the folder of the test -> text."""
        files = {"verify_performance.txt": self.performance.text}
        if self.accuracy is not None:
            files["verify_accuracy.txt"] = self.accuracy.text
        return files


def judge(test: str, *, audited: Path, performance: Path, accuracy: Path) -> Verdict:
    """Judge a compliance test.

    Args:
        test: ``TEST01`` or ``TEST04``.
        audited: folder with the logs of the run with ``audit.config``.
        performance: folder with the logs of the performance run.
        accuracy: folder with the logs of the accuracy run.

    Raises:
        CMError: when logs are missing or damaged.
        NotFoundError: for other tests.
    """
    if test not in ("TEST01", "TEST04"):
        raise NotFoundError(f"compliance test '{test}' cannot be judged here", hint="TEST01 and TEST04 can")
    reference, log = read_detail_log(performance), read_detail_log(audited)
    return Verdict(
        test=test,
        performance=compare_performance(reference, log, slower_is_fine=test == "TEST04"),
        accuracy=compare_answers(accuracy, audited) if test == "TEST01" else None,
    )


def compare_performance(reference: LoadGenLog, log: LoadGenLog, *, slower_is_fine: bool) -> Part:
    """Compare the results of two performance runs, as they are; as speeds where slower is fine.

    This is how the official scripts do it; 10 % of a latency are not 10 % of its inverse.
    """
    lines = [f"{name} run: {_describe_log(one)}" for name, one in (("reference", reference), ("test", log))]
    problems = list(_incomparable(reference, log))
    if problems:
        return Part(ok=False, lines=(*lines, *problems))
    tolerance = TOLERANCE
    if reference.values[reference.scenario.result_key] <= _SHORT_NS.get(reference.scenario.name, -1):
        tolerance *= 2
    what, measure = ("speed", _speed) if slower_is_fine else ("result", _result)
    ratio = measure(log) / measure(reference)
    lines.append(f"{what} of the test run: {ratio:.4f} times that of the reference run")
    lines.append(f"allowed: {'any' if slower_is_fine else f'{1 - tolerance:g}'} to {1 + tolerance:g}")
    return Part(ok=(slower_is_fine or ratio >= 1 - tolerance) and ratio <= 1 + tolerance, lines=tuple(lines))


def compare_answers(accuracy: Path, audited: Path) -> Part:
    """Compare the answers that were logged in performance mode with those of the accuracy run.

    Raises:
        CMError: when one of the logs is missing or damaged.
    """
    expected = read_answers(accuracy)
    logged = read_all_answers(audited / ACCURACY)
    missing = sum(index not in expected for index, _ in logged)
    wrong = sum(index in expected and expected[index] != answer for index, answer in logged)
    lines = (
        f"samples of the accuracy run: {len(expected)}",
        f"answers of the test run: {len(logged)}",
        f"of samples that the accuracy run does not have: {missing}",
        f"that differ: {wrong}",
    )
    return Part(ok=wrong == 0 and len(logged) > missing, lines=lines)


def _describe_log(log: LoadGenLog) -> str:
    result = "no result" if log.result is None else f"{log.result:g} {log.scenario.unit}"
    return f"{log.scenario.name}, {log.values.get('result_validity')}, {result}"


def _incomparable(reference: LoadGenLog, log: LoadGenLog) -> Iterable[str]:
    for name, one in (("reference", reference), ("test", log)):
        if one.values.get("result_validity") != "VALID":
            yield f"the {name} run is not valid: {one.why_invalid}"
        elif not one.result:
            yield f"the {name} run has no result"
    if reference.scenario != log.scenario:
        yield "the scenarios differ"
    key = "effective_target_latency_ns"
    if log.scenario.name == "Server" and reference.values.get(key) != log.values.get(key):
        yield "the target latencies differ"


def _result(log: LoadGenLog) -> float:
    if log.result is None:  # _incomparable has said so
        raise CMError(f"{log.path} has no result")
    return log.result


def _speed(log: LoadGenLog) -> float:
    return 1 / _result(log) if log.scenario.lower_is_better else _result(log)
