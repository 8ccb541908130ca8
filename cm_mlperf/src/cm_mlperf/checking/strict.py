"""Our validator of submission trees; what it accepts, the official checker accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from cm_core import CMError, NotFoundError
from cm_mlperf.checking.accuracy import check_accuracy
from cm_mlperf.checking.accuracytext import read_metric
from cm_mlperf.checking.crosscheck import check_log
from cm_mlperf.checking.descriptions import check_system, read_json
from cm_mlperf.checking.finding import (
    CheckedResult,
    CheckOptions,
    CheckReport,
    Finding,
    is_official,
    sorted_findings,
)
from cm_mlperf.checking.performance import Expected, check_performance, result_value
from cm_mlperf.checking.power import add_power, check_power
from cm_mlperf.checking.resultfiles import check_files
from cm_mlperf.checking.testfolders import check_test
from cm_mlperf.checking.uploads import check_uploads
from cm_mlperf.loadgen.log import DETAIL, read_detail_log
from cm_mlperf.loadgen.rounds import Benchmark, Round
from cm_mlperf.submission.layout import DIVISIONS, MODEL_MAPPING, Layout, Result, folders, layout_of

NAME = "cm"
SCENARIO_NAMES = ("Offline", "Server", "SingleStream", "MultiStream", "Interactive")
_SCENARIOS = {name.lower(): name for name in SCENARIO_NAMES}
UNITS = {"SingleStream": "ms", "MultiStream": "ms", "Offline": "samples/s"}
ENDPOINTS = ("config.yaml", "config.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    """What belongs to one submitter in one division."""

    tree: Path
    round: Round
    layout: Layout
    division: str
    submitter: str
    mapping: Mapping[str, str]
    options: CheckOptions

    @property
    def folder(self) -> Path:
        return self.tree / self.division / self.submitter

    def result(self, system: str, benchmark: str = "", scenario: str = "") -> Result:
        """Names of a result of it."""
        return Result(
            division=self.division,
            submitter=self.submitter,
            system=system,
            benchmark=benchmark,
            scenario=scenario,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """A system of a submission."""

    submission: _Submission
    name: str
    description: Mapping[str, Any]

    @property
    def category(self) -> str:
        return str(self.description.get("system_type", ""))

    @property
    def network(self) -> bool:
        return str(self.description.get("is_network", "")).lower() == "true"


def check_tree(tree: Path, round_: Round, options: CheckOptions) -> CheckReport:
    """Check a submission tree.

    Raises:
        NotFoundError: when the folder has no division.
    """
    divisions = [folder for folder in folders(tree) if folder.name in DIVISIONS]
    if not divisions:
        raise NotFoundError(
            f"{tree} is not a submission: it has no folder closed, open or network",
            hint="make one with: cm pack mlperf RUN --output=DIR",
        )
    findings: list[Finding] = []
    results: list[CheckedResult] = []
    for division in divisions:
        for submitter in folders(division):
            if options.is_about(division.name, submitter.name):
                found, checked = _check_submission(tree, round_, division.name, submitter.name, options)
                findings += found
                results += checked
    if not findings and not results:  # a tree without results must not pass
        name = f"{divisions[0].name}/{options.submitter or '<submitter>'}"
        findings.append(_missing(name, "results of a submitter", "pack the runs again"))
    if options.like_official:
        findings = [finding for finding in findings if is_official(finding)]
    return CheckReport(checker=NAME, findings=sorted_findings(findings), results=tuple(results))


def _check_submission(
    tree: Path, round_: Round, division: str, submitter: str, options: CheckOptions
) -> tuple[list[Finding], list[CheckedResult]]:
    submission = _Submission(
        tree=tree,
        round=round_,
        layout=layout_of(round_.name),
        division=division,
        submitter=submitter,
        mapping={},
        options=options,
    )
    mapping, findings = _mapping(submission)
    submission = replace(submission, mapping=mapping)
    results: list[CheckedResult] = []
    if len(options.names) <= len((division, submitter)):
        findings += check_uploads(tree, submission.folder)
    systems = folders(submission.folder / submission.layout.results)
    if not systems:
        name = f"{division}/{submitter}/{submission.layout.results}"
        findings.append(_missing(name, "a folder for each system", "pack the runs again"))
    for folder in systems:
        if options.is_about(division, submitter, folder.name):
            found, checked = _check_system(submission, folder)
            findings += found
            results += checked
    return findings, results


def _mapping(submission: _Submission) -> tuple[Mapping[str, str], list[Finding]]:
    file = submission.folder / MODEL_MAPPING
    if not file.exists():
        return {}, []
    name = file.relative_to(submission.tree).as_posix()
    content, findings = read_json(file, name)
    if content is None:
        return {}, findings
    if submission.division != "open":
        fix = "models of the closed division are those of the benchmarks; remove the file"
        findings.append(
            Finding(
                check="mapping", file=name, found="a mapping", expected="none", fix=fix, severity="warning"
            )
        )
        return {}, findings
    mapping = {str(model): str(benchmark) for model, benchmark in content.items()}
    known = submission.round.benchmarks
    for model, benchmark in mapping.items():
        if benchmark not in known:
            findings.append(
                Finding(
                    check="mapping",
                    file=name,
                    key=model,
                    found=benchmark,
                    expected=f"a benchmark of {submission.round.name}: " + ", ".join(known),
                    fix="map the model to the benchmark that it is compared with",
                )
            )
    return mapping, findings


def _check_system(submission: _Submission, folder: Path) -> tuple[list[Finding], list[CheckedResult]]:
    options = submission.options
    result = submission.result(folder.name)
    place = submission.layout.system(result)
    description, findings = read_json(submission.tree / place, str(place))
    if description is not None:
        findings += check_system(description, str(place), result)
    system = _System(submission=submission, name=folder.name, description=description or {})
    results: list[CheckedResult] = []
    names = (submission.division, submission.submitter, folder.name)
    for benchmark in folders(folder):
        if not options.is_about(*names, benchmark.name):
            continue
        findings += _check_benchmark(system, benchmark)
        for scenario in folders(benchmark):
            if not options.is_about(*names, benchmark.name, scenario.name):
                continue
            found, checked = _check_result(system, benchmark.name, scenario.name)
            findings += found
            results.append(checked)
    return findings, results


def _check_benchmark(system: _System, folder: Path) -> Iterator[Finding]:
    submission = system.submission
    name = folder.relative_to(submission.tree).as_posix()
    benchmark = submission.round.find(folder.name, submission.mapping)
    source = submission.layout.source(submission.result(system.name, folder.name))
    place = submission.tree / source
    if not place.is_dir() or not any(place.iterdir()):
        missing = _missing(
            f"{source}", "the code of the benchmark, or a text that says where it is", "add it"
        )
        yield replace(missing, beyond=place.parent.is_dir())
    if benchmark is None:
        model_fix = f"map it in {MODEL_MAPPING}: pack with --benchmark=NAME"
        if submission.division != "open":
            model_fix = "name the folder after the benchmark; your own models belong in the open division"
        yield Finding(
            check="mapping",
            file=name,
            key=folder.name,
            found="no benchmark",
            expected=f"a benchmark of {submission.round.name}: " + ", ".join(submission.round.benchmarks),
            fix=model_fix,
        )
    elif submission.division != "open":
        yield from _required_scenarios(system, folder, name, benchmark)


def _required_scenarios(system: _System, folder: Path, name: str, benchmark: Benchmark) -> Iterator[Finding]:
    required, optional = benchmark.required(system.category), benchmark.optional(system.category)
    present = {scenario_of(child.name) for child in folders(folder)}
    if not required:
        yield Finding(
            check="scenarios",
            file=name,
            found=f"{benchmark.name} on a system of type '{system.category}'",
            expected="a type of system that the round has this benchmark for",
            fix="change system_type, or submit to the open division",
        )
        return
    for scenario in required:
        if scenario not in present:
            fix = "measure it, or infer it where that is allowed: cm pack mlperf … --infer"
            yield _missing(f"{name}/{scenario}", "a required scenario", fix, check="scenarios")
    for scenario in sorted(present - {*required, *optional}):
        yield Finding(
            check="scenarios",
            file=f"{name}/{scenario}",
            found=scenario,
            expected="one of " + ", ".join((*required, *optional)),
            fix="remove it: the round does not have this scenario here",
        )
    if {"Server", "Interactive"} <= set(optional) and not present & {"Server", "Interactive"}:
        yield _missing(name, "one of Server and Interactive", "measure one of them", check="scenarios")


def scenario_of(folder: str) -> str:
    """The scenario that the name of a folder means; official checkers mind no case."""
    return _SCENARIOS.get(folder.lower(), folder)


def _check_result(system: _System, benchmark: str, place: str) -> tuple[list[Finding], CheckedResult]:
    submission = system.submission
    result = submission.result(system.name, benchmark, place)
    scenario = scenario_of(place)
    folder = submission.layout.result(result)
    expected = Expected(
        round=submission.round,
        benchmark=submission.round.find(benchmark, submission.mapping),
        division=submission.division,
        category=system.category,
        scenario=scenario,
        file=str(folder / "performance" / "run_1" / DETAIL),
        network=system.network,
    )
    checked = CheckedResult(folder=str(folder), unit=_unit(scenario, expected.benchmark))
    if any((submission.tree / folder / name).exists() for name in ENDPOINTS):
        return [_unchecked_finding(folder, "logs of MLPerf Endpoints")], checked
    findings = list(check_files(submission.tree, submission.layout, result))
    if has_power := (submission.tree / folder / "performance" / "power").exists():
        findings += check_power(submission.tree, folder / "performance")
        findings.append(_unchecked_finding(folder / "performance" / "power", "ptd_logs.txt and sources"))
    if scenario not in SCENARIO_NAMES:
        fix = "give the folder one of these names"
        findings.append(
            Finding(
                check="scenarios",
                file=str(folder),
                found=scenario,
                expected=", ".join(SCENARIO_NAMES),
                fix=fix,
            )
        )
    accuracy = replace(expected, file=str(folder / "accuracy"))
    findings += check_accuracy(submission.tree / folder / "accuracy", accuracy, packed=True)
    found, checked = _check_performance(submission.tree / folder, expected, checked, has_power=has_power)
    findings += found
    if submission.division != "open" and expected.benchmark is not None:
        for test in expected.benchmark.compliance:
            findings += check_test(
                submission.tree, submission.layout.compliance_folder(result, test), expected
            )
    if submission.options.like_official:
        findings = [finding for finding in findings if is_official(finding)]
    ok = all(finding.severity != "error" for finding in findings)
    return findings, replace(checked, accuracy=_accuracy(submission.tree / folder, expected), ok=ok)


def _check_performance(
    folder: Path, expected: Expected, checked: CheckedResult, *, has_power: bool
) -> tuple[list[Finding], CheckedResult]:
    try:
        log = read_detail_log(folder / "performance" / "run_1")
        checked = replace(
            checked,
            value=result_value(log, expected),
            inferred=log.scenario.name not in (expected.scenario, "Server"),
        )
        if has_power:
            checked = add_power(checked, folder / "performance" / "run_1", log, expected.scenario)
        return [*check_performance(log, expected), *check_log(log, expected)], checked
    except CMError as error:
        fix = error.hint or "measure again"
        finding = Finding(
            check="files", file=expected.file, found=error.message, expected="a detail log", fix=fix
        )
        return [finding], checked


def _unchecked_finding(place: PurePosixPath, what: str) -> Finding:
    return Finding(
        check="unchecked",
        file=str(place),
        found=what,
        expected="logs of LoadGen",
        fix="let the official checker look at it: --inference_src=PATH",
        severity="warning",
    )


def _unit(scenario: str, benchmark: Benchmark | None) -> str:
    if benchmark is not None:
        if unit := benchmark.units.get(scenario):
            return unit
        # Interactive is measured as Server is.
        if "tokens" in benchmark.result_key("Server" if scenario == "Interactive" else scenario):
            return "tokens/s"
    return UNITS.get(scenario, "queries/s")


def _accuracy(folder: Path, expected: Expected) -> str:
    file = folder / "accuracy" / "accuracy.txt"
    if expected.benchmark is None or not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8", errors="replace")
    values = {
        target.metric: read_metric(text, target.metric)
        for target in expected.benchmark.targets(expected.scenario)
    }
    return ", ".join(f"{metric} {value:g}" for metric, value in values.items() if value is not None)


def _missing(file: str | PurePosixPath, expected: str, fix: str, check: str = "files") -> Finding:
    return Finding(check=check, file=str(file), found="missing", expected=expected, fix=fix)
