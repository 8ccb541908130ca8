"""``cm check mlperf``: checks a submission, or a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError, Request, Result, Steps, UsageError, replace
from cm_core.base import did_you_mean, user_path
from cm_core.flags import read_flags
from cm_mlperf.checking.finding import Checker, CheckOptions, CheckReport
from cm_mlperf.checking.official import attribute
from cm_mlperf.checking.place import find_place, round_in
from cm_mlperf.checking.report import report_lines
from cm_mlperf.flags import SOURCE_KEY, Check, Source
from cm_mlperf.loadgen.rounds import NEWEST, Round
from cm_mlperf.loadgen.rounds import load as load_round
from cm_mlperf.record.layout import RUN_FILE
from cm_mlperf.submission.layout import DIVISIONS

if TYPE_CHECKING:
    from cm_core import Session

SOURCE_TAGS = "get,mlperf,inference,src"


def check(request: Request, session: Session) -> Result:
    """Check a submission tree or a run.

    Raises:
        UsageError: when nothing says what to check.
        NotFoundError: when it is neither, or has no such submitter.
    """
    name = request.artifact
    if not name:
        raise UsageError("no run or folder to check was given", hint="use: cm check mlperf FOLDER or RUN")
    folder = session.cwd / user_path(name)
    place = None if (folder / RUN_FILE).is_file() else find_place(folder)
    if place is not None:
        asked = read_flags(Check, request)
        _check_submitter(place.tree, asked.submitter)
        round_ = load_round(asked.round) if asked.round else round_in(place) or load_round(NEWEST)
        reports = check_submission(place.tree, round_, request, session, names=place.names)
    else:
        round_, reports = _check_run(folder, name, request, session)
    data = {
        "round": round_.name,
        "errors": sum(len(report.errors) for report in reports),
        "reports": [report.to_json() for report in reports],
    }
    lines = [f"checked for {round_.name}", *report_lines(reports)]
    return Result(data=data, lines=tuple(lines), exit_code=1 if data["errors"] else 0)


def _check_submitter(tree: Path, name: str) -> None:
    """Refuse a name that is not there: of nothing there is nothing to complain about."""
    there = sorted({path.name for division in DIVISIONS for path in (tree / division).glob("*/")})
    if name and name not in there:
        raise NotFoundError(
            f"{tree} has nothing from the submitter '{name}'",
            hint=did_you_mean(name, there) or "it has: " + (", ".join(there) or "none"),
        )


def check_submission(
    tree: Path, round_: Round, request: Request, session: Session, names: tuple[str, ...] = ()
) -> tuple[CheckReport, ...]:
    """What all checkers say of a tree; failures of the official one are explained by ours.

    Args:
        names: of the part that is checked, from the division on; ``()`` for all.

    Raises:
        CMError: when a checker cannot be started.
    """
    asked = read_flags(Check, request) if request.action == "check" else None
    options = CheckOptions(
        inference_src=inference_source(request, session),
        env=session.env,
        submitter=asked.submitter if asked else "",
        like_official=bool(asked and asked.like),
        names=names,
    )
    steps = Steps(session.reporter)
    with steps.step(f"check {tree.name}"):
        options = replace(options, progress=steps.progress)
        reports = [checker(tree, round_, options) for checker in known_checkers(session)]
    ours = next(report for report in reports if report.checker == "cm")
    return tuple(report if report is ours else attribute(report, ours) for report in reports)


def known_checkers(session: Session) -> list[Checker]:
    """All registered checkers; ours first."""
    from cm_mlperf.checking.checkers import CHECKERS
    from cm_mlperf.checking.finding import Checker

    offered = [one for part in session.hooks.lists("cm_mlperf_checkers", Checker) for one in part]
    return list({checker.name: checker for checker in (*CHECKERS, *offered)}.values())


def inference_source(request: Request, session: Session) -> Path | None:
    """The checkout of the official repository: as given, from the environment, or from its recipe.

    Raises:
        NotFoundError: when the given folder does not exist.
        CMError: when the recipe fails.
    """
    asked = read_flags(Source, request, session.env)
    if asked.inference_src:
        folder = session.cwd / user_path(asked.inference_src)
        if not folder.is_dir():
            raise NotFoundError(f"there is no folder {folder}", hint="correct --inference_src")
        return folder
    if not asked.official:
        return None
    answer = session.call(Request(action="run", automation="script", options={"tags": SOURCE_TAGS}))
    env: Mapping[str, str] = answer.data.get("new_env", {})
    if not env.get(SOURCE_KEY):
        raise NotFoundError(
            f"the script '{SOURCE_TAGS}' exported no {SOURCE_KEY}", hint="give --inference_src=PATH"
        )
    return Path(env[SOURCE_KEY])


def _check_run(
    folder: Path, name: str, request: Request, session: Session
) -> tuple[Round, tuple[CheckReport, ...]]:
    from cm_mlperf.checking.runfolder import check_run
    from cm_mlperf.submission.api import find_run

    if folder.is_dir() and not (folder / RUN_FILE).is_file():
        raise NotFoundError(
            f"{folder} is neither a submission nor a run",
            hint="a submission has a folder open, closed or network; a run has run.json",
        )
    if folder.is_file() and not session.find("mlperf", name):
        raise NotFoundError(f"{folder} is a file, not a folder", hint="unpack it, and check the folder")
    if read_flags(Check, request).like:
        raise UsageError("the official checker does not take runs", hint="pack it: cm pack mlperf " + name)
    run = find_run(name, session)
    round_ = load_round(read_flags(Check, request).round or run.read().round)
    return round_, (check_run(run, round_),)
