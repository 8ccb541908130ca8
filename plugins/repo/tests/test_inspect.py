import json
import os
import zipfile
from pathlib import Path

import pytest
import yaml

from cm_core import AlreadyExistsError, CMError, NotFoundError, Request, Session, UsageError

pytestmark = pytest.mark.usefixtures("configure")


@pytest.fixture
def call(call, cm_home, cm_session, tmp_path):
    def called(*words, cwd=None, **options):
        session = Session(cm_home, env=cm_session.env, cwd=cwd or tmp_path)
        return call(*words, session=session, **options)

    return called


@pytest.fixture
def two(call, make_remote, cm_home):
    remote = make_remote(
        "owner/tools",
        meta=("alias: owner@tools\nuid: '0123456789abcde0'\ngit: true\nprefix: cm\ndesc: Useful tools\n"),
    )
    call("pull", "owner@tools")
    call("add", "plain", uid="00000000000000ab")
    return remote


@pytest.mark.parametrize("action", ["find", "ls", "list", "search"])
def test_find(call, two, cm_home, action):
    result = call(action, "owner*", "plain")
    assert result.lines == (
        f"plain,00000000000000ab = {cm_home / 'repos/plain'}",
        f"owner@tools,0123456789abcde0 = {cm_home / 'repos/owner@tools'}",
    )
    assert [repo.alias for repo in result.data["list"]] == ["plain", "owner@tools"]
    assert call(action, "nothing").lines == ()
    assert next(repo.alias for repo in call(action).data["list"]) == "local"


def test_paths(call, two, cm_home):
    place = str(cm_home / "repos/owner@tools")
    assert call("where", "owner@tools").lines == (place,)
    assert call("find", "0123456789ABCDE0", min=True).lines == (place,)
    assert call("find", "owner@tools", min=True, with_prefix=True).lines == (f"{place}/cm",)


def test_show(call, two):
    text = "\n".join(call("show", "owner@tools").lines)
    for part in (
        "owner@tools,0123456789abcde0",
        "Useful tools",
        two.bare.as_uri(),
        "branch: main",
        "git: yes",
    ):
        assert part in text
    assert call("find", "owner@tools", verbose=True).lines == call("show", "owner@tools").lines


def test_show_without_git(two, cm_home, tmp_path):
    session = Session(cm_home, env={"PATH": str(tmp_path)}, cwd=tmp_path)
    result = session.call(Request(action="show", automation="repo", artifact="owner@tools"))
    assert any("git: yes" in line for line in result.lines)


def test_get_gives_the_command_for_another_machine(call, two):
    result = call("get")
    assert result.lines == (f"cm pull repo {two.bare.as_uri()} --branch=main",)
    assert result.data["is_git"]
    assert result.data["changed_files"] == 0
    (Path(result.data["path"]) / "new.txt").write_text("mine")
    assert call("get").data["changed_files"] == 1
    assert call("get", "plain").lines == ()


def test_load(call, two):
    result = call("load", "plain")
    assert result.data["meta"] == {"alias": "plain", "uid": "00000000000000ab", "git": False}
    assert json.loads("\n".join(result.lines)) == result.data["meta"]
    assert yaml.safe_load("\n".join(call("load", "plain", yaml=True).lines)) == result.data["meta"]
    for names, error in (((), UsageError), (("nothing",), NotFoundError), (("*",), CMError)):
        with pytest.raises(error):
            call("load", *names)


def test_reindex(call, two, cm_session):
    result = call("reindex", verbose=True)
    assert result.data["artifacts"] == len(cm_session.find("*"))
    assert result.data["repositories"] >= 3
    assert result.data["self_time"] > 0
    assert "indexed " in result.lines[-1]


def test_pack_and_unpack(call, two, make_repo, cm_home, tmp_path, cm_session):
    folder = make_repo("theirs", {"script/hello": {"tags": ["hello"]}})
    call("add", path=str(folder))
    assert call("pack", "theirs").data["files"] == 2
    assert zipfile.ZipFile(tmp_path / "cm.zip").namelist() == ["cmr.yaml", "script/hello/_cm.yaml"]
    with pytest.raises(AlreadyExistsError):
        call("unpack")
    call("rm", "theirs", f=True)
    result = call("unpack")
    assert result.data["path"] == str(cm_home / "repos/theirs")
    assert len(cm_session.find("script", "hello")) == 1
    with pytest.raises(AlreadyExistsError):
        call("unpack", "cm.zip")


def test_pack_leaves_git_out(call, two, tmp_path):
    call("pack", "owner@tools", file="tools.zip")
    assert not any(".git" in name for name in zipfile.ZipFile(tmp_path / "tools.zip").namelist())


def test_pack_takes_what_git_tracks_and_no_secrets(call, two, tmp_path, cm_home):
    place = cm_home / "repos/owner@tools"
    (place / "untracked.txt").write_text("x", encoding="utf-8")
    result = call("pack", "owner@tools")
    assert "untracked.txt" not in zipfile.ZipFile(tmp_path / "cm.zip").namelist()
    assert result.lines[0].endswith("; 1 stay, since git does not track them")
    call("pack", "owner@tools", with_untracked=True)
    assert "untracked.txt" in zipfile.ZipFile(tmp_path / "cm.zip").namelist()
    (place / ".env").write_text("x", encoding="utf-8")
    with pytest.raises(CMError, match=r"\.env") as caught:
        call("pack", "owner@tools", with_untracked=True)
    assert caught.value.hint.endswith("--with_secrets")
    call("pack", "owner@tools", with_untracked=True, with_secrets=True)
    assert ".env" in zipfile.ZipFile(tmp_path / "cm.zip").namelist()


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_pack_counts_what_is_in_the_archive(call, two, cm_home):
    place = cm_home / "repos/owner@tools"
    (place / "link").symlink_to("cmr.yaml")
    for _ in range(2):  # the second time, the archive of the first one is there
        result = call("pack", "owner@tools", with_untracked=True, file=str(place / "here.zip"))
        count = len(zipfile.ZipFile(place / "here.zip").namelist())
        assert [line.partition(" files")[0] for line in result.lines] == [
            f"owner@tools: {count}",
            f"packed {count}",
        ]


def test_pack_needs_one_repository(call, two):
    with pytest.raises(UsageError):
        call("pack")
    with pytest.raises(NotFoundError):
        call("pack", "nothing")


def test_unpack_failures_leave_nothing(call, make_zip, tmp_path, cm_home):
    with pytest.raises(NotFoundError):
        call("unpack")
    make_zip({"cmr.yaml": "alias: ../../evil\nuid: '00000000000000ab'\n"}, tmp_path / "cm.zip")
    with pytest.raises(UsageError):
        call("unpack")
    make_zip({"x/../../../evil.txt": "evil"}, tmp_path / "cm.zip")
    with pytest.raises(CMError, match="refusing to unpack"):
        call("unpack")
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["local"]


def test_a_dot_is_the_repository_around_the_current_folder(call, two, cm_home, tmp_path):
    place = cm_home / "repos/owner@tools"
    assert call("where", ".", cwd=place / "script/hello").lines == (str(place),)
    with pytest.raises(NotFoundError, match="not in a registered repository"):
        call("where", ".")
    new = tmp_path / "new"
    new.mkdir()
    assert call("add", ".", cwd=new).data["path"] == str(new)
    assert call("detect", ".", cwd=new).data["registered"]


def test_the_local_repository_is_listed_before_anything_is_in_it(call, cm_home):
    assert call("show").lines[0] == "local,9a3280b14a4285c9"
    assert call("load", "local").data["meta"]["alias"] == "local"
    assert not (cm_home / "repos/local").exists()


def test_what_the_original_calls_internal_is_explained(call):
    with pytest.raises(NotFoundError, match="repository 'internal' is not registered") as caught:
        call("load", "internal")
    assert "cm find automation" in caught.value.hint


def test_info_is_about_those_that_are_named(call, two):
    assert call("info", "plain").lines == call("show", "plain").lines
    with pytest.raises(NotFoundError, match="'nothing'"):
        call("info", "nothing")
    with pytest.raises(UsageError):
        call("info")


@pytest.mark.parametrize("action", ["mv", "ren", "move", "rename"])
def test_a_repository_gets_another_name(call, two, cm_home, action):
    file = cm_home / "repos/plain/cmr.yaml"
    file.write_text("# mine\n" + file.read_text())
    assert call(action, "plain", "fancy", dry_run=True).data["list"][0].alias == "plain"
    renamed = call(action, "plain", "fancy").data["list"][0]
    assert (renamed.alias, renamed.uid, renamed.path) == ("fancy", "00000000000000ab", file.parent)
    assert file.read_text().startswith("# mine\n")
    assert call("find", "fancy", min=True).lines == (str(file.parent),)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("owner@tools", "x"), "belongs to its git repository"),
        (("local", "x"), "the local repository keeps its name"),
        (("plain", "owner@tools"), "already registered"),
        (("plain", "a/b"), "contains a path separator"),
        (("nothing", "x"), "is not registered"),
        (("plain",), "a repository and its new name are needed"),
    ],
)
def test_names_that_are_not_to_be_changed(call, two, names, said):
    with pytest.raises(CMError, match=said):
        call("mv", *names)


@pytest.mark.skipif(os.name == "nt", reason="files that are open stay")
def test_reindex_removes_locks_that_nobody_holds(call, cm_home):
    call("add", "plain")
    assert list((cm_home / "locks").glob("*.lock"))
    call("reindex")
    assert not list((cm_home / "locks").glob("repo-*.lock"))
