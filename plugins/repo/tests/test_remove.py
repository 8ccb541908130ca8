import os

import pytest

from cm_core import CMError, Interaction, InteractionError, NotFoundError, Request, Session, UsageError

pytestmark = pytest.mark.usefixtures("configure")


@pytest.fixture
def call(call, cm_home, cm_session, tmp_path):
    def called(*words, interaction=None, **options):
        session = Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=interaction)
        return call(*words, session=session, **options)

    return called


@pytest.fixture
def mine(call, cm_home):
    call("add", "mine")
    return cm_home / "repos/mine"


@pytest.mark.parametrize("action", ["rm", "delete", "remove"])
def test_unregister_keeps_the_content(call, mine, cm_session, action):
    result = call(action, "mine", f=True)
    assert [repo.alias for repo in result.data["deleted_list"]] == ["mine"]
    assert (mine / "cmr.yaml").is_file()
    assert cm_session.repos.registered_paths() == ()


@pytest.mark.parametrize("option", ["f", "force"])
def test_all_removes_the_content(call, mine, cm_home, option):
    call("rm", "mine", all=True, **{option: True})
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["local"]


def test_without_a_name_nothing_is_removed(call, mine):
    for options in ({}, {"f": True}, {"f": True, "all": True}):
        with pytest.raises(UsageError, match="no repository to remove"):
            call("rm", **options)
    assert mine.is_dir()


def test_consent(call, mine):
    with pytest.raises(InteractionError):
        call("rm", "mine")
    assert call("rm", "mine", interaction=Interaction(quiet=True)).lines == ("nothing was removed",)
    refusing = Interaction(interactive=True, read=lambda prompt: "n")
    assert call("rm", "mine", interaction=refusing).data["deleted_list"] == []
    assert len(call("rm", "mine", interaction=Interaction(yes=True)).data["deleted_list"]) == 1


def test_wildcards_pass_over_what_is_protected(call, mine, cm_session):
    call("add", "other")
    removed = call("rm", "*", f=True, all=True).data["deleted_list"]
    assert sorted(repo.alias for repo in removed) == ["mine", "other"]
    assert (cm_session.home.local_repo / "cmr.yaml").is_file()


@pytest.mark.parametrize("name", ["local", "LOCAL", "9a3280b14a4285c9"])
def test_the_local_repository_stays(call, mine, cm_home, name):
    with pytest.raises(CMError, match="cannot be removed"):
        call("rm", name, f=True, all=True)
    assert (cm_home / "repos/local/cmr.yaml").is_file()


def test_what_ships_with_a_distribution_stays(call, cm_home, cm_session, tmp_path, make_repo):
    shipped = make_repo("shipped")
    session = Session(cm_home, env=cm_session.env, cwd=tmp_path)
    session.plugins.repositories_by_plugin[next(iter(session.plugins.repositories_by_plugin))] = [shipped]
    with pytest.raises(CMError, match="ships with"):
        session.call(
            Request(action="rm", automation="repo", artifact="shipped", options={"f": True, "all": True})
        )
    assert shipped.is_dir()


def test_unknown_names(call, mine):
    with pytest.raises(NotFoundError):
        call("rm", "nothing", f=True)
    with pytest.raises(NotFoundError):
        call("rm", "mine", "nothing", f=True, all=True)
    assert mine.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_content_elsewhere_and_links(call, make_repo, tmp_path):
    folder = make_repo("theirs")
    call("add", path=str(folder))
    call("rm", "theirs", f=True, all=True)
    assert not folder.exists()
    real = make_repo("real")
    link = tmp_path / "link"
    link.symlink_to(real)
    call("add", path=str(link))
    call("rm", "real", f=True, all=True)
    assert not link.exists()
    assert real.is_dir()


def test_a_folder_that_holds_more_is_not_removed(call, tmp_path, cm_home):
    call("add", "outer", path=str(tmp_path))
    with pytest.raises(CMError, match="it contains"):
        call("rm", "outer", f=True, all=True)
    call("rm", "outer", f=True)
    assert cm_home.is_dir()


def test_the_question_tells_what_would_be_lost(call, make_remote, cm_home, git):
    make_remote("owner/tools")
    call("pull", "owner@tools")
    place = cm_home / "repos/owner@tools"
    (place / "new.txt").write_text("mine")
    git("add", "-A", cwd=place)
    git("commit", "-q", "-m", "mine", cwd=place)
    (place / "other.txt").write_text("mine")
    questions = []

    def answer(prompt):
        questions.append(prompt)
        return "n"

    call("rm", "owner@tools", all=True, interaction=Interaction(interactive=True, read=answer))
    assert "1 changed files and 1 own commits" in questions[0]


def test_a_registered_folder_that_is_missing(call, make_repo, cm_session):
    import shutil

    folder = make_repo("gone")
    call("add", path=str(folder))
    shutil.rmtree(folder)
    call("rm", str(folder), f=True)
    assert cm_session.repos.registered_paths() == ()
