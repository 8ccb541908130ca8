"""Checks a run before it is packed: whether its logs would do for a submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cm_core import CMError, replace
from cm_mlperf.checking.accuracy import check_accuracy
from cm_mlperf.checking.crosscheck import check_log
from cm_mlperf.checking.finding import CheckedResult, CheckReport, Finding, sorted_findings
from cm_mlperf.checking.performance import Expected, check_performance, result_value
from cm_mlperf.loadgen.compliance import judge
from cm_mlperf.loadgen.log import DETAIL, read_detail_log
from cm_mlperf.loadgen.rounds import Round
from cm_mlperf.record.layout import RunFolder, RunRecord, TestRecord


def check_run(folder: RunFolder, round_: Round) -> CheckReport:
    """Check the finished tests of a run.

    Raises:
        CMError: when the records of the run are missing or damaged.
    """
    record = folder.read()
    tests = list(folder.tests())
    scenarios = list(dict.fromkeys(test.scenario for test in tests))
    findings = list(_whole(record, round_, scenarios))
    results = []
    for scenario in scenarios:
        found, checked = _scenario(
            folder, record, round_, [test for test in tests if test.scenario == scenario]
        )
        findings += found
        results.append(checked)
    return CheckReport(checker="cm", findings=sorted_findings(findings), results=tuple(results))


def _whole(record: RunRecord, round_: Round, scenarios: list[str]) -> Iterator[Finding]:
    name = record.model.benchmark or ("" if record.model.own else record.model.name)
    benchmark = round_.find(name)
    if benchmark is None:
        yield Finding(
            check="mapping",
            file="run.json",
            key="model.benchmark",
            found=name or record.model.name,
            expected=f"a benchmark of {round_.name}: " + ", ".join(round_.benchmarks),
            fix="measure with --benchmark=NAME, or pack with it",
        )
    elif record.division != "open":
        for scenario in benchmark.required(record.category):
            if scenario not in scenarios:
                fix = "measure it, or infer it where that is allowed: cm pack mlperf … --infer"
                yield Finding(
                    check="scenarios", file=scenario, found="missing", expected="a required scenario", fix=fix
                )
    if not scenarios:
        fix = "measure something: cm run mlperf"
        yield Finding(check="files", file=".", found="no tests", expected="tests", fix=fix)


def _scenario(
    folder: RunFolder, record: RunRecord, round_: Round, tests: list[TestRecord]
) -> tuple[list[Finding], CheckedResult]:
    scenario = tests[0].scenario
    states = {test.mode: test.state for test in tests}
    expected = Expected(
        round=round_,
        benchmark=round_.find(record.model.benchmark or ("" if record.model.own else record.model.name)),
        division=record.division,
        category=record.category,
        scenario=scenario,
        file=f"{scenario}/performance/{DETAIL}",
        network=record.division == "network",
    )
    checked = CheckedResult(folder=scenario)
    findings = [
        Finding(
            check="files",
            file=f"{scenario}/{mode}",
            found=states.get(mode, "missing"),
            expected="a finished test",
            fix=f"measure with --scenario={scenario} --mode={mode}",
        )
        for mode in ("performance", "accuracy")
        if states.get(mode) != "finished"
    ]
    if states.get("performance") == "finished":
        found, checked = _performance(folder, expected)
        findings += found
    if states.get("accuracy") == "finished":
        place = replace(expected, file=f"{scenario}/accuracy")
        findings += check_accuracy(folder.test_folder(scenario, "accuracy"), place, packed=False)
    findings += _compliance(folder, expected, states)
    ok = all(finding.severity != "error" for finding in findings)
    return findings, replace(checked, ok=ok)


def _performance(folder: RunFolder, expected: Expected) -> tuple[list[Finding], CheckedResult]:
    try:
        log = read_detail_log(folder.test_folder(expected.scenario, "performance"))
        checked = CheckedResult(
            folder=expected.scenario, value=result_value(log, expected), unit=log.scenario.unit
        )
        return [*check_performance(log, expected), *check_log(log, expected)], checked
    except CMError as error:
        finding = Finding(
            check="files",
            file=expected.file,
            found=error.message,
            expected="a detail log",
            fix="measure again",
        )
        return [finding], CheckedResult(folder=expected.scenario)


def _compliance(folder: RunFolder, expected: Expected, states: Mapping[str, str]) -> Iterator[Finding]:
    scenario = expected.scenario
    asked = expected.benchmark.compliance if expected.benchmark and expected.closed else ()
    for test in ("TEST01", "TEST04"):
        if states.get(test) != "finished":
            if test in asked:
                fix = "measure with --compliance"
                yield Finding(
                    check="compliance",
                    file=f"{scenario}/{test}",
                    found="missing",
                    expected="its logs",
                    fix=fix,
                )
            continue
        place = folder.test_folder(scenario, test)
        try:
            verdict = judge(
                test,
                audited=place,
                performance=folder.test_folder(scenario, "performance"),
                accuracy=folder.test_folder(scenario, "accuracy"),
            )
        except CMError as error:
            verdict_text, ok = error.message, False
        else:
            parts = [verdict.performance, *([verdict.accuracy] if verdict.accuracy else [])]
            verdict_text = "; ".join(line for part in parts if not part.ok for line in part.lines[-2:])
            ok = verdict.ok
        if not ok:
            yield Finding(
                check="compliance",
                file=f"{scenario}/{test}",
                found=verdict_text,
                expected="TEST PASS",
                fix="measure both again on a quiet machine; answers must not depend on the mode",
                severity="error" if test in asked else "warning",
            )
