import pytest

from cm_core import (
    AlreadyExistsError,
    CMError,
    Interaction,
    InteractionError,
    NotFoundError,
    Session,
    UsageError,
)
from cm_repo.git import _reason
from cm_repo.trust import UntrustedError

pytestmark = pytest.mark.usefixtures("configure")


def test_a_second_pull_updates(tools, call, cm_session):
    remote, _place = tools
    before = call("pull", "owner@tools")
    assert before.data["list"][0]["change"] == "unchanged"
    assert "up to date" in before.lines[0]
    meta = (remote.work / "script/hello/_cm.yaml").read_text().replace("hello", "bye").replace("a1", "a2")
    new = remote.commit({"script/bye/_cm.yaml": meta})
    after = call("pull", "owner@tools")
    assert (after.data["commit"], after.data["list"][0]["change"]) == (new, "updated")
    found = cm_session.find("script", "owner@tools:*")
    assert [artifact.alias for artifact in found] == ["bye", "hello"]


def test_a_history_that_was_rewritten_is_an_error(tools, call, git):
    remote, place = tools
    before = git("rev-parse", "HEAD", cwd=place)
    git("commit", "-q", "--amend", "-m", "other", cwd=remote.work)
    remote.publish("--force")
    with pytest.raises(CMError, match="cannot update") as caught:
        call("pull", "owner@tools")
    assert "merge or reset" in caught.value.hint
    assert git("rev-parse", "HEAD", cwd=place) == before


def test_local_changes_in_the_way(tools, call, git):
    remote, place = tools
    remote.commit({"script/hello/_cm.yaml": "alias: other\n"})
    (place / "script/hello/_cm.yaml").write_text("alias: mine\n")
    with pytest.raises(CMError, match="cannot update"):
        call("pull", "owner@tools")
    assert (place / "script/hello/_cm.yaml").read_text() == "alias: mine\n"


@pytest.fixture
def refused(tools, cm_session):
    """A session for which the clone belongs to somebody else; the variable is for tests of git itself."""
    env = {**cm_session.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    session = Session(cm_session.home.path, env=env)
    yield session
    session.close()


def test_a_clone_that_git_refuses_is_an_error_and_not_up_to_date(tools, refused, call):
    _remote, place = tools
    with pytest.raises(CMError, match=f"cannot read the clone {place}: fatal: detected dubious") as caught:
        call("pull", "owner@tools", session=refused)
    assert "safe.directory" in caught.value.hint
    assert call("update", session=refused).exit_code == 1


def test_what_git_refuses_is_no_state_without_a_word(tools, refused, call):
    shown = call("show", session=refused)
    assert any("dubious ownership" in warning for warning in shown.warnings)


def test_what_git_refuses_is_not_known_to_be_saved(tools, refused, call):
    with pytest.raises(InteractionError, match="whether it has unsaved work is unknown"):
        call("rm", "owner@tools", session=refused, all=True)


def test_a_lock_that_a_killed_git_left_is_named(tools, call):
    remote, place = tools
    remote.commit({"new": "x"})
    lock = place / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(
        CMError, match=r"(error|fatal): Unable to create '.*index\.lock': File exists\.$"
    ) as caught:
        call("pull", "owner@tools")
    assert caught.value.hint == f"if no other git is at work there, a killed one left it: rm {lock}"
    lock.unlink()
    assert call("pull", "owner@tools").data["list"][0]["change"] == "updated"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", ""),
        ("fatal: one\n\nAnother git process\nmay have crashed", "fatal: one"),
        ("hint: merge\nwarning: x\nfatal: Not possible", "fatal: Not possible"),
        (
            "host: Permission denied (publickey).\nfatal: Could not read",
            "host: Permission denied (publickey). / fatal: Could not read",
        ),
        (
            "error: changes would be lost:\n\ta\n\tb\nAborting",
            "error: changes would be lost: / a / b / Aborting",
        ),
        ("From x\nerror: \x1b[31mred", "From x / error: [31mred"),
    ],
)
def test_what_git_says_first_is_kept(said, reason):
    assert _reason(said) == reason


@pytest.mark.parametrize(
    "meta",
    [
        "alias: [\n",
        "alias: x\nuid: '0123456789abcde0'\nmin_cm_version: '99'\n",
        "alias: other\nuid: '00000000000000ff'\n",
    ],
)
def test_an_update_that_cannot_be_used_is_taken_back(tools, call, git, make_remote, meta):
    remote, place = tools
    make_remote("a/other", uid="00000000000000ff")
    call("pull", "a@other")
    before = git("rev-parse", "HEAD", cwd=place)
    (place / "notes.txt").write_text("mine")
    remote.commit({"cmr.yaml": meta})
    with pytest.raises(CMError):
        call("pull", "owner@tools")
    assert git("rev-parse", "HEAD", cwd=place) == before
    assert git("symbolic-ref", "--short", "HEAD", cwd=place) == "main"
    assert git("status", "--porcelain", cwd=place) == "?? notes.txt"


def test_a_server_that_is_gone(tools, call, git):
    remote, place = tools
    before = git("rev-parse", "HEAD", cwd=place)
    remote.bare.rename(remote.bare.with_name("away"))
    with pytest.raises(CMError, match="cannot update"):
        call("pull", "owner@tools")
    assert git("rev-parse", "HEAD", cwd=place) == before


@pytest.fixture
def answering(cm_session, cm_home, tmp_path):
    def session(**interaction):
        return Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=Interaction(**interaction))

    return session


def test_another_origin_is_asked_about(tools, call, make_remote, answering, git):
    _, place = tools
    fork = make_remote("fork/tools", uid="0123456789abcde0")
    with pytest.raises(InteractionError):
        call("pull", "owner@tools", url=fork.url)
    with pytest.raises(CMError, match="was cloned from"):
        call("pull", "owner@tools", url=fork.url, session=answering(quiet=True))
    with pytest.raises(CMError, match="cannot update"):
        call("pull", "owner@tools", url=fork.url, session=answering(yes=True))
    assert git("remote", "get-url", "origin", cwd=place).endswith("hub/owner/tools")


def test_agreeing_to_another_origin(tools, call, answering, git):
    import shutil

    remote, place = tools
    mirror = remote.bare.with_name("mirror")
    shutil.copytree(remote.bare, mirror)
    call("pull", "owner@tools", url=mirror.as_uri(), session=answering(yes=True))
    assert git("remote", "get-url", "origin", cwd=place) == mirror.as_uri()


def test_a_fixed_commit_stays(tools, call, git):
    remote, place = tools
    first = git("rev-parse", "HEAD", cwd=place)
    remote.commit({"a": "1"})
    call("pull", "owner@tools", checkout=first)
    result = call("pull", "owner@tools")
    assert (result.data["commit"], result.data["list"][0]["change"]) == (first, "fixed")
    assert "no branch" in result.lines[0]


def test_a_clone_elsewhere_is_updated_where_it_is(make_remote, call, git, tmp_path, cm_home):
    remote = make_remote("owner/tools")
    elsewhere = tmp_path / "elsewhere"
    git("clone", "-q", remote.url, str(elsewhere), cwd=tmp_path)
    call("add", path=str(elsewhere))
    new = remote.commit({"a": "1"})
    assert call("pull", "owner@tools").data["path"] == str(elsewhere)
    assert git("rev-parse", "HEAD", cwd=elsewhere) == new
    assert not (cm_home / "repos/owner@tools").exists()


def test_the_plain_name_of_a_clone_means_that_clone(make_remote, call, cm_home):
    remote = make_remote("owner/tools")
    call("pull", "mine", url=remote.url)
    new = remote.commit({"a": "1"})
    result = call("pull", "mine")
    assert (result.data["path"], result.data["commit"]) == (str(cm_home / "repos/mine"), new)


# -- update of all --------------------------------------------------------------------------------------


@pytest.fixture
def three(make_remote, call, git, tmp_path):
    remotes = [make_remote(f"a/{name}", uid=f"000000000000000{name}") for name in "123"]
    call("pull", "a@1", "a@2")
    elsewhere = tmp_path / "elsewhere"
    git("clone", "-q", remotes[2].url, str(elsewhere), cwd=tmp_path)
    call("add", path=str(elsewhere))
    call("add", "plain")
    return remotes


@pytest.mark.parametrize("action", ["update", "pull"])
def test_one_that_fails_stops_no_other(three, call, action, git):
    three[0].bare.rename(three[0].bare.with_name("away"))
    new = three[1].commit({"a": "1"})
    also = three[2].commit({"a": "1"})
    result = call(action)
    assert result.exit_code == 1
    assert list(result.data["failed"]) == ["a@1"]
    assert {entry["commit"] for entry in result.data["list"]} == {new, also}
    assert result.lines[-1] == "2 updated, 0 unchanged, 1 failed"
    assert sum(line.startswith("failed: ") for line in result.lines) == 1


def test_update_by_name(three, call):
    result = call("update", "a@2")
    assert [entry["name"] for entry in result.data["list"]] == ["a@2"]
    assert result.lines[-1] == "0 updated, 1 unchanged, 0 failed"
    with pytest.raises(NotFoundError):
        call("update", "nothing")
    assert "no git clone" in call("update", "plain").data["failed"]["plain"]


def test_update_of_an_empty_home(call):
    assert call("update").lines == ("0 updated, 0 unchanged, 0 failed",)


def test_the_list_of_owners_holds_for_updates(three, call, configure):
    configure(trust={"allow": ["b"]})
    assert sorted(call("update").data["failed"]) == ["a@1", "a@2", "a@3"]


# -- checkout -------------------------------------------------------------------------------------------


def test_checkout_moves_without_updating(tools, call, git):
    remote, place = tools
    first = git("rev-parse", "HEAD", cwd=place)
    remote.branch("dev")
    dev = remote.commit({"a": "1"})
    assert call("checkout", "owner@tools", branch="dev").data["commit"] == dev
    later = remote.commit({"a": "2"})
    assert call("checkout", "owner@tools", branch="main").data["commit"] == first
    assert call("checkout", "owner@tools", branch="dev").data["commit"] == dev
    assert call("checkout", "owner@tools", checkout=later).data["commit"] == later
    assert call("checkout", "owner@tools", new_branch="mine").data["list"][0]["branch"] == "mine"


def test_checkout_failures_change_nothing(tools, call, git):
    _, place = tools
    before = git("rev-parse", "HEAD", cwd=place)
    with pytest.raises(CMError, match="cannot check out"):
        call("checkout", "owner@tools", branch="nope")
    with pytest.raises(UsageError):
        call("checkout", "owner@tools")
    with pytest.raises(UsageError):
        call("checkout", branch="main")
    with pytest.raises(NotFoundError):
        call("checkout", "nothing", branch="main")
    call("add", "plain")
    with pytest.raises(AlreadyExistsError):
        call("checkout", "plain", branch="main")
    assert git("rev-parse", "HEAD", cwd=place) == before


def test_commits_of_ones_own_are_not_thrown_away(tools, call, git):
    _remote, place = tools
    first = git("rev-parse", "HEAD", cwd=place)
    (place / "mine.txt").write_text("mine")
    git("add", "-A", cwd=place)
    git("commit", "-q", "-m", "mine", cwd=place)
    mine = git("rev-parse", "HEAD", cwd=place)
    with pytest.raises(CMError, match="commits of its own"):
        call("checkout", "owner@tools", branch="main", checkout=first)
    assert git("rev-parse", "main", cwd=place) == mine


def test_a_pin_holds_for_checkout(tools, call, git, configure):
    remote, place = tools
    first = git("rev-parse", "HEAD", cwd=place)
    second = remote.commit({"a": "1"})
    configure(trust={"pins": {"owner@tools": first}})
    with pytest.raises(UntrustedError):
        call("checkout", "owner@tools", checkout=second)
    assert git("rev-parse", "HEAD", cwd=place) == first


def test_a_branch_that_was_renamed_on_the_server_is_told(tools, call, git):
    remote, _place = tools
    git("branch", "-m", "main", "trunk", cwd=remote.bare)
    with pytest.raises(CMError) as caught:
        call("pull", "owner@tools")
    assert "was renamed; name another: --branch=NAME" in caught.value.hint
