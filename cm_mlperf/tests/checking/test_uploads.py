"""Names and files with which a submission cannot be uploaded."""

import pytest

from cm_mlperf.checking.uploads import check_uploads

MEGABYTE = 1024 * 1024


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "open" / "Example" / "src" / "net"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("fine")
    return folder


def found(source):
    tree = source.parents[3]
    return [
        (one.severity, one.key, one.file.removeprefix("open/Example/src/net/"))
        for one in check_uploads(tree, tree / "open" / "Example")
    ]


def large(file, size):
    with file.open("wb") as stream:
        stream.truncate(size)


def test_a_tree_without_such_files_is_good(source):
    (source / ".git").mkdir()
    (source / ".git" / "a b").write_text("of git")
    large(source / "weights.bin", 50 * MEGABYTE)
    assert [one for one in found(source) if one[2] != ".git"] == []


def test_what_a_repository_refuses_is_named(source):
    (source / "my notes.txt").write_text("x")
    (source / "a folder").mkdir()
    (source / ".hidden").write_text("x")
    (source / ".cache").mkdir()
    (source / "link").symlink_to("README.md")
    (source / "gone").symlink_to("/nonexistent")
    large(source / "large.bin", 50 * MEGABYTE + 1)
    large(source / "huge.bin", 100 * MEGABYTE + 1)
    assert sorted(found(source)) == [
        ("error", "link", "gone"),
        ("error", "size", "huge.bin"),
        ("warning", "link", "link"),
        ("warning", "name", ".cache"),
        ("warning", "name", ".hidden"),
        ("warning", "name", "a folder"),
        ("warning", "name", "my notes.txt"),
        ("warning", "size", "large.bin"),
    ]


def test_many_are_counted(source):
    for number in range(25):
        (source / f".part{number:02}").write_text("x")
    tree = source.parents[3]
    findings = list(check_uploads(tree, tree / "open" / "Example"))
    assert len(findings) == 11
    assert (findings[-1].found, findings[-1].file) == ("15 more", "open/Example")
