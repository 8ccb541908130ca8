"""Runs the official submission checker, from sources that the user has, and reads what it says."""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cm_core import NotFoundError, replace
from cm_core.base import describe_status, run_command
from cm_mlperf.checking.finding import CheckedResult, CheckOptions, CheckReport, Finding
from cm_mlperf.loadgen.rounds import Round

NAME = "official"
LAST_LINES = 25
# One module up to v5.1, a package since.
_PACKAGE = Path("tools", "submission", "submission_checker", "main.py")
_MODULE = Path("tools", "submission", "submission_checker.py")
_LINE = re.compile(r"^\[[^\]]*? (?P<place>\S+:\d+) (?P<level>[A-Z]+)\] (?P<text>.*)$")
_CRASH = "Execution occurred in running check "
_SUMMARY = re.compile(r"^(Some .* [Cc]hecks failed for|SUMMARY|NoResults)")


def find_checker(inference_src: Path) -> Path:
    """The checker in a checkout of the official repository.

    Raises:
        NotFoundError: when it is not there.
    """
    for place in (_PACKAGE, _MODULE):
        if (inference_src / place).is_file():
            return inference_src / place
    raise NotFoundError(
        f"{inference_src} has no submission checker",
        hint="give the folder of the official inference repository, the one that has tools/submission",
    )


def check_tree(tree: Path, round_: Round, options: CheckOptions) -> CheckReport:
    """Run the official checker on a tree.

    Raises:
        NotFoundError: when the given sources have no checker.
    """
    if options.inference_src is None:
        note = "not run: give its sources with --inference_src=PATH, or get them with --official"
        return CheckReport(checker=NAME, ran=False, note=note)
    checker = find_checker(options.inference_src)
    program = ["-m", "submission_checker.main"] if checker.name == "main.py" else [str(checker)]
    folder = options.inference_src / "tools" / "submission"
    with tempfile.TemporaryDirectory(prefix="cm-mlperf-") as place:
        table = Path(place, "summary.csv")
        command = [sys.executable, *program, "--input", str(tree.resolve()), "--version", round_.name]
        command += ["--csv", str(table)]
        if submitter := options.submitter or "".join(options.names[1:2]):
            command += ["--submitter", submitter]
        # Sources of others are read, never written to.
        env = {**options.env, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
        done = run_command(command, cwd=folder, env=env, check=False)
        results = [_result(row, tree.resolve()) for row in _rows(table)]
    lines = (done.stdout + done.stderr).splitlines()
    findings = [one for one in _findings(lines, tree.resolve()) if _is_asked(one.file, options)]
    if done.status != 0 and not any("SUMMARY:" in line for line in lines):
        findings.append(_status_finding(describe_status(done.status), lines))
    return CheckReport(
        checker=NAME,
        findings=tuple(findings),
        results=tuple(one for one in results if _is_asked(one.folder, options)),
        last_lines=tuple(_plain(line) for line in lines[-LAST_LINES:]),
    )


def _is_asked(file: str, options: CheckOptions) -> bool:
    """Whether a path of the tree is in what is checked; the official checker knows submitters only."""
    parts = file.split("/") if file else []
    return not parts or options.is_about(*parts[:2], *parts[3:])


def attribute(official: CheckReport, ours: CheckReport) -> CheckReport:
    """Explain failures of the official checker by what ours found in the same place."""
    return replace(official, findings=tuple(_explain_finding(one, ours) for one in official.findings))


def _explain_finding(finding: Finding, ours: CheckReport) -> Finding:
    folder = finding.file
    causes = [one for one in ours.errors if folder and _same_place(one.file, folder)]
    if not causes:
        return finding if finding.fix else replace(finding, fix="see the text of the official checker")
    named = sorted({f"{one.check} ({one.key or one.file.rpartition('/')[2]})" for one in causes})
    shown = ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    return replace(finding, fix=f"see the findings of cm there: {shown}")


def _same_place(ours: str, theirs: str) -> bool:
    """Whether one is the other or lies in it; both relative to the tree."""
    return ours == theirs or ours.startswith(theirs + "/") or theirs.startswith(ours + "/")


def _findings(lines: list[str], tree: Path) -> list[Finding]:
    findings: dict[tuple[str, str], Finding] = {}
    for line in lines:
        match = _LINE.match(line)
        if match is None or match["level"] != "ERROR" or _SUMMARY.match(match["text"]):
            continue
        text = match["text"]
        file, rest = _split_message(text, tree)
        check = "crash" if text.startswith(_CRASH) else match["place"].partition(".")[0]
        if check == "crash":
            rest = "the check ended with an exception: " + rest.removeprefix(_CRASH).strip(" .")
        finding = Finding(check=check, file=file, found=rest, source=NAME)
        findings.setdefault((file, rest), finding)
    return list(findings.values())


def _split_message(text: str, tree: Path) -> tuple[str, str]:
    """A message as the path in it, relative to the tree, and the rest."""
    prefix = str(tree) + "/"
    start = text.find(prefix)
    if start < 0:
        return "", text
    end = next((n for n in range(start, len(text)) if text[n] in " ,:()'"), len(text))
    path = text[start + len(prefix) : end].rstrip("/.")
    return path, " ".join((text[:start] + text[end:]).split()).lstrip(":, ")


def _status_finding(status: str, lines: list[str]) -> Finding:
    said = next((line for line in reversed(lines) if line.strip() and not line.startswith(" ")), "")
    return Finding(
        check="crash",
        file="",
        found=f"it ended with {status}: {said}",
        expected="a summary",
        fix="fix what cm found; some mistakes make the official checker fail",
        source=NAME,
    )


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        return []


def _result(row: Mapping[str, str], tree: Path) -> CheckedResult:
    folder = Path(row.get("Location", "")).parent.parent
    name = folder.relative_to(tree).as_posix() if folder.is_relative_to(tree) else str(folder)
    return CheckedResult(
        folder=name,
        value=_number(row.get("Result", "")),
        unit=row.get("Units", ""),
        accuracy=row.get("Accuracy", ""),
        inferred=row.get("inferred") == "1",
        ok=True,
    )


def _number(text: str) -> float | None:
    try:
        return float(json.loads(text))
    except (ValueError, TypeError):
        return None


def _plain(line: str) -> str:
    match = _LINE.match(line)
    return f"{match['level']} {match['text']}" if match else line
