"""Writes a submission tree from runs: complete, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from cm_core import AlreadyExistsError, NotFoundError, UsageError
from cm_core.base import place_folder, raise_os_error, remove_tree
from cm_mlperf.loadgen.compliance import judge
from cm_mlperf.loadgen.log import ACCURACY, DETAIL, SUMMARY
from cm_mlperf.loadgen.rounds import Benchmark, Round
from cm_mlperf.record.layout import RunFolder, RunRecord, TestRecord
from cm_mlperf.submission import texts
from cm_mlperf.submission.layout import DIVISIONS, Layout, Result
from cm_mlperf.submission.truncation import write_truncated

ACCURACY_TEXT = "accuracy.txt"
# Scenario -> those that it can be inferred from, best first.
_SOURCES = {"Offline": ("MultiStream", "SingleStream"), "MultiStream": ("SingleStream",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRun:
    """A run that goes into a submission, with all that is said of it.

    Attributes:
        names: of its results; the scenario is empty.
        benchmark: official one that it is or is mapped to.
        system: description of the system, complete.
        measurements: description of the results, complete.
    """

    folder: RunFolder
    record: RunRecord
    names: Result
    benchmark: Benchmark
    system: Mapping[str, str]
    measurements: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A written submission.

    Attributes:
        results: scenario folders, relative to the tree.
        inferred: those of them that were not measured.
        hashes: folder -> SHA-256 of the complete accuracy log.
        originals: folder -> where that log is kept.
        mapping: models of the submitter -> benchmarks.
    """

    path: Path
    results: tuple[str, ...]
    inferred: tuple[str, ...]
    hashes: Mapping[str, str]
    originals: Mapping[str, str]
    mapping: Mapping[str, str]


@dataclass(slots=True)
class _Progress:
    """What has been written so far."""

    results: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)


def pack_runs(
    runs: Sequence[PackedRun], output: Path, round_: Round, layout: Layout, *, infer: bool, force: bool
) -> Packed:
    """Write a submission tree.

    Args:
        infer: add scenarios that can be inferred from measured ones and that the round has.
        force: replace a folder that is there already; it stays until the new one is complete.

    Raises:
        AlreadyExistsError: when the folder exists and ``force`` is not set.
        UsageError: when two runs have the same result.
        CMError: when logs are missing or files cannot be written; then nothing is left of it.
    """
    planned = list(planned_results(runs, infer=infer))
    progress = _Progress()

    def fill(root: Path) -> None:
        for run, scenario, measured_as in planned:
            _write_result(root, layout, run, (scenario, measured_as), progress)
        for run in runs:
            _write_common(root, layout, run, round_, progress)

    _place(output, fill, force=force)
    return Packed(
        path=output,
        results=tuple(progress.results),
        inferred=tuple(progress.inferred),
        hashes=progress.hashes,
        originals=progress.originals,
        mapping=progress.mapping,
    )


def check_output(output: Path, *, force: bool) -> None:
    """Refuse a folder that must not be replaced.

    Raises:
        AlreadyExistsError: when it exists, and ``force`` is not set or something else is in it.
    """
    if not output.exists():
        return
    if not force:
        raise AlreadyExistsError(
            f"{output} already exists", hint="choose another --output, or replace it with --force"
        )
    strangers = (
        [child.name for child in output.iterdir() if child.name not in DIVISIONS] if output.is_dir() else [""]
    )
    if strangers:
        raise AlreadyExistsError(
            f"{output} contains more than a submission, so it is not replaced", hint="choose another --output"
        )


def _place(output: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Make the folder; one that it replaces stays until the new one is complete."""
    check_output(output, force=force)
    if not output.exists():
        place_folder(output, fill)
        return
    fresh, old = (output.with_name(f".{output.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    place_folder(fresh, fill)
    try:
        output.rename(old)
        fresh.rename(output)
    except OSError as error:
        if old.exists() and not output.exists():
            old.rename(output)
        remove_tree(fresh, inside=fresh.parent)
        raise_os_error("replace", output, error)
    remove_tree(old, inside=old.parent)


def planned_results(runs: Sequence[PackedRun], *, infer: bool) -> Iterator[tuple[PackedRun, str, str]]:
    """Run, scenario of the result, scenario that was measured; measured ones first.

    Raises:
        UsageError: when two runs have the same result.
        NotFoundError: when there is none.
    """
    measured: dict[tuple[str, str], dict[str, PackedRun]] = {}
    for run in runs:
        have = measured.setdefault((run.names.system, run.names.benchmark), {})
        for scenario in _complete_scenarios(run):
            if scenario in have:
                raise UsageError(
                    f"the runs {have[scenario].record.name} and {run.record.name} both have {scenario} of"
                    f" {run.names.benchmark} on {run.names.system}",
                    hint="pack one of them, or name systems or models differently",
                )
            have[scenario] = run
            yield run, scenario, scenario
    if not any(measured.values()):
        raise NotFoundError(
            "none of the runs has a scenario with a finished performance and accuracy test",
            hint="measure both: cm run mlperf … --mode=performance,accuracy",
        )
    if infer:
        for have in measured.values():
            yield from _infer_results(have)


def _infer_results(have: Mapping[str, PackedRun]) -> Iterator[tuple[PackedRun, str, str]]:
    for scenario, sources in _SOURCES.items():
        source = next((one for one in sources if one in have), None)
        if scenario in have or source is None:
            continue
        run = have[source]
        category = run.record.category
        allowed = (*run.benchmark.required(category), *run.benchmark.optional(category))
        if "edge" in category and scenario in allowed:
            yield run, scenario, source


def _complete_scenarios(run: PackedRun) -> list[str]:
    finished: dict[str, set[str]] = {}
    for test in run.folder.tests():
        if test.state == "finished":
            finished.setdefault(test.scenario, set()).add(test.mode)
    return [scenario for scenario, modes in finished.items() if modes >= {"performance", "accuracy"}]


def _write_result(
    root: Path, layout: Layout, run: PackedRun, scenarios: tuple[str, str], progress: _Progress
) -> None:
    scenario, measured_as = scenarios
    result = replace(run.names, scenario=scenario)
    folder = layout.result(result)
    logs = run.folder.test_folder(measured_as, "performance")
    _copy(logs, root / folder / "performance" / "run_1", (SUMMARY, DETAIL))
    answers = run.folder.test_folder(measured_as, "accuracy")
    accuracy = root / folder / "accuracy"
    _copy(answers, accuracy, (SUMMARY, DETAIL, ACCURACY_TEXT))
    progress.hashes[str(folder)] = write_truncated(
        answers / ACCURACY, accuracy / ACCURACY, accuracy / ACCURACY_TEXT
    )
    progress.originals[str(folder)] = str(answers / ACCURACY)
    test = run.folder.read_test(measured_as, "performance")
    if test is None:
        raise NotFoundError(f"there is no record of the {measured_as} performance test of {run.record.name}")
    conf = logs / "user.conf"
    conf_text = conf.read_text(encoding="utf-8") if conf.exists() else ""
    described = layout.measurements_folder(result)
    _write(root / described / "user.conf", texts.user_conf(conf_text))
    _write(root / described / "README.md", texts.result_readme(run.record, result, test, measured_as))
    _write_json(root / layout.measurements_path(result), run.measurements)
    _write_compliance(root, layout, run, result, measured_as)
    progress.results.append(str(folder))
    if scenario != measured_as:
        progress.inferred.append(str(folder))


def _write_compliance(root: Path, layout: Layout, run: PackedRun, result: Result, measured_as: str) -> None:
    for test in ("TEST01", "TEST04"):
        record: TestRecord | None = run.folder.read_test(measured_as, test)
        if record is None or record.state != "finished":
            continue
        logs = run.folder.test_folder(measured_as, test)
        verdict = judge(
            test,
            audited=logs,
            performance=run.folder.test_folder(measured_as, "performance"),
            accuracy=run.folder.test_folder(measured_as, "accuracy"),
        )
        folder = root / layout.compliance_folder(result, test)
        _copy(logs, folder / "performance" / "run_1", (SUMMARY, DETAIL))
        for name, text in verdict.files().items():
            _write(folder / name, text)
        if verdict.accuracy is not None:
            (folder / "accuracy").mkdir(parents=True, exist_ok=True)
            write_truncated(
                logs / ACCURACY, folder / "accuracy" / ACCURACY, folder / "accuracy" / ACCURACY_TEXT
            )


def _write_common(root: Path, layout: Layout, run: PackedRun, round_: Round, progress: _Progress) -> None:
    """What results share: the system, the code, the mapping."""
    _write_json(root / layout.system(run.names), run.system)
    source = layout.source(run.names)
    code = _own_code(run.record)
    for file in code:
        (root / source).mkdir(parents=True, exist_ok=True)
        _copy(file.parent, root / source, (file.name,))
    names = tuple(PurePosixPath(file.name) for file in code)
    _write(root / source / "README.md", texts.source_readme(run.record, run.names, names))
    if run.names.division == "open" and round_.find(run.names.benchmark) != run.benchmark:
        progress.mapping[run.names.benchmark] = run.benchmark.name
        _write_json(root / layout.mapping(run.names), progress.mapping)


def _own_code(record: RunRecord) -> list[Path]:
    """Python files of the user's own that are part of what was measured."""
    places = (record.model.path, record.dataset.path)
    files = [Path(place.partition(".py:")[0] + ".py") for place in places if ".py:" in f"{place}:"]
    return [file for file in dict.fromkeys(files) if file.is_file()]


def _copy(source: Path, target: Path, names: Sequence[str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        try:
            shutil.copyfile(source / name, target / name)
        except FileNotFoundError as error:
            raise NotFoundError(
                f"there is no file {source / name}", hint="measure again: cm run mlperf … --rerun"
            ) from error
        except OSError as error:
            raise_os_error("copy", source / name, error)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def _write_json(file: Path, content: Mapping[str, str]) -> None:
    _write(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
