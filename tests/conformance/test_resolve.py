"""Every script and every variation resolves, or a sentence says what is wrong with the recipe."""

from __future__ import annotations

from pathlib import Path

from cm_conformance.answers import fake_run
from cm_conformance.report import Report
from cm_conformance.repository import OTHERS, about, artifacts, cases, scripts

from cm_core import CMError, PluginError, Request, Session


def test_nothing_breaks(session: Session, repository: Path, report: Report):
    broken = {}
    tried = 0
    for script in scripts(repository):
        for variations in cases(script):
            tried += 1
            try:
                session.call(Request.from_mapping(fake_run(script.alias or script.uid, variations)))
            except PluginError as error:
                broken[script.path.name, variations] = str(error)
            except CMError:
                continue
    assert broken == {}
    alias = about(repository)["alias"]
    if alias in OTHERS:
        report.other(alias, (len(artifacts(repository)), len(scripts(repository)), tried))
