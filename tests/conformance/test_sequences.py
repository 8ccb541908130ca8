"""The public test sequences of the original, run as its users would, as far as they need no network.

Where they call ``python`` on a program that imports ``cmind``, ours is ``python -m cm_cmind``; nothing else
is changed. What is left out is named in the report.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from cm_conformance.report import Report
from cm_conformance.repository import scripts

pytestmark = pytest.mark.slow

LEFT_OUT = {
    "the installation steps of `test-cm.yml`": "they install the original and pull from GitHub",
    "the requests of `tests/script/test_features.py` about ImageNet": "they download it",
    "`tests/script/test_install.py`": "it downloads and builds Python",
    "`tests/script/test_docker.py`": "it pulls container images",
    "`tests/script/process_dockerfile.py` and `process_readme.py`": (
        "they only look at files of a folder `cm-mlops`, which the repository no longer has"
    ),
    "the container tests of `get-generic-sys-util` in `process_tests.py`": "they pull container images",
}


class User:
    """A person with an empty home folder in which the repository is registered."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.home = folder
        (folder / "CM").mkdir()
        (folder / "CM" / "repos.json").write_text(f'["{repository}"]', encoding="utf-8")
        programs = str(Path(sys.executable).parent)
        self.env = {
            **os.environ,
            "HOME": str(folder),
            "CM_REPOS": str(folder / "CM"),
            "PATH": os.pathsep.join((programs, os.environ.get("PATH", ""))),
        }

    def run(self, words: Sequence[str | Path], cwd: Path) -> str:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def python(self, program: Path, *words: str | Path, cwd: Path | None = None) -> str:
        return self.run([sys.executable, "-m", "cm_cmind", program, *words], cwd or program.parent)


@pytest.fixture
def user(tmp_path: Path, repository: Path) -> User:
    home = tmp_path / "person"
    home.mkdir()
    return User(home, repository)


def test_the_workflow(user: User, checkout: Path, report: Report):
    workflow = yaml.safe_load((checkout / ".github/workflows/test-cm.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["build"]["steps"]
    (script,) = [step["run"] for step in steps if step.get("name") == "Test"]
    user.run(["bash", "-e", "-c", script.replace("python tests/", "python -m cm_cmind tests/")], checkout)
    found = user.run(["cm", "find", "script", "my-test-script*"], user.home).splitlines()
    assert sorted(Path(path).relative_to(user.home).as_posix() for path in found) == [
        "CM/repos/my-test-repo/script/my-test-script",
        "CM/repos/my-test-repo/script/my-test-script2",
        "tmp_cm_repo/script/my-test-script",
        "tmp_cm_repo/script/my-test-script2",
    ]
    report.section(
        "sequences",
        "Public test sequences",
        "These run as they are in `mlcommons/ck` and in the repository, with `python -m cm_cmind` for "
        "`python`: the test step of `test-cm.yml`, `tests/test_cm.py`, `tests/test_search_speed.py`, "
        "`tests/script/process_tests.py` on every script, `tests/script/test_deps.py`, and "
        "`tests/script/test_features.py`. Left out:",
        *(f"- {what}: {why}." for what, why in LEFT_OUT.items()),
    )


@pytest.mark.parametrize("owner", ["checkout", "repository"])
def test_the_programs(owner: str, user: User, request: pytest.FixtureRequest):
    if owner == "repository":
        request.getfixturevalue("yardstick")
    root: Path = request.getfixturevalue(owner)
    user.python(root / "tests" / "test_cm.py")
    said = user.python(root / "tests" / "test_search_speed.py")
    assert len(re.findall(r"^\d+\) [\d.]+ sec", said, re.MULTILINE)) == 10
    user.python(root / "tests" / "script" / "test_deps.py")


@pytest.mark.usefixtures("yardstick")
def test_every_script_is_tested(user: User, repository: Path):
    # Only one script has tests, and these run in containers.
    files = [
        (item.path / "_cm.yaml").relative_to(repository)
        for item in scripts(repository)
        if "tests" not in item.meta
    ]
    said = user.python(repository / "tests" / "script" / "process_tests.py", *files, cwd=repository)
    assert said.count("'action': 'test'") == len(files)


@pytest.mark.usefixtures("yardstick")
def test_features_without_the_download(user: User, repository: Path, tmp_path: Path):
    program = repository / "tests" / "script" / "test_features.py"
    copy = tmp_path / "features.py"
    copy.write_text(without_downloads(program.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / "check.py").write_bytes(program.with_name("check.py").read_bytes())
    user.python(copy)
    found = user.run(["cm", "find", "cache", "--tags=get,python,virtual,name-test"], user.home)
    assert len(found.splitlines()) == 1


def without_downloads(text: str) -> str:
    """The program without the requests about ImageNet and the checks of their answers."""
    kept, skipping = [], False
    for statement in ast.parse(text).body:
        part = ast.get_source_segment(text, statement) or ""
        skipping = "imagenet" in part or (skipping and part.startswith("checks."))
        if not skipping:
            kept.append(part)
    assert "test-scripts" in kept[-4]
    return "\n".join(kept)
