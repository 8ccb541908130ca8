"""The doctor finds what is wrong and says how to repair it."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.actions.doctor import Finding, examine
from cm_core.plugins.interface import hookimpl
from cm_core.session import Session
from cm_core.testing.fixtures import CommandRunner


def findings(session: Session) -> dict[tuple[str, str], Finding]:
    return {(finding.check, finding.state): finding for finding in examine(session).data["checks"]}


def session_with(cm_session: Session, **env: str) -> Session:
    return Session(env={**cm_session.env, **env}, cwd=cm_session.cwd)


@pytest.mark.first_use
def test_a_healthy_installation(cm_session: Session) -> None:
    result = examine(cm_session)
    assert result.exit_code == 0
    checks = [finding.check for finding in result.data["checks"]]
    assert checks[:6] == ["python", "home", "disk", "plugins", "repositories", "index"]
    assert not cm_session.home.path.exists()
    assert f"{cm_session.home.path} (will be created on first use)" in "\n".join(result.lines)


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


def test_a_plugin_that_is_disabled_on_purpose(cm_session: Session) -> None:
    found = findings(session_with(cm_session, CM_DISABLE_PLUGINS="script"))
    assert "'script'" in found["plugins", "warn"].text
    assert not found["plugins", "warn"].fix


class Nervous:
    """A plugin whose check breaks."""

    @hookimpl
    def cm_check_health(self) -> None:
        raise RuntimeError("boom")


class Careful:
    """A plugin that finds something."""

    @hookimpl
    def cm_check_health(self, session: Session) -> list[Finding]:
        return [Finding(check="room", state="ok", text=session.home.path.name)]


def test_plugins_check_their_part(cm_session: Session) -> None:
    cm_session.plugins.manager.register(Nervous(), name="nervous")
    cm_session.plugins.manager.register(Careful(), name="careful")
    found = findings(cm_session)
    assert found["nervous", "fail"].text == "RuntimeError: boom"
    assert found["room", "ok"].text == "cm-home"


@pytest.mark.skipif(os.name == "nt", reason="/proc")
def test_the_command(run_cm: CommandRunner) -> None:
    outcome = run_cm("doctor")
    assert outcome.status == 0
    assert f"at {sys.executable}" in outcome.stdout
    checks = run_cm("doctor", "--json").json()["checks"]
    assert {check["state"] for check in checks} <= {"ok", "warn"}
    if Path("/proc/self").exists():
        assert run_cm("doctor", env={"CM_REPOS": "/proc/home"}).status == 1
