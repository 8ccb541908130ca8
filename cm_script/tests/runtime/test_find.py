import os

import pytest

from cm_core import CMError
from cm_script.runtime.find import (
    prepend_found,
    requested_folders,
    search_above,
    search_below,
    search_folders,
)


@pytest.fixture
def folders(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    return tmp_path / "a", tmp_path / "b"


def test_names_with_versions_in_the_order_of_preference(folders):
    first, second = folders
    for name in ("gcc", "gcc-12", "gcc-9", "gcc12", "gcc1.2", "gcc.8", "gcc-123", "gccx", "ngcc"):
        (first / name).write_text(name)
    (second / "gcc").write_text("second")
    found = search_folders([str(first), str(second)], "gcc")
    names = [os.path.relpath(path, first.parent) for path in found]
    assert names == ["a/gcc", "a/gcc.8", "a/gcc-9", "a/gcc-12", "a/gcc12", "a/gcc1.2", "b/gcc"]


def test_each_file_once(folders):
    first, second = folders
    (first / "tool").write_text("x")
    (first / "tool-1").symlink_to(first / "tool")
    (second / "tool").symlink_to(first / "tool")
    (second / "tool-2").symlink_to(second / "nowhere")
    assert search_folders([str(first), str(first), str(second)], "tool") == [str(first / "tool")]


def test_wildcards_subfolders_and_missing_folders(folders):
    first, _ = folders
    (first / "bin").mkdir()
    (first / "bin" / "nvcc").touch()
    (first / "libcudart.so.12").touch()
    assert search_folders(["", "/no/such/folder", str(first)], "bin/nvcc") == [str(first / "bin" / "nvcc")]
    assert search_folders([str(first)], "libcuda*.so") == [str(first / "libcudart.so.12")]


def test_veto(folders):
    first, second = folders
    (first / "java").write_text("1")
    (second / "java").write_text("2")
    paths = [str(first), str(second)]
    assert search_folders(paths, "java", skip=lambda path: "/a/" in path) == [str(second / "java")]


def test_below_and_above(tmp_path):
    deep = tmp_path / "x" / "y" / "z"
    deep.mkdir(parents=True)
    (deep / "cl.exe").touch()
    (tmp_path / "x" / "cl.exe").touch()
    assert search_below([str(tmp_path)], "cl.exe") == [str(tmp_path / "x"), str(deep)]
    assert search_below([str(tmp_path)], "cl.exe", only=["/y/"]) == [str(deep)]
    assert search_above(str(deep / "more"), "cl.exe") == str(deep)
    assert search_above(str(tmp_path), "no-such-file") == ""
    assert search_above("", "no-such-file") == ""


def test_requested_folders(tmp_path):
    path = f"{tmp_path}:: {tmp_path}/gone"
    assert requested_folders(path, ":", may_miss=True) == [str(tmp_path), f"{tmp_path}/gone"]
    with pytest.raises(CMError, match="gone"):
        requested_folders(path, ":", may_miss=False)


def test_prepending():
    env = {"+PATH": ["/a"]}
    prepend_found(env, "PATH", "/b")
    prepend_found(env, "PATH", "/b")
    prepend_found(env, "NEW", "/c")
    assert env == {"+PATH": ["/b", "/a"], "+NEW": ["/c"]}
