"""What the first commands of a person may import: each module here was measured and found dear."""

import json
import subprocess
import sys

import pytest

from cm_core.testing.fixtures import CommandRunner

EXPENSIVE = {
    "asyncio",
    "concurrent.futures",
    "email",
    "hashlib",
    "http",
    "importlib.metadata",
    "logging",
    "multiprocessing",
    "packaging",
    "platformdirs",
    "shutil",
    "subprocess",
    "tempfile",
    "urllib.request",
    "yaml",
    "zipfile",
}
ENGINE = {"cm_script.pipeline", "cm_script.runtime", "cm_cache.store", "cm_repo.actions", "cm_repo.git"}
SESSION = {"sqlite3", "cm_core.session", "cm_core.index", "cm_core.meta"}
PROGRAM = """
import sys
before = set(sys.modules)
from cm_core.cli import main
try:
    status = main(sys.argv[1:])
finally:
    import json
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
sys.exit(status)
"""


def imports_of(run_cm: CommandRunner, words: list[str], **env: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env={**run_cm.env, **env},
        cwd=run_cm.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_completion_looks_at_scripts_without_their_engine(run_cm: CommandRunner) -> None:
    assert run_cm("find", "script").status == 0
    asked = {"_CM_COMPLETE": "bash_complete", "COMP_WORDS": 'cm run script "get dataset digits" --sam'}
    imported = imports_of(run_cm, [], **asked)
    assert "cm_script.offer" in imported
    assert (
        sorted(imported & (ENGINE | {"cm_script.env", "cm_script.model.call", "cm_script.model.meta"})) == []
    )


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ([], {"click", "pluggy", *SESSION, *ENGINE}),
        (["version"], {"click", "pluggy", *SESSION, *ENGINE}),
        (["--help"], {*SESSION, *ENGINE}),
        (["find", "--help"], {*SESSION, *ENGINE}),
        (["run", "script", "--help"], {*SESSION, *ENGINE}),
        (["find", "script", "--tags=detect,os"], {"click", *ENGINE}),
        (["find", "script", "--tags=no-such-tag"], {"click", *ENGINE}),
        (["load", "script", "detect-os"], {"click", *ENGINE}),
        (["find", "automation"], {"click", *ENGINE}),
    ],
)
def test_imports(run_cm: CommandRunner, words: list[str], more: set[str]) -> None:
    # The first run finds the plugins and fills the index, which takes more than later ones need.
    assert run_cm("find", "script").status == 0
    assert run_cm("init").status == 0
    assert run_cm("find", "script").status == 0
    imported = imports_of(run_cm, words)
    assert sorted(imported & (EXPENSIVE | more)) == []
