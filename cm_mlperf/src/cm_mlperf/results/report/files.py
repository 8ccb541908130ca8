"""Writes the files of a report."""

from __future__ import annotations

import json
from pathlib import Path

from cm_core.base import atomic_write_text, encode, raise_os_error
from cm_mlperf.record.layout import RUN_FORMAT, RunFolder
from cm_mlperf.results import policy
from cm_mlperf.results.checkercsv import write_checker_csv
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.results.report.facts import ReportFacts, read_facts
from cm_mlperf.results.report.html import html_report
from cm_mlperf.results.report.markdown import markdown_report
from cm_mlperf.results.row import ResultRow

SCHEMA = 1


def write_all(folder: RunFolder, output: Path) -> list[Path]:
    """Write the four files of a report, each in one step.

    Raises:
        NotFoundError: when there is no record of the run.
        MetaError: when a record is damaged.
        CMError: when a file cannot be written.
    """
    facts = read_facts(folder)
    rows = rows_of_run(folder)
    contents = {
        "report.html": html_report(facts),
        "report.md": markdown_report(facts),
        "results.json": _json(facts, rows),
        "results.csv": write_checker_csv(rows),
    }
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise_os_error("create", output, error)
    for name, text in contents.items():
        atomic_write_text(output / name, text)
    return [output / name for name in contents]


def _json(facts: ReportFacts, rows: list[ResultRow]) -> str:
    document = {
        "schema": SCHEMA,
        "mark": policy.mark(facts.record),
        "statement": policy.statement(facts.record),
        "rows": [row.to_json() for row in rows],
        "run": {**encode(facts.record), RUN_FORMAT.version_key: RUN_FORMAT.version},
        "troubles": list(facts.troubles),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
