"""The doctor finds what is wrong and says how to repair it."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.actions.doctor import Finding, examine
from cm_core.session import Session
from cm_core.testing.fixtures import CommandRunner


def findings(session: Session) -> dict[tuple[str, str], Finding]:
    return {(finding.check, finding.state): finding for finding in examine(session).data["checks"]}


def session_with(cm_session: Session, **env: str) -> Session:
    return Session(env={**cm_session.env, **env}, cwd=cm_session.cwd)


def test_a_healthy_installation(cm_session: Session) -> None:
    result = examine(cm_session)
    assert result.exit_code == 0
    checks = [finding.check for finding in result.data["checks"]]
    assert checks == [
        "python",
        "git",
        "compiler",
        "home",
        "disk",
        "plugins",
        "repositories",
        "index",
    ]
    assert not cm_session.home.path.exists()
    assert f"{cm_session.home.path} (will be created at first use)" in "\n".join(result.lines)


def test_no_programs(cm_session: Session, tmp_path: Path) -> None:
    found = findings(session_with(cm_session, PATH=str(tmp_path)))
    assert "git" in found["git", "warn"].fix
    assert "gcc" in found["compiler", "warn"].fix


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that refuses folders")
def test_a_home_that_cannot_be_written(cm_session: Session) -> None:
    session = session_with(cm_session, CM_REPOS="/proc/home")
    assert examine(session).exit_code == 1
    assert "CM_REPOS" in findings(session)["home", "fail"].fix


def test_a_registered_repository_that_is_missing(cm_session: Session, make_repo: Callable[..., Path]) -> None:
    folder = make_repo("gone", register=cm_session)
    shutil.rmtree(folder)
    found = findings(session_with(cm_session))
    assert str(folder) in found["repositories", "warn"].text
    assert "cm rm repo" in found["repositories", "warn"].fix


def test_a_damaged_list_of_repositories(cm_session: Session) -> None:
    cm_session.home.ensure()
    cm_session.home.repos_json.write_text("{")
    result = examine(cm_session)
    assert result.exit_code == 1
    failed = [finding for finding in result.data["checks"] if finding.state == "fail"]
    assert failed
    assert "repos.json is damaged" in failed[0].text
    assert failed[0].fix


def test_metadata_that_cannot_be_read(cm_session: Session, make_repo: Callable[..., Path]) -> None:
    folder = make_repo("mine", {"script/good": {}, "script/bad": {}}, register=cm_session)
    (folder / "script/bad/_cm.yaml").write_text("- a list")
    found = findings(session_with(cm_session))
    assert str(folder / "script" / "bad") in found["metadata", "warn"].text


def test_a_home_of_the_original(cm_session: Session, tmp_path: Path) -> None:
    home = tmp_path / "CM"
    clone = home / "repos" / "mlcommons@cm4mlops"
    for folder in (clone, home / "repos" / "local"):
        folder.mkdir(parents=True)
        (folder / "cmr.yaml").write_text(f"alias: {folder.name}\nuid: 9e97bb72b0474657\n")
    (home / "index.json").write_text("{}")
    (home / "repos.json").write_text(json.dumps([str(clone), str(home / "repos" / "local")]))
    session = session_with(cm_session, HOME=str(tmp_path))
    found = findings(session)["original", "warn"]
    assert str(clone) in found.text
    assert "cm import" in found.fix
    session.repos.add(clone)
    assert ("original", "warn") not in findings(session)


def test_a_home_of_the_original_without_the_plugin_for_it(cm_session: Session, tmp_path: Path) -> None:
    clone = tmp_path / "CM" / "repos" / "theirs"
    clone.mkdir(parents=True)
    (tmp_path / "CM" / "index.json").write_text("{}")
    (tmp_path / "CM" / "repos.json").write_text('["theirs"]')
    session = session_with(cm_session, HOME=str(tmp_path), CM_DISABLE_PLUGINS="cmind")
    assert findings(session)["original", "warn"].fix == f"cm import repo --path={clone}"


def test_a_plugin_that_is_disabled_on_purpose(cm_session: Session) -> None:
    found = findings(session_with(cm_session, CM_DISABLE_PLUGINS="script"))
    assert "'script'" in found["plugins", "warn"].text
    assert not found["plugins", "warn"].fix


@pytest.mark.skipif(os.name == "nt", reason="/proc")
def test_the_command(run_cm: CommandRunner) -> None:
    outcome = run_cm("doctor")
    assert outcome.status == 0
    assert f"at {sys.executable}" in outcome.stdout
    checks = run_cm("doctor", "--json").json()["checks"]
    assert {check["state"] for check in checks} <= {"ok", "warn"}
    if Path("/proc/self").exists():
        assert run_cm("doctor", env={"CM_REPOS": "/proc/home"}).status == 1
