"""Homes of others that are searched and never written."""

import pytest

from cm_core.errors import CMError
from cm_core.model.artifact import RepositoryKind
from cm_core.model.identity import ObjectRef
from cm_core.session import Session


def add(session, name, **more):
    answer = session.access({"action": "add", "automation": "script", "artifact": name, "tags": "t", **more})
    assert answer["return"] == 0, answer


@pytest.fixture
def shared(tmp_path, make_repo):
    """A shared home with ``local:theirs`` and ``team:common``."""
    session = Session(tmp_path / "shared", env={})
    add(session, "theirs")
    add(session, "both")
    make_repo(
        "team", {"script/common": {"tags": ["t"]}}, folder=tmp_path / "shared/repos/team", register=session
    )
    session.close()
    return session.home


@pytest.fixture
def mine(cm_session, shared):
    """A session in a home of one's own, with the shared one."""
    session = Session(env={**cm_session.env, "CM_SHARED_HOMES": str(shared.path)}, cwd=cm_session.cwd)
    yield session
    session.close()


def where(session, tags="t"):
    return [
        (artifact.name, artifact.repo.alias, artifact.repo.kind.name)
        for artifact in session.find("script", tags=tags)
    ]


def test_what_is_there_is_found_after_ones_own(mine, shared):
    add(mine, "own")
    assert where(mine) == [
        ("own", "local", "LOCAL"),
        ("both", "local", "SHARED"),
        ("theirs", "local", "SHARED"),
        ("common", "team", "SHARED"),
    ]
    (theirs,) = mine.find("script", "theirs")
    assert theirs.to_json()["repo"]["home"] == str(shared.path)
    kinds = [repo.kind for repo in mine.repos.list()]
    assert kinds == sorted(kinds)


def test_a_name_means_ones_own(mine):
    add(mine, "both")
    answer = mine.access({"action": "load", "automation": "script", "artifact": "both"})
    assert answer["artifact"].repo.kind is RepositoryKind.LOCAL
    assert mine.repos.get(ObjectRef(alias="local")).kind is RepositoryKind.LOCAL
    assert len(mine.repos.find(ObjectRef(alias="local"))) == 1
    assert mine.repos.get(ObjectRef(alias="team")).kind is RepositoryKind.SHARED


def test_local_is_ones_own_before_there_is_anything(mine, cm_home):
    assert mine.repos.get(ObjectRef(alias="local")).path.is_relative_to(cm_home)


@pytest.mark.parametrize(
    "request_",
    [
        {"action": "rm", "artifact": "theirs", "force": True},
        {"action": "update", "artifact": "theirs", "tags": "x"},
        {"action": "mv", "artifact": "theirs", "artifacts": ["other"]},
        {"action": "add", "artifact": "team:new"},
        {"action": "cp", "artifact": "theirs", "artifacts": ["team:"]},
    ],
)
def test_nothing_is_changed_there(mine, shared, request_):
    before = sorted((path, path.stat().st_mtime_ns) for path in shared.path.rglob("*"))
    answer = mine.access({"automation": "script", **request_})
    assert answer["return"] == 1
    assert f"is in the shared home {shared.path}, which is only read" in answer["error"]
    assert sorted((path, path.stat().st_mtime_ns) for path in shared.path.rglob("*")) == before


def test_a_copy_is_ones_own(mine, cm_home):
    answer = mine.access(
        {"action": "cp", "automation": "script", "artifact": "theirs", "artifacts": ["copy"]}
    )
    assert answer["list"][0].path.is_relative_to(cm_home)


def test_a_repository_of_ones_own_hides_theirs(mine, make_repo):
    make_repo("team", {"script/ours": {"tags": ["t"]}}, register=mine)
    assert ("ours", "team", "REGISTERED") in where(mine)
    assert [repo.kind.name for repo in mine.repos.find(ObjectRef(alias="team"))] == ["REGISTERED"]


def test_the_setting_names_homes_and_the_variable_replaces_it(cm_session, cm_home, shared):
    cm_session.home.ensure()
    (cm_home / "config.yaml").write_text(f"shared_homes: [{shared.path}]\nrepo_url_org: mlcommons\n")
    assert where(Session(env=cm_session.env))
    assert where(Session(env={**cm_session.env, "CM_SHARED_HOMES": ""})) == []
    (cm_home / "config.yaml").write_text(f"shared_homes: {shared.path}\n")
    assert where(Session(env=cm_session.env))
    (cm_home / "config.yaml").write_text("repo_url_org: mlcommons\n")
    assert where(Session(env=cm_session.env)) == []


@pytest.mark.parametrize(
    ("named", "warning"),
    [
        ("/gone", "the shared home /gone is ignored: it does not exist"),
        ("relative", "the shared home 'relative' is ignored: its path must be absolute"),
        ("TMP", "is ignored: it is no CM home"),
    ],
)
def test_what_is_no_home_is_one_warning(cm_session, tmp_path, named, warning):
    session = Session(env={**cm_session.env, "CM_SHARED_HOMES": named.replace("TMP", str(tmp_path))})
    assert where(session) == []
    assert len(session.warnings) == 1
    assert warning in session.warnings[0]


def test_a_setting_of_another_shape_is_one_warning(cm_session, cm_home):
    cm_session.home.ensure()
    (cm_home / "config.yaml").write_text("shared_homes: {a: b}\n")
    session = Session(env=cm_session.env)
    assert where(session) == []
    assert session.warnings == [
        f"shared homes are ignored: 'shared_homes' in {cm_home / 'config.yaml'} must list folders"
    ]


def test_ones_own_home_is_not_shared_with_oneself(shared):
    session = Session(shared.path, env={"CM_SHARED_HOMES": str(shared.path)})
    assert {kind for _, _, kind in where(session)} == {"LOCAL", "REGISTERED"}


def test_a_shared_home_is_read_without_permission_to_write(shared, open_folder, as_nobody, cm_session):
    import shutil

    place = open_folder / "shared"
    shutil.copytree(shared.path, place)
    own = open_folder / "own"
    own.mkdir()
    own.chmod(0o777)
    with as_nobody():
        session = Session(own, env={"CM_SHARED_HOMES": str(place), "HOME": str(own)})
        assert {name for name, _, _ in where(session)} == {"theirs", "both"}  # team is registered elsewhere
        assert session.database.file == own / "index.sqlite"
        session.close()


def test_a_damaged_list_there_is_one_warning(mine, shared):
    shared.repos_json.write_text("{")
    assert {name for name, _, _ in where(mine)} == {"theirs", "both"}
    assert len(mine.warnings) == 1
    with pytest.raises(CMError, match="is damaged"):
        Session(shared.path, env={}).repos.registered_paths()
