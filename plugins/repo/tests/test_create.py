import json

import pytest
import yaml

from cm_core import AlreadyExistsError, CMError, MetaError, NotFoundError, Request, Session, UsageError


@pytest.fixture
def add(cm_home, cm_session):
    def added(*names, action="add", cwd=None, **options):
        session = Session(cm_home, env=cm_session.env, cwd=cwd or cm_session.cwd)
        request = Request(
            action=action, automation="repo", artifact=names[0] if names else "", options=options
        )
        return session.call(request)

    return added


def meta_of(folder):
    return yaml.safe_load((folder / "cmr.yaml").read_text())


@pytest.mark.parametrize("action", ["add", "init"])
def test_a_new_repository(add, cm_home, cm_session, action):
    result = add("mine", action=action, desc="my things", prefix="cm", uid="00000000000000AB")
    place = cm_home / "repos/mine"
    assert result.data["path"] == str(place)
    expected = {"alias": "mine", "uid": "00000000000000ab", "git": False, "desc": "my things", "prefix": "cm"}
    assert meta_of(place) == expected
    assert json.loads((cm_home / "repos.json").read_text()) == [str(place)]
    assert result.lines == (f"created and registered mine,00000000000000ab = {place}",)


def test_alias_with_uid(add, cm_home):
    add("mine,00000000000000ab")
    assert meta_of(cm_home / "repos/mine")["uid"] == "00000000000000ab"


def test_inside_another_repository_a_new_one_is_new(add, cm_home):
    add("outer")
    add("new", cwd=cm_home / "repos/outer")
    assert meta_of(cm_home / "repos/new")["alias"] == "new"


def test_here(add, tmp_path):
    folder = tmp_path / "My-Things"
    folder.mkdir()
    assert add(cwd=folder).data["meta"]["alias"] == "my-things"
    with pytest.raises(AlreadyExistsError, match="already registered as 'my-things'"):
        add(cwd=folder)
    sub = folder / "sub"
    sub.mkdir()
    with pytest.raises(AlreadyExistsError):
        add(cwd=sub)
    assert add("inner", here=True, cwd=sub).data["path"] == str(sub)


def test_a_path_that_does_not_exist_yet(add, tmp_path):
    add("mine", path="deep/down", cwd=tmp_path)
    assert meta_of(tmp_path / "deep/down")["alias"] == "mine"


def test_an_existing_repository_is_registered_as_it_is(add, make_repo, cm_session):
    folder = make_repo("theirs", {"script/hello": {"tags": ["hello"]}})
    before = meta_of(folder)
    result = add(path=str(folder))
    assert (result.data["created"], meta_of(folder)) == (False, before)
    assert len(cm_session.find("script", "hello")) == 1


@pytest.mark.parametrize("action", ["add", "import"])
def test_the_path_is_respected_with_a_name(add, make_repo, tmp_path, action):
    folder = make_repo("theirs")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = add("theirs", action=action, path=str(folder), cwd=elsewhere)
    assert result.data["path"] == str(folder)
    assert list(elsewhere.iterdir()) == []


def test_import_takes_the_current_folder(add, tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    assert add("named", action="import", cwd=folder).data["path"] == str(folder)


def test_what_the_folder_says_must_agree(add, make_repo):
    folder = make_repo("theirs")
    for options in ({"uid": "00000000000000ab"}, {"prefix": "cm"}):
        with pytest.raises(CMError, match="is a repository with the"):
            add(path=str(folder), **options)
    with pytest.raises(CMError, match="with the alias 'theirs', not 'mine'"):
        add("mine", path=str(folder))


def test_duplicates(add, make_repo, tmp_path, cm_home):
    add("mine", uid="00000000000000ab")
    with pytest.raises(AlreadyExistsError):
        add("mine")
    with pytest.raises(AlreadyExistsError):
        add("MINE", path=str(tmp_path / "other"))
    with pytest.raises(AlreadyExistsError):
        add("other", uid="00000000000000ab")
    with pytest.raises(AlreadyExistsError):
        add("local")
    assert not (tmp_path / "other").exists()
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["local", "mine"]


def test_a_duplicate_leaves_an_existing_folder_as_it_was(add, tmp_path):
    add("mine")
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    with pytest.raises(AlreadyExistsError):
        add("mine", path=str(folder))
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    "name", ["../x", "/abs/x", "a/b", "-x", ".x", "a:b:c", "a:b", "nul", "a\\b", "x" * 300]
)
def test_names_that_are_paths(add, name, tmp_path, cm_home):
    with pytest.raises(UsageError):
        add(name)
    assert not (cm_home / "repos.json").exists()


@pytest.mark.parametrize("options", [{"prefix": "../x"}, {"prefix": "/abs"}])
def test_a_prefix_stays_inside(add, options, cm_home):
    with pytest.raises(UsageError):
        add("mine", **options)
    assert not (cm_home / "repos/mine").exists()


def test_a_uid_must_be_one(add):
    with pytest.raises(MetaError):
        add("mine", uid="nothex")


def test_two_names_are_too_many(cm_session):
    with pytest.raises(UsageError):
        cm_session.call(Request(action="add", automation="repo", artifact="a", artifacts=("b",)))


def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CMError):
        Session(tmp_path / "file/home", cwd=tmp_path).call(
            Request(action="add", automation="repo", artifact="a")
        )


# -- detect ---------------------------------------------------------------------------------------------


def test_detect(add, make_repo, tmp_path):
    folder = make_repo("theirs", {"script/hello": {"tags": ["hello"]}})
    place = folder / "script/hello"
    found = add(action="detect", cwd=place).data
    assert (found["found"], found["registered"], found["artifact_found"]) == (True, False, True)
    assert found["path_to_repo"] == str(folder)
    assert found["path_to_artifact_desc"] == str(place / "_cm.yaml")
    assert found["artifact_found_in_current_path"]
    assert not found["found_in_current_path"]
    assert found["cm_automation"] == "script,5b4e0237da074764"
    add(path=str(folder))
    found = add(action="detect", path=str(folder)).data
    assert (found["registered"], found["found_in_current_path"], found["artifact_found"]) == (
        True,
        True,
        False,
    )
    nothing = add(action="detect", cwd=tmp_path)
    assert nothing.data == {"found": False, "registered": False, "artifact_found": False}
    with pytest.raises(NotFoundError):
        add(action="detect", path="nowhere")
