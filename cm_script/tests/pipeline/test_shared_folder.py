"""Parallel runs in one working folder leave each other's files alone."""

import subprocess

import pytest

CUSTOMIZE = """
from pathlib import Path

def postprocess(i):
    i['env']['CM_SAID'] = Path('tmp-run.out').read_text().strip()
    return {'return': 0}
"""


@pytest.mark.slow
def test_files_of_another_run_are_not_cleaned_away(run_cm, cm_session, make_scripts, tmp_path):
    facts = {
        "run.sh": "echo $$ > tmp-run.out\nfor n in 1 2 3 4 5 6 7 8; do sleep 0.1; done",
        "customize.py": CUSTOMIZE,
        "clean_files": ["tmp-run.out"],
        "new_env_keys": ["CM_SAID"],
    }
    cm_session.repos.add(make_scripts("mine", {"say": facts}))
    running = [
        subprocess.Popen(
            run_cm.argv("run", "script", "--tags=say", "--quiet"),
            cwd=run_cm.cwd,
            env=run_cm.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4, "\n".join(said)
