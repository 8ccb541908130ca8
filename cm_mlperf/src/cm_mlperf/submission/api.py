"""Makes a submission from runs, as a request asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Result, UsageError
from cm_core.actions import is_dry_run, preview
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_mlperf.flags import Pack
from cm_mlperf.loadgen.rounds import Round
from cm_mlperf.loadgen.rounds import load as load_round
from cm_mlperf.record.layout import RunFolder, RunRecord
from cm_mlperf.submission.answers import checked_answers, not_applicable, read_answers, write_template
from cm_mlperf.submission.layout import LAYOUTS, Layout, layout_of
from cm_mlperf.submission.options import Wishes, describe_run, known_of, with_wishes
from cm_mlperf.submission.packer import Packed, PackedRun, check_output, pack_runs, planned_results
from cm_mlperf.submission.system import describe_system

if TYPE_CHECKING:
    from cm_core import Request, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission that was written.

    Attributes:
        tar: ``None`` when none was asked for.
    """

    packed: Packed
    round: Round
    tar: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPlan:
    """A submission that could be written.

    Attributes:
        results: benchmark and scenario of each result.
    """

    runs: tuple[PackedRun, ...]
    output: Path
    round: Round
    results: tuple[str, ...]


def plan_submission(runs: Sequence[RunFolder], request: Request, session: Session) -> SubmissionPlan:
    """What :func:`make_submission` would write.

    Raises:
        CMError: when a run cannot be packed, or something is in the way.
    """
    asked, wishes = read_flags(Pack, request), read_wishes(request, session)
    round_ = _round(runs, asked.round)
    detected = _detect_systems(runs, session)
    packed_runs = [describe_run(run, run.read(), round_, wishes, detected) for run in runs]
    _check_one_submitter(packed_runs)
    output = _output(packed_runs[0], round_, asked.output, session)
    check_output(output, force=asked.force)
    results = tuple(
        f"{run.names.benchmark} {scenario}" + ("" if scenario == measured_as else "  (inferred)")
        for run, scenario, measured_as in planned_results(packed_runs, infer=asked.infer)
    )
    return SubmissionPlan(runs=tuple(packed_runs), output=output, round=round_, results=results)


def make_submission(runs: Sequence[RunFolder], request: Request, session: Session) -> Submission:
    """Write the tree, and the tar file when the request asks for it.

    Raises:
        CMError: when a run cannot be packed; then nothing is left of the tree.
    """
    asked, plan = read_flags(Pack, request), plan_submission(runs, request, session)
    round_, output = plan.round, plan.output
    layout = layout_of(round_.name, known_layouts(session))
    packed = pack_runs(plan.runs, output, round_, layout, infer=asked.infer, force=asked.force)
    tar = output.with_name(output.name + ".tar.gz") if asked.tar else None
    if tar is not None:
        from cm_core.base import write_tar

        write_tar(output, tar)
    return Submission(packed=packed, round=round_, tar=tar)


def check_wishes(record: RunRecord, request: Request, session: Session) -> None:
    """Refuse before a run what would keep it from being packed after hours of measuring.

    Raises:
        CMError: as :func:`make_submission` would.
    """
    asked, wishes = read_flags(Pack, request), read_wishes(request, session)
    round_ = load_round(asked.round or record.round)
    run = describe_run(RunFolder(session.cwd), record, round_, wishes, record.system.description)
    output = _output(run, round_, asked.output, session)
    check_output(output, force=asked.force)


def find_runs(request: Request, session: Session) -> list[RunFolder]:
    """The runs that a request names.

    Raises:
        UsageError: when it names none.
        NotFoundError: when there is no such run.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name]
    if not names:
        raise UsageError(
            "no runs were given", hint="use: cm pack mlperf RUN…; to see the runs: cm find mlperf"
        )
    return [find_run(name, session) for name in names]


def find_run(name: str, session: Session) -> RunFolder:
    """The run of this name, or in this folder.

    Raises:
        NotFoundError: when there is none.
        AmbiguousError: when there are several.
    """
    from cm_core import AmbiguousError, NotFoundError

    folder = session.cwd / user_path(name)
    if (folder / "run.json").is_file():
        return RunFolder(folder)
    found = session.find("mlperf", name)
    if len(found) > 1:
        raise AmbiguousError(
            f"'{name}' matches several runs",
            candidates=[one.name for one in found],
            hint="give the whole name",
        )
    if not found:
        raise NotFoundError(f"there is no run '{name}'", hint="see: cm find mlperf --runs")
    return RunFolder(found[0].path)


def read_wishes(request: Request, session: Session) -> Wishes:
    """What a request says of a submission.

    Raises:
        CMError: when a file of answers cannot be read or has unknown keys.
    """
    asked = read_flags(Pack, request)
    answers: dict[str, str] = {}
    if asked.system:
        answers |= read_answers(session.cwd / user_path(asked.system))
    answers |= not_applicable(asked.not_applicable)
    answers |= checked_answers(asked.system_keys)
    return Wishes(
        division=asked.division,
        submitter=asked.submitter,
        category=asked.category,
        system_name=asked.system_name,
        benchmark=asked.benchmark,
        equivalent=asked.equivalent,
        system=answers,
        measurements={str(key): str(value) for key, value in asked.measurements.items()},
    )


def known_layouts(session: Session) -> list[Layout]:
    """Layouts of this distribution, and of other plugins after them, so that theirs win."""
    offered = session.hooks.lists("cm_mlperf_layouts", Layout)
    return [*LAYOUTS, *(layout for layouts in reversed(offered) for layout in layouts)]


def _detect_systems(runs: Sequence[RunFolder], session: Session) -> Mapping[str, str]:
    if all(run.read().system.description for run in runs):
        return {}
    return describe_system(session)


def _round(runs: Sequence[RunFolder], name: str) -> Round:
    if name:
        return load_round(name)
    named = {run.read().round for run in runs}
    if len(named) > 1:
        raise UsageError(
            "the runs belong to several rounds: " + ", ".join(sorted(named)),
            hint="choose one with --round=NAME",
        )
    return load_round(named.pop())


def _output(run: PackedRun, round_: Round, name: str, session: Session) -> Path:
    name = name or f"mlperf-{round_.name}-{run.names.division}-{run.names.submitter}"
    return session.cwd / user_path(name)


def _check_one_submitter(runs: Sequence[PackedRun]) -> None:
    for what in ("division", "submitter"):
        values = sorted({getattr(run.names, what) for run in runs})
        if len(values) > 1:
            raise UsageError(
                f"the runs belong to several {what}s: " + ", ".join(values),
                hint=f"choose one with --{what}=NAME",
            )


def write_system_template(
    runs: Sequence[RunFolder], request: Request, session: Session, file: Path
) -> Result:
    """Write a file of answers to fill in, with what is known of the system.

    Raises:
        AlreadyExistsError: when the file is there and nobody said ``--force``.
    """
    from cm_core import AlreadyExistsError

    if file.exists() and not read_flags(Pack, request).force:
        raise AlreadyExistsError(f"the file {file} already exists", hint="replace it with --force")
    if is_dry_run(request):
        return preview("write", [file], path=file)
    wishes = read_wishes(request, session)
    record = with_wishes(runs[0].read(), wishes)
    detected = record.system.description or _detect_systems(runs, session)
    write_template(file, {**known_of(record, detected), **wishes.system})
    return Result(
        data={"path": str(file)},
        lines=(f"wrote {file}; fill it in and pack with --system={file.name}",),
    )
