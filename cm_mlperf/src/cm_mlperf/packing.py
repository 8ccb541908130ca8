"""``cm pack mlperf``: makes a submission from runs, and checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core import Result
from cm_core.actions import is_dry_run
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_mlperf.checking.api import check_submission, inference_source
from cm_mlperf.checking.report import report_lines
from cm_mlperf.flags import Pack
from cm_mlperf.record.layout import RunRecord
from cm_mlperf.submission.api import (
    Submission,
    check_wishes,
    find_runs,
    make_submission,
    plan_submission,
    write_system_template,
)

if TYPE_CHECKING:
    from cm_core import Request, Session


def pack(request: Request, session: Session) -> Result:
    """Make a submission tree from runs, and check it.

    Raises:
        UsageError: when no run is named, or something in the request does not fit.
        CMError: when a run cannot be packed; then nothing is left of the tree.
    """
    runs = find_runs(request, session)
    if template := read_flags(Pack, request).system_template:
        return write_system_template(runs, request, session, session.cwd / user_path(template))
    if is_dry_run(request):
        plan = plan_submission(runs, request, session)
        lines = [f"would pack {len(plan.results)} results into {plan.output}"]
        lines += [f"  {name}" for name in plan.results]
        return Result(data={"dry_run": True, "path": str(plan.output)}, lines=tuple(lines))
    return submission_result(make_submission(runs, request, session), request, session)


def check_before_run(record: RunRecord, request: Request, session: Session) -> None:
    """Refuse before a run what would keep it from being packed and checked after hours of measuring.

    Raises:
        CMError: as making or checking the submission would.
    """
    check_wishes(record, request, session)
    inference_source(request, session)


def submission_result(submission: Submission, request: Request, session: Session) -> Result:
    """Tell what was written and what a check of it says."""
    packed = submission.packed
    reports = check_submission(packed.path, submission.round, request, session)
    lines = [f"packed {len(packed.results)} results into {packed.path}"]
    lines += [f"  {name}" + ("  (inferred)" if name in packed.inferred else "") for name in packed.results]
    if submission.tar is not None:
        lines.append(f"packed it into {submission.tar}")
    lines.append("the complete accuracy logs stay in the runs; keep them until the review is over")
    lines += report_lines(reports)
    data: dict[str, Any] = {
        "path": str(packed.path),
        "round": submission.round.name,
        "results": list(packed.results),
        "inferred": list(packed.inferred),
        "hashes": dict(packed.hashes),
        "originals": dict(packed.originals),
        "model_mapping": dict(packed.mapping),
        "tar": str(submission.tar) if submission.tar else "",
        "reports": [report.to_json() for report in reports],
    }
    failed = any(report.errors for report in reports)
    return Result(data=data, lines=tuple(lines), exit_code=1 if failed else 0)
