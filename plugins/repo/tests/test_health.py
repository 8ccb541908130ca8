"""The doctor's checks of repositories."""

import json

from cm_core import Session
from cm_core.actions import examine


def findings(cm_session, **env):
    session = Session(env={**cm_session.env, **env}, cwd=cm_session.cwd)
    return {(finding.check, finding.state): finding for finding in examine(session).data["checks"]}


def test_git(cm_session, tmp_path):
    assert "git version" in findings(cm_session)["git", "ok"].text
    assert "git" in findings(cm_session, PATH=str(tmp_path))["git", "warn"].fix


def test_a_git_that_does_not_answer(cm_session, tmp_path):
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    found = findings(cm_session, PATH=f"{tmp_path}:/usr/bin:/bin", CM_PROBE_TIMEOUT="0.5")
    assert found["git", "warn"].text.endswith("git --version' did not finish within 0.5 s")


def test_a_home_of_the_original(cm_session, tmp_path):
    home = tmp_path / "CM"
    clone = home / "repos" / "mlcommons@cm4mlops"
    for folder in (clone, home / "repos" / "local"):
        folder.mkdir(parents=True)
        (folder / "cmr.yaml").write_text(f"alias: {folder.name}\nuid: 9e97bb72b0474657\n")
    (home / "index.json").write_text("{}")
    (home / "repos.json").write_text(json.dumps([str(clone), str(home / "repos" / "local")]))
    found = findings(cm_session, HOME=str(tmp_path))["original", "warn"]
    assert str(clone) in found.text
    assert "cm import" in found.fix
    cm_session.repos.add(clone)
    assert ("original", "warn") not in findings(cm_session, HOME=str(tmp_path))


def test_a_home_of_the_original_without_the_plugin_for_it(cm_session, tmp_path):
    clone = tmp_path / "CM" / "repos" / "theirs"
    clone.mkdir(parents=True)
    (tmp_path / "CM" / "index.json").write_text("{}")
    (tmp_path / "CM" / "repos.json").write_text('["theirs"]')
    found = findings(cm_session, HOME=str(tmp_path), CM_DISABLE_PLUGINS="cmind")
    assert found["original", "warn"].fix == f"cm import repo --path={clone}"
