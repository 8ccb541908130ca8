"""What the first commands of a person may import: each module here was measured and found dear."""

import json
import subprocess
import sys

import pytest

from cm_core.testing.fixtures import CommandRunner, _clean_environment

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


@pytest.fixture(scope="module")
def used_before(tmp_path_factory: pytest.TempPathFactory) -> CommandRunner:
    """Not the first command of a home: that one finds the plugins and fills the index, which takes more."""
    folder = tmp_path_factory.mktemp("used")
    run = CommandRunner(home=folder / "cm-home", cwd=folder, env=_clean_environment(folder / "cm-home"))
    for words in (["find", "script"], ["init"], ["find", "script"]):
        assert run(*words).status == 0
    return run


def imports_of(run: CommandRunner, words: list[str], **env: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *words],
        env={**run.env, **env},
        cwd=run.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_completion_looks_at_scripts_without_their_engine(used_before: CommandRunner) -> None:
    asked = {"_CM_COMPLETE": "bash_complete", "COMP_WORDS": 'cm run script "get dataset digits" --sam'}
    imported = imports_of(used_before, [], **asked)
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
def test_imports(used_before: CommandRunner, words: list[str], more: set[str]) -> None:
    imported = imports_of(used_before, words)
    assert sorted(imported & (EXPENSIVE | more)) == []
