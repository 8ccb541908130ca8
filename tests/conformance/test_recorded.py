"""Every recorded answer of the original is given again: return code, dependencies, exports."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from cm_conformance.answers import CRASH, Answer, differences, fake_run
from cm_conformance.known import known_lines, load_known
from cm_conformance.report import Report, table
from cm_conformance.repository import about, metadata

from cm_core import Session

MOST_KNOWN = 0.01


@pytest.mark.parametrize("python", ["managed", "own"])
def test_recorded_answers(
    python: str, session: Session, repository: Path, names: dict[str, str], oracle: Path, report: Report
):
    rows = [json.loads(line) for line in oracle.read_text(encoding="utf-8").splitlines()]
    recorded = {tuple(row["case"]): Answer.recorded(row) for row in rows}
    # A case names the folder of a script, and by UID was it run.
    uids = {folder: metadata(repository / "script" / folder)["uid"] for folder, _ in recorded}
    started = time.perf_counter()
    session.env = {**session.env, "CM_SCRIPT_PYTHON": python}
    answered = {case: session.access(fake_run(uids[case[0]], case[1])) for case in recorded}
    seconds = time.perf_counter() - started
    ours = {case: Answer.returned(answer, names) for case, answer in answered.items()}

    found = {case: text for case in recorded if (text := differences(recorded[case], ours[case]))}
    known = {
        case: entry for case, entry in load_known(about(repository)["alias"]).items() if case in recorded
    }
    unknown = {case: text for case, text in found.items() if case not in known}
    kinds = Counter(known[case].kind for case in found if case in known)
    crashes = sum(answer.ret == CRASH for answer in recorded.values())
    report.section(
        "recorded",
        "Recorded answers",
        f"The {len(recorded)} recorded answers to `--fake_run --fake_deps`, compared in process in "
        f"{seconds:.0f} s: return code, dependencies in order, exported environment, keys of the state. With "
        "`--python=own` they are the same.",
        *table(
            ("Cases", "Number"),
            [
                ("recorded", len(recorded)),
                ("equal", len(recorded) - len(found)),
                *((f"different, the original is wrong: {kind}", n) for kind, n in sorted(kinds.items())),
                ("different without a reviewed reason", len(unknown)),
            ],
        ),
        "",
        *known_lines(known[case] for case in found if case in known),
    )
    assert unknown == {}
    assert set(known) - set(found) == set(), "these entries of known_differences.yaml no longer differ"
    assert len(found) - kinds["crash"] <= MOST_KNOWN * len(recorded)
    assert kinds["crash"] <= crashes
