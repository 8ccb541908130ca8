"""The doctor's checks of scripts."""

from cm_core import Session
from cm_core.actions import examine


def findings(cm_session, **env):
    session = Session(env={**cm_session.env, **env}, cwd=cm_session.cwd)
    return {(finding.check, finding.state): finding for finding in examine(session).data["checks"]}


def test_a_compiler(cm_session, tmp_path):
    (tmp_path / "cc").touch(mode=0o755)
    assert findings(cm_session, PATH=str(tmp_path))["compiler", "ok"].text == f"cc at {tmp_path / 'cc'}"
    (tmp_path / "cc").unlink()
    assert "gcc" in findings(cm_session, PATH=str(tmp_path))["compiler", "warn"].fix
