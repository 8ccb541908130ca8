import json
import shutil

import pytest

from cm_core.errors import AlreadyExistsError, CMError, MetaError, NotFoundError
from cm_core.home import LOCAL_UID
from cm_core.model.artifact import RepositoryKind
from cm_core.model.identity import ObjectRef


def aliases(session):
    session.repos.forget()
    return [repo.alias for repo in session.repos.list() if repo.kind is not RepositoryKind.SHIPPED]


def test_the_local_one_comes_first_and_the_latest_next(cm_session, make_repo):
    for name in ("one", "two", "three"):
        make_repo(name, register=cm_session)
    assert aliases(cm_session) == ["local", "three", "two", "one"]
    kinds = [repo.kind for repo in cm_session.repos.list()]
    assert kinds == sorted(kinds)
    assert [repo.rank for repo in cm_session.repos.list()] == list(range(len(kinds)))


def test_they_are_found_by_alias_uid_and_wildcard(cm_session, make_repo):
    path = make_repo("mlc@x", register=cm_session)
    repo = cm_session.repos.get(ObjectRef.parse("MLC@X"))
    assert repo.path == path
    assert cm_session.repos.get(ObjectRef.parse(repo.uid.upper())) == repo
    assert cm_session.repos.find(ObjectRef.parse("mlc*")) == (repo,)
    assert cm_session.repos.get(ObjectRef.parse("local")).uid == LOCAL_UID
    with pytest.raises(NotFoundError) as caught:
        cm_session.repos.get(ObjectRef.parse("other"))
    assert caught.value.exit_code == 16


def test_equal_places_names_and_uids_are_refused(cm_session, make_repo, tmp_path):
    path = make_repo("one", register=cm_session)
    with pytest.raises(AlreadyExistsError, match="already registered as 'one'"):
        cm_session.repos.add(path)
    with pytest.raises(AlreadyExistsError, match="is already registered at"):
        cm_session.repos.add(make_repo("ONE", folder=tmp_path / "elsewhere"))
    shutil.copytree(path, tmp_path / "copy")
    (tmp_path / "copy" / "cmr.json").write_text('{"alias": "two"}')
    with pytest.raises(AlreadyExistsError):
        cm_session.repos.add(tmp_path / "copy")
    assert aliases(cm_session) == ["local", "one"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, NotFoundError),
        ("alias: x\n", MetaError),
        ("alias: x\nuid: 1234567890123456\n", MetaError),
        ("[]", MetaError),
        ("alias: x\nuid: '1'\nprefix: ../..\n", MetaError),
        ("alias: x\nuid: '1'\nprefix: /etc\n", MetaError),
    ],
)
def test_a_folder_that_is_no_repository_is_refused(cm_session, tmp_path, content, error):
    folder = tmp_path / "repo"
    folder.mkdir()
    if content is not None:
        (folder / "cmr.yaml").write_text(content)
    with pytest.raises(error):
        cm_session.repos.add(folder)
    assert aliases(cm_session) == ["local"]


def test_a_missing_place_is_a_warning_and_stays_registered(cm_session, make_repo, cm_home):
    path = make_repo("one", {"script/x": {}}, register=cm_session)
    make_repo("two", register=cm_session)
    path.rename(path.with_name("away"))
    assert aliases(cm_session) == ["local", "two"]
    assert [text for text in cm_session.warnings if str(path) in text]
    assert str(path) in (cm_home / "repos.json").read_text()
    path.with_name("away").rename(path)
    assert aliases(cm_session) == ["local", "two", "one"]
    assert len(cm_session.find("script", "x")) == 1


@pytest.mark.parametrize("content", ["{}", "[1]", "[", "", '"x"', "[null]"])
def test_a_damaged_list_is_one_warning_and_is_not_overwritten(cm_session, make_repo, cm_home, content):
    cm_session.home.ensure()
    (cm_home / "repos.json").write_text(content)
    path = make_repo("one")
    assert aliases(cm_session) == ["local"]
    assert len([text for text in cm_session.warnings if "repos.json is damaged" in text]) == 1
    with pytest.raises(CMError, match="damaged"):
        cm_session.repos.add(path)
    assert (cm_home / "repos.json").read_text() == content


def test_a_list_that_cannot_be_read_is_not_called_damaged(cm_session, make_repo, cm_home):
    cm_session.home.ensure()
    (cm_home / "repos.json").mkdir()
    assert aliases(cm_session) == ["local"]
    (warning,) = [text for text in cm_session.warnings if "repos.json" in text]
    assert "repos.json cannot be read: Is a directory" in warning
    with pytest.raises(CMError, match="cannot be read"):
        cm_session.repos.add(make_repo("one"))


def test_a_damaged_local_repository_is_named(cm_session, make_repo, cm_home):
    make_repo("one", {"script/x": {}}, register=cm_session)
    (cm_home / "repos" / "local" / "cmr.yaml").write_text("- x")
    assert aliases(cm_session) == ["one"]
    assert len(cm_session.find("script", "x")) == 1
    with pytest.raises(MetaError, match=r"cmr\.yaml"):
        _ = cm_session.repos.local


def test_paths_may_be_relative_to_the_home(cm_session, make_repo, cm_home):
    make_repo("one", folder=cm_home / "repos" / "one")
    (cm_home / "repos.json").write_text('["one", "one"]')
    cm_session.home.ensure()
    assert aliases(cm_session) == ["local", "one"]


def test_the_list_of_the_original_names_the_local_one_too(cm_session, make_repo, cm_home):
    cm_session.home.ensure()
    path = make_repo("one")
    (cm_home / "repos.json").write_text(json.dumps([str(cm_home / "repos" / "local"), str(path)]))
    assert aliases(cm_session) == ["local", "one"]


def test_removal_keeps_the_content(cm_session, make_repo):
    path = make_repo("one", register=cm_session)
    cm_session.repos.remove(path)
    assert aliases(cm_session) == ["local"]
    assert (path / "cmr.yaml").exists()
    with pytest.raises(NotFoundError):
        cm_session.repos.remove(path)


def test_an_edited_description_is_seen(cm_session, make_repo):
    path = make_repo("one", register=cm_session)
    for prefix in ("a", "b", "c"):
        text = (path / "cmr.yaml").read_text().partition("prefix")[0]
        (path / "cmr.yaml").write_text(f"{text}prefix: {prefix}\n")
        cm_session.repos.forget()
        assert cm_session.repos.get(ObjectRef(alias="one")).root == path / prefix


def test_the_innermost_repository_contains_a_path(cm_session, make_repo):
    outer = make_repo("outer", register=cm_session)
    inner = make_repo("inner", folder=outer / "deep" / "inner", register=cm_session)
    assert cm_session.repos.containing(inner / "x").alias == "inner"
    assert cm_session.repos.containing(outer / "deep").alias == "outer"
    assert cm_session.repos.containing(outer.parent) is None
