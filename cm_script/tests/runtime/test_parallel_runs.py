import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
from cm_script.runtime.host import host_os_info
from cm_script.runtime.step import ScriptStep, StepOptions, StepOutput
recipe, work, locks, name = sys.argv[1:5]
step = ScriptStep(name="r", path=Path(recipe), meta={}, os_info=host_os_info(), process_env=os.environ,
    output=StepOutput(on_output=lambda text: None), options=StepOptions(locks_dir=Path(locks)))
for number in range(5):
    env, state = {"MINE": f"{name}-{number}"}, {}
    step.run_native(env, state, cwd=Path(work))
    assert env["GOT"] == f"{name}-{number}", env
    assert state == {"got": f"{name}-{number}"}, state
"""


def start(program, *words):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)], stderr=subprocess.PIPE, text=True
    )


def test_parallel_runs_in_one_folder_do_not_mix(tmp_path):
    recipe, work = tmp_path / "recipe", tmp_path / "work"
    recipe.mkdir()
    work.mkdir()
    (recipe / "run.sh").write_text(
        'echo "GOT=$MINE" > tmp-run-env.out\nsleep 0.02\nprintf \'{"got": "%s"}\' "$MINE" > tmp-run-state.json\n'
    )
    processes = [start(PROGRAM, recipe, work, tmp_path / "locks", name) for name in "abcdef"]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == [""] * 6


@pytest.mark.slow
def test_a_native_script_may_run_another_recipe_in_its_folder(tmp_path):
    outer, inner, work = tmp_path / "outer", tmp_path / "inner", tmp_path / "work"
    for folder in (outer, inner, work):
        folder.mkdir()
    (tmp_path / "inner.py").write_text(PROGRAM)
    (inner / "run.sh").write_text(
        'echo "GOT=$MINE" > tmp-run-env.out\nprintf \'{"got": "%s"}\' "$MINE" > tmp-run-state.json\n'
    )
    (outer / "run.sh").write_text(
        f'"{sys.executable}" "{tmp_path}/inner.py" "{inner}" "{work}" "{tmp_path}/locks" nested || exit 1\n'
        'echo "GOT=$MINE" > tmp-run-env.out\nprintf \'{"got": "%s"}\' "$MINE" > tmp-run-state.json\n'
    )
    process = start(PROGRAM, outer, work, tmp_path / "locks", "outer")
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    assert "CM_LOCKED_FOLDERS" not in os.environ
