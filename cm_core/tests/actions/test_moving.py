import shutil
import tempfile
from pathlib import Path

import pytest

from cm_core.actions.moving import move_folder
from cm_core.errors import AlreadyExistsError, AmbiguousError, CMError, NotFoundError, UsageError
from cm_core.meta import read_meta
from cm_core.model.request import Request

UID = "0123456789abcdef"
YAML = """\
# what it is for
alias: one   # its name
uid: '1111222233334444'
automation_alias: au
automation_uid: aaaabbbbccccdddd
tags:  [a,   b]  # words
unknown: yes
"""


@pytest.fixture
def do(cm_session, kind):
    def call(action, *words, **options):
        request = Request(
            action=action, automation="au", artifact=words[0], artifacts=words[1:], options=options
        )
        return cm_session.call(request).data["list"]

    return call


@pytest.fixture
def root(cm_session, kind):
    return cm_session.home.local_repo / "au"


@pytest.fixture
def one(root):
    folder = root / "one"
    (folder / "src").mkdir(parents=True)
    (folder / "_cm.yaml").write_text(YAML)
    (folder / "src" / "f").write_text("x")
    return folder


@pytest.mark.parametrize("verb", ["mv", "move", "ren", "rename"])
def test_a_new_name(do, root, one, verb):
    (moved,) = do(verb, "one", "two")
    assert moved.path == root / "two"
    assert (moved.alias, moved.uid) == ("two", "1111222233334444")
    assert not one.exists()
    assert (root / "two" / "src" / "f").read_text() == "x"
    assert (root / "two" / "_cm.yaml").read_text() == YAML.replace("alias: one", "alias: 'two'")
    assert do("find", "one") == []
    assert [artifact.path for artifact in do("find", "two")] == [moved.path]


def test_a_new_name_and_uid(do, root, one):
    (moved,) = do("mv", "one", f"two,{UID}")
    assert (moved.alias, moved.uid) == ("two", UID)
    assert read_meta(moved.path)["unknown"] is True


def test_another_repository(do, root, one, make_repo, cm_session):
    path = make_repo("mine", register=cm_session)
    (moved,) = do("mv", "one", "mine:")
    assert moved.path == path / "au" / "one"
    assert (moved.path / "_cm.yaml").read_text() == YAML
    (moved,) = do("mv", "one", "local:two")
    assert moved.path == root / "two"
    assert not (path / "au" / "one").exists()


def test_several_to_another_repository(do, one, make_repo, cm_session, write):
    path = make_repo("mine", register=cm_session)
    write("other")
    assert len(do("mv", "o*", "mine:")) == 2
    assert sorted(child.name for child in (path / "au").iterdir()) == ["one", "other"]


def test_only_the_case_changes(do, root, one):
    (moved,) = do("mv", "one", "ONE")
    assert [path.name for path in root.iterdir()] == ["ONE"]
    assert moved.alias == "ONE"


@pytest.mark.parametrize("verb", ["mv", "cp"])
def test_an_existing_name_is_refused(do, root, one, write, verb):
    write("two")
    write("folder", alias="three")
    write("taken")
    shutil.copy(root / "two" / "_cm.json", root / "taken" / "note")
    (root / "taken" / "_cm.json").unlink()
    for target in ("two", "TWO", "three", "taken"):
        with pytest.raises(AlreadyExistsError) as caught:
            do(verb, "one", target)
        assert caught.value.exit_code == 8
    assert (one / "_cm.yaml").read_text() == YAML
    assert sorted(path.name for path in root.iterdir()) == ["folder", "one", "taken", "two"]


@pytest.mark.parametrize("verb", ["mv", "cp"])
@pytest.mark.parametrize("target", ["../../esc", "/abs", "a/b", "x,nothex", "*", ".x"])
def test_a_target_that_is_a_path_is_refused(do, root, one, verb, target, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError):
        do(verb, "one", target)
    after = [path for path in sorted(tmp_path.rglob("*")) if "index" not in path.name]
    assert [path for path in before if "index" not in path.name] == after


@pytest.mark.parametrize("verb", ["mv", "cp"])
def test_sources_and_repositories_must_exist(do, one, write, verb):
    with pytest.raises(NotFoundError) as caught:
        do(verb, "zero", "two")
    assert caught.value.exit_code == 16
    assert "{" not in str(caught.value)
    with pytest.raises(NotFoundError, match="'mine' is not registered"):
        do(verb, "one", "mine:")
    write("other")
    with pytest.raises(AmbiguousError):
        do(verb, "o*", "two")


@pytest.mark.parametrize("verb", ["cp", "copy"])
def test_a_copy_has_a_new_uid(do, root, one, verb):
    (copied,) = do(verb, "one", "two")
    assert copied.path == root / "two"
    assert copied.uid not in ("", "1111222233334444")
    text = (root / "two" / "_cm.yaml").read_text()
    assert text == YAML.replace("alias: one", "alias: 'two'").replace("1111222233334444", copied.uid)
    assert (one / "_cm.yaml").read_text() == YAML
    assert (root / "two" / "src" / "f").exists()
    assert sorted(path.name for path in root.iterdir()) == ["one", "two"]


def test_a_copy_with_tags(do, one):
    (copied,) = do("cp", "one", "two", new_tags="n,a")
    assert copied.tags == ("a", "b", "n")
    assert do("find", "one")[0].tags == ("a", "b")


def test_a_copy_of_json(do, write, root):
    write("one", tags=["t"], k=1)
    (copied,) = do("cp", "one", "two")
    assert (copied.meta["k"], copied.meta["alias"]) == (1, "two")
    assert [path.name for path in (root / "two").iterdir()] == ["_cm.json"]


@pytest.mark.parametrize(
    "text",
    [
        "---\nautomation_alias: au\nautomation_uid: aaaabbbbccccdddd\nuid: '1111222233334444'\nk: 1\n",
        "{automation_alias: au, automation_uid: aaaabbbbccccdddd, alias: one, uid: '1111222233334444', k: 1}\n",
        '"alias": one\n"uid": "1111222233334444"\nautomation_alias: au\nautomation_uid: aaaabbbbccccdddd\nk: 1\n',
        "alias: >-\n  one\nuid: '1111222233334444'\nautomation_alias: au\nautomation_uid: aaaabbbbccccdddd\nk: 1\n",
        "k: 1\nautomation_alias: au\nautomation_uid: aaaabbbbccccdddd\nuid: '1111222233334444'\n",
        "x: |\n  alias: no\nalias: one\nuid: '1111222233334444'\nautomation_alias: au\nk: 1\n",
    ],
)
@pytest.mark.parametrize("new", ["two", "on", "123", "it's", "a #b", "null", "1e5"])
def test_any_yaml_gets_the_new_name(do, root, one, text, new):
    (one / "_cm.yaml").write_text(text)
    before = read_meta(one)
    (moved,) = do("mv", "1111222233334444", new)
    assert read_meta(moved.path) == {**before, "alias": new}
    (copied,) = do("cp", new, "other")
    assert read_meta(copied.path) == {**before, "alias": "other", "uid": copied.uid}


def test_a_link_is_moved_as_a_link(do, root, one, tmp_path):
    one.rename(tmp_path / "away")
    try:
        one.symlink_to(tmp_path / "away")
    except OSError:
        pytest.skip("links are not allowed")
    (moved,) = do("mv", "one", "two")
    assert moved.path.is_symlink()
    assert (tmp_path / "away" / "src" / "f").exists()


def test_a_folder_that_came_meanwhile_is_not_moved_into(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "_cm.yaml").write_text(name)
    with pytest.raises(AlreadyExistsError, match="new already exists"):
        move_folder(tmp_path / "old", tmp_path / "new")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.yaml")) == [
        "new/_cm.yaml",
        "old/_cm.yaml",
    ]


def test_a_folder_goes_to_another_file_system(tmp_path):
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with tempfile.TemporaryDirectory(dir=memory) as place:
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "link").symlink_to("nowhere")
        move_folder(tmp_path / "old", Path(place, "deep", "new"))
        assert Path(place, "deep", "new", "link").is_symlink()
        assert list(tmp_path.iterdir()) == []


def test_a_copy_that_fails_leaves_nothing(do, root, one):
    (one / "pipe").symlink_to("nowhere")
    do("cp", "one", "two")
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes")
    os.mkfifo(one / "fifo")
    with pytest.raises(CMError, match="cannot copy"):
        do("cp", "one", "three")
    assert sorted(path.name for path in root.iterdir()) == ["one", "two"]
