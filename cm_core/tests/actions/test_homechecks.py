"""The doctor knows homes that several users share."""

import os
import sys

import pytest

from cm_core.actions.homechecks import check_group, check_home, check_locks, check_shared
from cm_core.session import Session

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def group_home(tmp_path):
    """A home with setgid, made with the umask of a group."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o2775)
    before = os.umask(0o002)
    session = Session(home, env={})
    session.access({"action": "add", "automation": "script", "artifact": "x"})
    yield session
    os.umask(before)
    session.close()


def told(findings):
    return [(finding.check, finding.state, finding.text) for finding in findings]


@posix
def test_a_home_of_a_group_that_is_in_order(group_home):
    assert told(check_group(group_home)) == []


@posix
@pytest.mark.parametrize(
    ("place", "mode", "what"),
    [
        ("index.sqlite", 0o644, "index.sqlite is not writable for the group"),
        ("locks", 0o2755, "locks is not writable for the group"),
        ("repos", 0o775, "repos has no setgid bit, so new files get another group"),
    ],
)
def test_a_place_that_the_group_cannot_use(group_home, place, mode, what):
    (group_home.home.path / place).chmod(mode)
    (finding,) = check_group(group_home)
    assert finding.state == "warn"
    assert finding.text.endswith(what)
    assert "chmod -R g+rwX" in finding.fix


@posix
def test_a_umask_that_keeps_the_group_out(group_home):
    os.umask(0o022)
    (finding,) = check_group(group_home)
    assert "the umask 022 keeps the group" in finding.text
    assert finding.fix.startswith("umask 002")


@posix
def test_a_place_of_another_group(group_home):
    if os.geteuid() != 0:
        pytest.skip("needs root, for another group")
    os.chown(group_home.home.locks_dir, 0, 4711)
    group_home.home.locks_dir.chmod(0o2775)
    (finding,) = check_group(group_home)
    assert finding.text.endswith("locks belongs to another group than the home")


@posix
def test_a_home_of_ones_own_is_nobodys_business(cm_session):
    cm_session.home.ensure()
    cm_session.home.path.chmod(0o775)
    assert told(check_group(cm_session)) == []


def test_a_home_of_somebody_else(open_folder, as_nobody):
    session = Session(open_folder / "home", env={})
    session.home.ensure()
    with as_nobody():
        (finding,) = check_home(session)
    assert finding.state == "warn"
    assert f"CM_SHARED_HOMES={open_folder / 'home'}" in finding.fix


@pytest.mark.skipif(sys.platform != "linux", reason="flock")
def test_a_file_system_with_locks_is_no_news(cm_session):
    cm_session.home.ensure()
    assert told(check_locks(cm_session)) == []


def test_shared_homes(cm_session, tmp_path):
    shared = Session(tmp_path / "shared", env={})
    shared.home.ensure()
    names = os.pathsep.join(map(str, (shared.home.path, tmp_path / "gone")))
    session = Session(env={**cm_session.env, "CM_SHARED_HOMES": names})
    good, bad = check_shared(session)
    assert told([good]) == [("shared home", "ok", f"{shared.home.path}: local")]
    assert "does not exist" in bad.text
    assert bad.state == "warn"
    session.close()
