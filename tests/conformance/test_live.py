"""Every script and every variation answers as the original does, which runs beside it."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from cm_conformance.answers import CRASH, Answer, differences, fake_run
from cm_conformance.known import known_lines, load_known
from cm_conformance.peer import Peer
from cm_conformance.report import Report, table
from cm_conformance.repository import about, cases, scripts

from cm_core import Session

PROCESSES = 2

pytestmark = pytest.mark.slow


def test_every_script_and_variation(
    session: Session, repository: Path, names: dict[str, str], original: Peer, report: Report
):
    found = scripts(repository)
    asked = [
        ((script.path.name, variations), fake_run(script.alias, variations))
        for script in found
        for variations in cases(script)
    ]
    started = time.perf_counter()
    theirs = original.ask([request for _, request in asked], processes=PROCESSES)
    between = time.perf_counter()
    ours = [session.access(request) for _, request in asked]
    seconds = between - started, time.perf_counter() - between

    their_names = original.places(PROCESSES)
    different = {
        case: text
        for (case, _), their, our in zip(asked, theirs, ours, strict=True)
        if (text := differences(Answer.returned(their, their_names), Answer.returned(our, names)))
    }
    known = {
        case: entry for case, entry in load_known(about(repository)["alias"]).items() if case in dict(asked)
    }
    unknown = {case: text for case, text in different.items() if case not in known}
    kinds = Counter(known[case].kind for case in different if case in known)
    returned = Counter(str(answer["return"]) for answer in theirs)
    report.section(
        "live",
        "Every script and variation, compared with the original",
        f"{len(found)} scripts without and with each declared variation, run by both with `--fake_run "
        f"--fake_deps`: the original took {seconds[0]:.0f} s in {PROCESSES} processes, ours "
        f"{seconds[1]:.0f} s in one. The original returned "
        + ", ".join(f"{code} {number} times" for code, number in sorted(returned.items()))
        + f" ({CRASH}: a Python exception).",
        *table(
            ("Cases", "Number"),
            [
                ("compared", len(asked)),
                ("equal", len(asked) - len(different)),
                *((f"different, the original is wrong: {kind}", n) for kind, n in sorted(kinds.items())),
                ("different without a reviewed reason", len(unknown)),
            ],
        ),
        "",
        *known_lines(known[case] for case in different if case in known),
    )
    assert unknown == {}
    assert set(known) - set(different) == set(), "these entries of known_differences.yaml no longer differ"
