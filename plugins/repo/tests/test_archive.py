import os
import stat
import zipfile

import pytest

from cm_core.model.errors import CMError, NotFoundError
from cm_repo.archive import ArchiveError, Limits, pack_folder, repository_top, unpack_archive


@pytest.mark.skipif(os.name == "nt", reason="links and permission bits")
def test_a_folder_survives_the_round_trip(tmp_path, listing):
    source = tmp_path / "source"
    (source / "script/a").mkdir(parents=True)
    (source / ".git").mkdir()
    (source / ".git/config").write_text("secret")
    (source / "cmr.yaml").write_text("alias: a\n")
    (source / "script/a/run.sh").write_text("echo\n")
    (source / "script/a/run.sh").chmod(0o755)
    (source / "ünï.txt").write_text("ü")
    (source / "link").symlink_to("/etc/passwd")
    archive, target = tmp_path / "cm.zip", tmp_path / "target"
    count, links = pack_folder(source, archive)
    assert (count, links) == (3, ["link"])
    target.mkdir()
    assert unpack_archive(archive, target) == 3
    assert listing(target) == ["cmr.yaml", "script/a/run.sh", "ünï.txt"]
    assert (target / "script/a/run.sh").stat().st_mode & stat.S_IXUSR
    assert not (target / "cmr.yaml").stat().st_mode & stat.S_IXUSR


def test_the_zip_is_not_packed_into_itself(tmp_path):
    (tmp_path / "cmr.yaml").write_text("alias: a\n")
    for _ in range(2):
        assert pack_folder(tmp_path, tmp_path / "cm.zip")[0] == 1


def test_packing_to_a_missing_folder_fails_cleanly(tmp_path):
    with pytest.raises(CMError, match="cannot write"):
        pack_folder(tmp_path, tmp_path / "no/cm.zip")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "x/../../../evil.txt",
        "/evil.txt",
        "//host/share/evil.txt",
        "C:/evil.txt",
        "C:evil.txt",
        "..\\evil.txt",
        "x\\..\\..\\evil.txt",
        ".git/config",
        "sub/.GIT/hooks/post-checkout",
        "sub/.git. /config",
        "git~1/config",
    ],
)
def test_members_that_escape_are_refused_before_anything_is_written(tmp_path, make_zip, listing, name):
    target = tmp_path / "deep/target"
    target.mkdir(parents=True)
    archive = make_zip({"good.txt": "x", name: "evil"})
    before = listing(tmp_path)
    with pytest.raises(ArchiveError, match="refusing to unpack"):
        unpack_archive(archive, target)
    assert listing(tmp_path) == before


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(tmp_path, kind):
    archive, target = tmp_path / "a.zip", tmp_path / "target"
    target.mkdir()
    member = zipfile.ZipInfo("link")
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr(member, "/etc")
    with pytest.raises(ArchiveError, match="link or a device"):
        unpack_archive(archive, target)


def test_size_and_number_are_limited(tmp_path, make_zip):
    target = tmp_path / "target"
    target.mkdir()
    archive = make_zip({"a": "x" * 1000, "b": "y"})
    for limits in (Limits(bytes=1000), Limits(members=1)):
        with pytest.raises(ArchiveError, match="too large"):
            unpack_archive(archive, target, limits)
    assert list(target.iterdir()) == []


def test_a_size_that_lies_is_noticed(tmp_path, make_zip):
    target = tmp_path / "target"
    target.mkdir()
    archive = make_zip({"bomb": "x" * 5000})
    data = archive.read_bytes()
    archive.write_bytes(data.replace((5000).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    with pytest.raises(CMError):
        unpack_archive(archive, target, Limits(bytes=100))


def test_the_same_name_twice_is_refused(tmp_path):
    archive, target = tmp_path / "a.zip", tmp_path / "target"
    target.mkdir()
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("Name.txt", "1")
        stream.writestr("name.txt", "2")
    with pytest.raises(ArchiveError, match="twice"):
        unpack_archive(archive, target)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_zip_is_one_sentence(tmp_path, content):
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(ArchiveError, match="not a usable zip file"):
        unpack_archive(archive, tmp_path)


def test_damaged_content_is_one_sentence(tmp_path):
    archive, target = tmp_path / "a.zip", tmp_path / "target"
    target.mkdir()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("a.txt", "some text " * 100)
    data = bytearray(archive.read_bytes())
    data[40:50] = b"\xff" * 10
    archive.write_bytes(data)
    with pytest.raises(ArchiveError, match="not a usable zip file"):
        unpack_archive(archive, target)


def test_a_missing_zip_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        unpack_archive(tmp_path / "a.zip", tmp_path)


def test_the_only_folder_is_the_repository(tmp_path):
    (tmp_path / "one/script").mkdir(parents=True)
    assert repository_top(tmp_path) == tmp_path
    assert repository_top(tmp_path, strip=True) == tmp_path / "one"
    (tmp_path / "one/cmr.yaml").write_text("alias: a\n")
    assert repository_top(tmp_path) == tmp_path / "one"
