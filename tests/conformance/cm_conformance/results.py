"""A published round of MLPerf inference results: judged by the official checker, by ours, and by its own table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cm_mlperf.checking.finding import CheckedResult, CheckOptions, CheckReport
from cm_mlperf.checking.official import check_tree as check_officially
from cm_mlperf.loadgen.rounds import Round
from cm_mlperf.submission.layout import DIVISIONS

PAGE = Path(__file__).parents[3] / "docs" / "conformance-mlperf.md"
KNOWN = Path(__file__).parent.parent / "known_results.yaml"
_TOLERANCE = 1e-3
_MARKS = ("<!-- measured -->\n", "<!-- end -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What the official checker says.

    Attributes:
        accepted: folder -> whether, of submitters that it gets through.
        stopped: submitter -> what ended it.
    """

    accepted: Mapping[str, bool]
    stopped: Mapping[str, str]


def submitters(tree: Path) -> list[str]:
    """Names of the submitters, each once."""
    return sorted({path.name for division in DIVISIONS for path in (tree / division).glob("*/")})


def official_verdicts(tree: Path, round_: Round, sources: Path, ours: CheckReport) -> Verdicts:
    """Run it for each submitter: it ends at the first file that is not there."""
    accepted: dict[str, bool] = {}
    stopped: dict[str, str] = {}
    for name in submitters(tree):
        report = check_officially(tree, round_, CheckOptions(inference_src=sources, submitter=name))
        end = [one.found for one in report.findings if one.check == "crash" and not one.file]
        if end:
            stopped[name] = end[0].rpartition(": ")[2]
            continue
        good = {one.folder for one in report.results}
        folders = [one.folder for one in ours.results if one.folder.split("/")[1] == name]
        accepted |= {folder: folder in good for folder in folders}
    return Verdicts(accepted=accepted, stopped=stopped)


def published(tree: Path) -> dict[str, dict[str, Any]]:
    """Folder -> row of the published table."""
    rows = json.loads((tree / "summary_results.json").read_text(encoding="utf-8"))
    return {row["Location"].rstrip("/"): row for row in rows}


def same_value(result: CheckedResult, row: Mapping[str, Any]) -> bool:
    """Whether a value is that of the table."""
    wanted = float(row["Performance_Result"])
    return result.value is not None and abs(result.value - wanted) <= _TOLERANCE * abs(wanted)


def same_unit(result: CheckedResult, row: Mapping[str, Any]) -> bool:
    """Whether a unit is that of the table, which writes ``Latency (ms)``."""
    unit = row["Performance_Units"].lower()
    return result.unit == unit.removeprefix("latency (").removesuffix(")")


def known() -> dict[str, list[dict[str, Any]]]:
    """The reviewed differences."""
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(KNOWN.read_text(encoding="utf-8"))
    return content


def known_lines() -> Iterator[str]:
    """The reviewed differences for the page."""
    facts = known()
    for entry in facts["verdicts"]:
        names = ", ".join(f"`{name}`" for name in entry["results"])
        yield f"- {names}: {entry['official']} by the official checker, `{entry['check']}` here. {entry['reason']}"
    for entry in facts["units"]:
        yield f"- Unit of `{entry['model']}`: {entry['table']} in the table, {entry['ours']} here. {entry['reason']}"


def write_page(lines: list[str], page: Path = PAGE) -> None:
    """Replace what was measured; the rest of the page is written by hand."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(_MARKS[0])
    _, end, after = rest.partition(_MARKS[1])
    page.write_text(before + mark + "\n".join(lines) + "\n" + end + after, encoding="utf-8")
