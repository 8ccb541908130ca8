"""Our validator on trees of any size: large ones are shared out to processes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from cm_core import CMError, replace
from cm_core.base import decode, encode, run_command
from cm_mlperf.checking.finding import CheckOptions, CheckReport, sorted_findings
from cm_mlperf.checking.strict import NAME
from cm_mlperf.checking.strict import check_tree as check_alone
from cm_mlperf.loadgen.rounds import Round, load
from cm_mlperf.submission.layout import DIVISIONS, folders

# A process is started in the time in which some forty results are checked.
_RESULTS_OF_A_SHARE = 100
_LIKE = "official"
Share = tuple[int, tuple[str, ...]]


def check_tree(tree: Path, round_: Round, options: CheckOptions) -> CheckReport:
    """Check a submission tree.

    Raises:
        NotFoundError: when the folder has no division.
        CMError: when one of the processes fails.
    """
    shares = [] if options.submitter or options.names else share_out(tree)
    processes = min(len(shares), os.cpu_count() or 1)
    if processes <= 1:
        return check_alone(tree, round_, options)
    number, done = sum(count for count, _ in shares), 0
    reports = []
    with ThreadPoolExecutor(processes, thread_name_prefix="cm-mlperf-check") as pool:
        waiting = {
            pool.submit(_check_elsewhere, tree, round_, names, options): count for count, names in shares
        }
        try:
            for future in as_completed(waiting):
                reports.append(future.result())
                done += waiting[future]
                options.progress(f"{done} of {number} results")
        finally:
            pool.shutdown(cancel_futures=True)
    return CheckReport(
        checker=NAME,
        findings=sorted_findings(finding for report in reports for finding in report.findings),
        results=tuple(
            sorted((one for report in reports for one in report.results), key=lambda one: one.folder)
        ),
    )


def share_out(tree: Path) -> list[Share]:
    """Numbers of results and the submitters that have them, the largest share first."""
    counts: dict[str, int] = {}
    for division in DIVISIONS:
        for submitter in folders(tree / division):
            there = sum(1 for _ in submitter.glob("results/*/*/*/"))
            counts[submitter.name] = counts.get(submitter.name, 0) + there
    return sorted(_cut(counts), reverse=True)


def _cut(counts: dict[str, int]) -> Iterator[Share]:
    number, names = 0, []
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        number += count
        names.append(name)
        if number >= _RESULTS_OF_A_SHARE:
            yield number, tuple(names)
            number, names = 0, []
    if names:
        yield number, tuple(names)


def _check_elsewhere(
    tree: Path, round_: Round, submitters: Sequence[str], options: CheckOptions
) -> CheckReport:
    module = "cm_mlperf.checking.shares"
    # Nothing in the folder of the caller may be taken for a module.
    command = [sys.executable, "-P", "-m", module, str(tree.resolve()), round_.name]
    command += [_LIKE if options.like_official else "", *submitters]
    done = run_command(command, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    try:
        report: CheckReport = decode(CheckReport, json.loads(done.stdout), source=module)
    except ValueError as error:
        raise CMError(f"the check of {', '.join(submitters)} said nothing: {error}") from error
    return report


def check_share(tree: Path, round_: Round, like: str, submitters: Sequence[str]) -> CheckReport:
    """What is wrong with some submitters."""
    options = CheckOptions(like_official=like == _LIKE)
    reports = [check_alone(tree, round_, replace(options, submitter=name)) for name in submitters]
    return replace(
        reports[0],
        findings=tuple(finding for report in reports for finding in report.findings),
        results=tuple(result for report in reports for result in report.results),
    )


if __name__ == "__main__":
    _, place, name, like, *asked = sys.argv
    json.dump(encode(check_share(Path(place), load(name), like, asked)), sys.stdout)
