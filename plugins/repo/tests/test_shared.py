"""Repositories of a shared home are listed, and changed only there."""

import os

import pytest

from cm_core import AlreadyExistsError, CMError, Request, Session


@pytest.fixture
def mine(cm_session, tmp_path, make_repo):
    shared = Session(tmp_path / "shared", env={})
    shared.home.ensure()
    make_repo("team", {}, folder=tmp_path / "shared/repos/team", register=shared)
    shared.close()
    session = Session(env={**cm_session.env, "CM_SHARED_HOMES": str(tmp_path / "shared")}, cwd=tmp_path)
    yield session
    session.close()


def call(session, action, *names, **options):
    first, *others = names or ("",)
    request = Request(
        action=action, automation="repo", artifact=first, artifacts=tuple(others), options=options
    )
    return session.call(request)


def test_it_is_shown_with_its_home(mine, tmp_path):
    shown = call(mine, "show", "team").to_mapping()
    assert "shared" in str(shown)
    assert str(tmp_path / "shared") in str(call(mine, "load", "team").to_mapping())


@pytest.mark.parametrize(
    ("action", "options"), [("checkout", {"branch": "x"}), ("rm", {"force": True}), ("update", {})]
)
def test_it_is_not_changed(mine, action, options):
    if action == "update":
        assert "only read" in str(call(mine, action, "team").to_mapping())
        return
    with pytest.raises(CMError, match="which is only read"):
        call(mine, action, "team", **options)


def test_one_of_the_same_name_is_made_here(mine, cm_home):
    call(mine, "add", "team")
    assert mine.repos.registered_paths() == (cm_home / "repos" / "team",)
    with pytest.raises(AlreadyExistsError):
        call(mine, "add", "team", path=os.fspath(cm_home / "repos" / "other"))
