"""What zip files of repositories may not hold, beyond what no archive may (cm_core/tests/base)."""

import zipfile

import pytest

from cm_core import NotFoundError
from cm_core.base import ArchiveError
from cm_repo.archive import repository_top, unpack_archive


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "deep" / "target"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/evil.txt",
        "C:evil.txt",
        "x\\..\\..\\evil.txt",
        ".git/config",
        "sub/.GIT/hooks/post-checkout",
        "sub/.git. /config",
        "git~1/config",
    ],
)
def test_members_that_escape_are_refused_before_anything_is_written(
    tmp_path, make_zip, listing, target, name
):
    archive = make_zip({"good.txt": "x", name: "evil"})
    before = listing(tmp_path)
    with pytest.raises(ArchiveError, match=f"refusing to unpack {archive}: the member"):
        unpack_archive(archive, target)
    assert listing(tmp_path) == before


def test_links_are_refused(tmp_path, target):
    member = zipfile.ZipInfo("link")
    member.create_system = 3
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as stream:
        stream.writestr(member, "good.txt")
    with pytest.raises(ArchiveError, match="link or a device"):
        unpack_archive(tmp_path / "a.zip", target)


def test_size_and_number_are_limited(make_zip, target):
    archive = make_zip({"a": "x" * 1000, "b": "y"})
    for limits in ({"max_bytes": 1000}, {"max_members": 1}):
        with pytest.raises(ArchiveError, match="too large"):
            unpack_archive(archive, target, **limits)
    assert list(target.iterdir()) == []
    assert unpack_archive(archive, target) == 2


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_zip_is_one_sentence(tmp_path, target, content):
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"a\.zip is not a usable zip file"):
        unpack_archive(archive, target)


def test_a_missing_zip_is_not_found(tmp_path, target):
    with pytest.raises(NotFoundError):
        unpack_archive(tmp_path / "a.zip", target)


def test_the_only_folder_is_the_repository(tmp_path):
    (tmp_path / "one/script").mkdir(parents=True)
    assert repository_top(tmp_path) == tmp_path
    assert repository_top(tmp_path, strip=True) == tmp_path / "one"
    (tmp_path / "one/cmr.yaml").write_text("alias: a\n")
    assert repository_top(tmp_path) == tmp_path / "one"


def test_an_empty_zip_is_no_repository(make_zip, target):
    with pytest.raises(ArchiveError, match="is an empty zip file"):
        unpack_archive(make_zip({}), target)
