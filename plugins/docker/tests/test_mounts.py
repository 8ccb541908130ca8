import sys

import pytest

from cm_core import NotFoundError, UsageError
from cm_docker.engine import Mount
from cm_docker.job import work_folder
from cm_docker.mounts import find_inputs, metadata_mounts
from cm_docker.settings import ContainerSettings


@pytest.fixture
def work(cm_session, tmp_path):
    """The current folder of the session, with files in it and beside it."""
    cm_session.cwd = tmp_path / "work"
    for file in ("work/in.txt", "work/sub/deep.txt", "else/data.txt", "else/model.onnx"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("x", encoding="utf-8")
    return cm_session.cwd


@pytest.fixture
def find(cm_session, work):
    def do(options, **settings):
        return find_inputs(options, ContainerSettings(**settings), cm_session)

    return do


def test_the_current_folder_is_there_already(find, work):
    found = find({"input": str(work / "in.txt"), "output": "results", "path": "sub"})
    assert found.options == {
        "input": "/workspace/in.txt",
        "output": "/workspace/results",
        "path": "/workspace/sub",
    }
    assert found.mounts == ()
    assert set(found.paths) == {"input", "output", "path"}


def test_a_file_elsewhere_is_mounted_once(find, tmp_path):
    data = tmp_path / "else" / "data.txt"
    found = find({"input": str(data), "env": {"CM_DATA": str(data), "CM_N": "3"}})
    assert found.options == {
        "input": "/inputs/1/data.txt",
        "env": {"CM_DATA": "/inputs/1/data.txt", "CM_N": "3"},
    }
    assert found.mounts == (Mount(source=data, target="/inputs/1/data.txt"),)


def test_a_relative_path_that_leaves_the_folder(find, tmp_path):
    found = find({"env": {"CM_DATA": "../else"}})
    assert found.options == {"env": {"CM_DATA": "/inputs/1/else"}}
    assert found.mounts[0].source == tmp_path / "else"


def test_an_output_that_is_not_there_yet_is_made_outside(find, tmp_path):
    found = find({"output": str(tmp_path / "else" / "new")})
    assert found.options == {"output": "/inputs/1/else/new"}
    assert found.mounts[0].source == tmp_path / "else"


@pytest.mark.parametrize(
    "value", ["3", "", "/", ".5", "https://example.org/x", "no/such/file", "/no/such/file", True]
)
def test_other_values_are_left_alone(find, value):
    assert find({"model": value}).options == {"model": value}


def test_names_of_metadata_are_paths_whatever_they_look_like(find):
    assert find({"store": "in.txt"}, input_paths=("store",)).options == {"store": "/workspace/in.txt"}
    assert find({"env": {"CM_IMAGE": "in.txt"}}, input_paths=("env.CM_IMAGE",)).options == {
        "env": {"CM_IMAGE": "/workspace/in.txt"}
    }


@pytest.mark.parametrize("options", [{"input": "/no/such/file"}, {"path": "../else/nothing"}])
def test_a_missing_input_is_an_error(find, options):
    with pytest.raises(NotFoundError, match="does not exist"):
        find(options)


@pytest.mark.parametrize("options", [{"output": "/no-such-place"}, {"input": "../a:b"}])
def test_what_is_not_shown(find, tmp_path, options):
    (tmp_path / "a:b").mkdir()
    with pytest.raises(UsageError, match=r"root of the file system|has a colon"):
        find(options)


def test_a_shared_cache_keeps_its_paths(find, cm_session):
    cm_session.home.ensure()
    inside = cm_session.home.path / "repos" / "local"
    found = find({"env": {"CM_DATA": str(inside)}}, shared_cache=True)
    assert found.options == {"env": {"CM_DATA": str(inside)}}
    assert Mount(source=cm_session.home.path, target=str(cm_session.home.path)) in found.mounts


def test_mounts_of_metadata(cm_session, work, tmp_path):
    settings = ContainerSettings(mounts=("${{ DATA }}:${{ DATA }}", "${{ NONE }}:/x", "../else:/there:ro"))
    mounts, env = metadata_mounts(settings, {"DATA": str(tmp_path / "else")}, cm_session)
    assert [mount.text for mount in mounts] == [
        f"{tmp_path}/else:/mounts/1/else",
        f"{tmp_path}/else:/there:ro",
    ]
    assert env == {"DATA": "/mounts/1/else"}


@pytest.mark.parametrize(
    ("mount", "kind", "said"),
    [
        ("/no/such/folder:/x", NotFoundError, "does not exist"),
        ("only-one-part", UsageError, "is not a valid mount"),
        (".:relative", UsageError, "absolute path"),
    ],
)
def test_a_mount_that_cannot_be(cm_session, work, mount, kind, said):
    with pytest.raises(kind, match=said):
        metadata_mounts(ContainerSettings(mounts=(mount,)), {}, cm_session)


@pytest.mark.parametrize(("home", "warned"), [("", True), ("me", True), ("../elsewhere", False)])
def test_a_home_folder_that_a_container_could_change_is_pointed_out(
    cm_session, work, monkeypatch, home, warned
):
    place = (cm_session.cwd / home).resolve()
    monkeypatch.setenv("USERPROFILE" if sys.platform == "win32" else "HOME", str(place))
    assert work_folder(cm_session) == cm_session.cwd
    assert bool(cm_session.warnings) == warned
