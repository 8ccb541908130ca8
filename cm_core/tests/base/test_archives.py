"""Archives that mean well, and archives that do not."""

import bz2
import gzip
import io
import lzma
import stat
import subprocess
import tarfile
import zipfile

import pytest

from cm_core.base.archives import (
    ArchiveError,
    DamagedArchiveError,
    TooLargeArchiveError,
    Unpacked,
    UnpackRules,
    UnsafeArchiveError,
    unpack,
)
from cm_core.errors import NotFoundError


@pytest.fixture
def target(tmp_path):
    return tmp_path / "a" / "target"


def member(name, kind=tarfile.REGTYPE, *, data=b"", link="", mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, len(data), mode
    return info, io.BytesIO(data)


def tar(path, *members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for info, data in members:
            archive.addfile(info, data)
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
def test_tar(tmp_path, target, kind):
    archive = tar(
        tmp_path / "no-suffix",
        member("d", tarfile.DIRTYPE),
        member("d/run", data=b"#!", mode=0o4777),
        member("d/link", tarfile.SYMTYPE, link="run"),
        member("copy", tarfile.LNKTYPE, link="d/run"),
        mode=f"w:{kind}",
    )
    assert unpack(archive, target) == Unpacked(members=4)
    assert (target / "d/link").read_bytes() == (target / "copy").read_bytes() == b"#!"
    assert (target / "d/run").stat().st_mode & 0o7777 == 0o755
    assert (target / "copy").stat().st_ino != (target / "d/run").stat().st_ino


def test_zip(tmp_path, target):
    unpack(zipped(tmp_path / "x.zip", {"d/": "", "d/a": "1", "b": "2"}), target)
    assert (target / "d/a").read_text() == "1"
    assert (target / "b").read_text() == "2"


def test_zip_with_a_link(tmp_path, target):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a", "1")
        archive.writestr(link, "a")
    unpack(tmp_path / "x.zip", target)
    assert (target / "link").is_symlink()
    assert (target / "link").read_text() == "1"


@pytest.mark.parametrize(("module", "suffix"), [(gzip, ".gz"), (bz2, ".bz2"), (lzma, ".xz")])
def test_one_compressed_file(tmp_path, target, module, suffix):
    archive = tmp_path / f"a.txt{suffix}"
    with module.open(archive, "wb") as file:
        file.write(b"text")
    assert unpack(archive, target).file == target / "a.txt"
    assert unpack(archive, target, name="b").file == target / "b"
    assert (target / "a.txt").read_bytes() == (target / "b").read_bytes() == b"text"


def test_extracting_twice_replaces(tmp_path, target):
    for text in ("old", "new"):
        unpack(zipped(tmp_path / "x.zip", {"a": text}), target)
    assert (target / "a").read_text() == "new"


@pytest.mark.parametrize("name", ["../evil", "/evil", "x/../../evil", "..\\evil", "x/../y"])
def test_a_name_that_leaves_the_folder(tmp_path, target, name):
    archives = [
        zipped(tmp_path / "x.zip", {name: "1"}),
        tar(tmp_path / "x.tar", member(name, data=b"1")),
    ]
    for archive in archives:
        with pytest.raises(ArchiveError, match="outside"):
            unpack(archive, target)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("link", ["/tmp", "..", "../..", "d/../../x"])
def test_a_link_that_leaves_the_folder(tmp_path, target, link):
    archive = tar(tmp_path / "x.tar", member("l", tarfile.SYMTYPE, link=link), member("l/evil", data=b"1"))
    with pytest.raises(ArchiveError, match="points outside"):
        unpack(archive, target)


def test_a_link_that_leaves_through_another_one(tmp_path, target):
    archive = tar(
        tmp_path / "x.tar",
        member("d", tarfile.DIRTYPE),
        member("d/up", tarfile.SYMTYPE, link=".."),
        member("d/up2", tarfile.SYMTYPE, link="up/.."),
        member("d/up2/evil", data=b"1"),
    )
    with pytest.raises(ArchiveError, match="points outside"):
        unpack(archive, target)
    assert not list(tmp_path.rglob("evil"))


def test_a_link_up_from_what_becomes_a_link_later(tmp_path, target):
    (tmp_path / "secret").write_text("secret")
    archive = tar(
        tmp_path / "x.tar",
        member("leak", tarfile.SYMTYPE, link="x/y/z/../../../secret"),
        *(member(name, tarfile.SYMTYPE, link=".") for name in "xyz"),
    )
    with pytest.raises(UnsafeArchiveError, match="points outside"):
        unpack(archive, tmp_path / "target")
    assert not (tmp_path / "target" / "leak").exists()


def test_links_that_stay_inside(tmp_path, target):
    links = {"d/up": "../a", "d/e/far": "../.././a", "over": "d/e/../../a", "cur": "..data", "later": "f/g"}
    archive = tar(
        tmp_path / "x.tar",
        member("a", data=b"1"),
        member("..data", data=b"1"),
        member("d/e", tarfile.DIRTYPE),
        *(member(name, tarfile.SYMTYPE, link=to) for name, to in links.items()),
        member("f/g", data=b"1"),
    )
    unpack(archive, target)
    assert {name: (target / name).read_text() for name in links} == dict.fromkeys(links, "1")


def test_a_file_is_never_written_through_a_link(tmp_path, target):
    archive = tar(
        tmp_path / "x.tar",
        member("a", data=b"kept"),
        member("l", tarfile.SYMTYPE, link="a"),
        member("l", data=b"own"),
    )
    unpack(archive, target)
    assert (target / "a").read_bytes() == b"kept"
    assert (target / "l").read_bytes() == b"own"


def test_a_link_that_was_there_before_is_not_followed(tmp_path, target):
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir(parents=True)
    (target / "d").symlink_to(outside)
    with pytest.raises(ArchiveError, match="through a link"):
        unpack(zipped(tmp_path / "x.zip", {"d/evil": "1"}), target)
    assert not list(outside.iterdir())


@pytest.mark.parametrize("to", ["../../outside", "missing", "l"])
def test_a_hard_link_to_something_else(tmp_path, target, to):
    archive = tar(
        tmp_path / "x.tar", member("l", tarfile.SYMTYPE, link="l2"), member("h", tarfile.LNKTYPE, link=to)
    )
    with pytest.raises(ArchiveError):
        unpack(archive, target)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices(tmp_path, target, kind):
    with pytest.raises(ArchiveError, match="device or a pipe"):
        unpack(tar(tmp_path / "x.tar", member("d", kind)), target)


def test_more_than_its_size_lets_expect(tmp_path, target, monkeypatch):
    monkeypatch.setattr("cm_core.base.archives._ALWAYS_ALLOWED", 1 << 20)
    zeros = bytes(8 << 20)
    one = tmp_path / "x.gz"
    one.write_bytes(gzip.compress(zeros))
    for archive in (one, zipped(tmp_path / "x.zip", {"a": zeros})):
        with pytest.raises(TooLargeArchiveError, match="more than"):
            unpack(archive, target)
        unpack(archive, target, UnpackRules(max_bytes=len(zeros)))


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04broken", b"\x1f\x8bbroken"])
def test_what_is_no_archive(tmp_path, target, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ArchiveError):
        unpack(tmp_path / "x", target)


def test_an_archive_that_ends_too_early(tmp_path, target):
    whole = gzip.compress(bytes(range(256)) * 1000)
    (tmp_path / "x.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(tmp_path / "x.gz", target)


@pytest.mark.parametrize("kind", ["", "gz"])
@pytest.mark.parametrize("cut", [1024, 1025, 1024 + 511, 2048])
def test_a_tar_that_ends_before_or_in_a_header(tmp_path, target, cut, kind):
    whole = tar(tmp_path / "x.tar", *(member(name, data=b"q" * 512) for name in "ab")).read_bytes()
    start = whole[:cut]
    (tmp_path / "y").write_bytes(gzip.compress(start) if kind else start)
    with pytest.raises(DamagedArchiveError, match="damaged"):
        unpack(tmp_path / "y", target)


@pytest.mark.parametrize("form", ["gnu", "pax", "ustar", "v7"])
@pytest.mark.parametrize("more", [(), ("--blocking-factor=1",), ("--gzip",), ("--bzip2",), ("--xz",)])
def test_what_other_programs_write(tmp_path, target, form, more):
    source = tmp_path / "source"
    (source / "d").mkdir(parents=True)
    (source / "d" / "empty").touch()
    (source / "d" / "file").write_bytes(b"1" * 512)
    subprocess.run(["tar", f"--format={form}", *more, "-cf", tmp_path / "x", "-C", source, "."], check=True)
    unpack(tmp_path / "x", target)
    assert (target / "d" / "file").read_bytes() == b"1" * 512


def test_what_git_writes(tmp_path, target):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e", *words], cwd=source, check=True)

    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("1")
    git("init", "--quiet")
    git("add", "file")
    git("commit", "--quiet", "--message=m")
    git("archive", "--output", tmp_path / "x.tar.gz", "HEAD")
    unpack(tmp_path / "x.tar.gz", target)
    assert (target / "file").read_text() == "1"


def test_what_cannot_be_written_is_named(tmp_path, target):
    (tmp_path / "file").touch()
    archive = tmp_path / "z.gz"
    archive.write_bytes(gzip.compress(b"1"))
    with pytest.raises(ArchiveError, match=f"cannot write {tmp_path / 'file' / 'sub'}: "):
        unpack(archive, tmp_path / "file" / "sub")
    (target / "z").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=f"cannot write {target / 'z'}: "):
        unpack(archive, target)


def test_damaged_bzip2(tmp_path, target):
    data = bytearray(bz2.compress(bytes(range(256)) * 1000))
    data[40:60] = bytes(20)
    (tmp_path / "x.bz2").write_bytes(data)
    with pytest.raises(DamagedArchiveError, match="damaged"):
        unpack(tmp_path / "x.bz2", target)


# ---------------------------------------------------------------------------------- stricter rules

STRICT = UnpackRules(formats=("zip",), links=False, portable=True)


@pytest.mark.parametrize(
    "name",
    ["/evil", "//host/share/evil", "C:/evil", "C:evil", "x\\y", "a:b", "nul\0.txt", "x/../../evil"],
)
def test_names_that_do_not_mean_the_same_everywhere(tmp_path, target, name):
    archive = zipped(tmp_path / "x.zip", {"good.txt": "x", name.replace("\0", "?"): "evil"})
    archive.write_bytes(archive.read_bytes().replace(b"nul?", b"nul\0"))
    with pytest.raises(UnsafeArchiveError, match="the member"):
        unpack(archive, target, STRICT)
    assert not list(target.iterdir()), "something was written before all was checked"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
@pytest.mark.parametrize("links", [False, True])
def test_links_and_devices_in_a_zip(tmp_path, target, kind, links):
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a", "1")
        archive.writestr(info, "a")
    if links and kind == stat.S_IFLNK:
        assert unpack(tmp_path / "x.zip", target).members == 2
        return
    with pytest.raises(UnsafeArchiveError, match="device"):
        unpack(tmp_path / "x.zip", target, UnpackRules(links=links))
    assert not list(target.iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_a_tar_can_be_refused(tmp_path, target, kind):
    archive = tar(tmp_path / "x.tar", member("a", data=b"1"), member("l", kind, link="a"))
    with pytest.raises(UnsafeArchiveError):
        unpack(archive, target, UnpackRules(links=False))


def test_rights_from_a_system_without_rights_mean_nothing(tmp_path, target):
    info = zipfile.ZipInfo("a")
    info.create_system = 0
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "1")
    unpack(tmp_path / "x.zip", target, STRICT)
    assert (target / "a").is_file()
    assert not (target / "a").is_symlink()


def test_the_same_name_twice(tmp_path, target):
    archive = zipped(tmp_path / "x.zip", {"Name.txt": "1", "name.txt": "2"})
    with pytest.raises(UnsafeArchiveError, match="twice"):
        unpack(archive, target, STRICT)
    assert unpack(archive, target).members == 2


def test_a_name_that_the_caller_refuses(tmp_path, target):
    rules = UnpackRules(refuse=lambda name: "is secret" if name.name == "key" else "")
    with pytest.raises(UnsafeArchiveError, match="the member 'd/key' is secret"):
        unpack(zipped(tmp_path / "x.zip", {"d/key": "1"}), target, rules)


def test_size_and_number_are_limited(tmp_path, target):
    archive = zipped(tmp_path / "x.zip", {"a": "x" * 1000, "b": "y"})
    for rules in (UnpackRules(max_bytes=1000), UnpackRules(max_members=1)):
        with pytest.raises(TooLargeArchiveError, match="too large"):
            unpack(archive, target, rules)
    assert not list(target.iterdir())
    packed = tar(tmp_path / "x.tar", member("a", data=b"x" * 1000), member("b", data=b"y"))
    for rules in (UnpackRules(max_bytes=1000), UnpackRules(max_members=1)):
        with pytest.raises(TooLargeArchiveError, match="too large"):
            unpack(packed, target, rules)


def test_a_size_that_lies(tmp_path, target):
    archive = zipped(tmp_path / "x.zip", {"bomb": "x" * 5000})
    data = archive.read_bytes()
    archive.write_bytes(data.replace((5000).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    with pytest.raises(ArchiveError):
        unpack(archive, target, UnpackRules(max_bytes=100))


def test_other_formats_can_be_left_out(tmp_path, target):
    for archive in (tar(tmp_path / "x.zip", member("a", data=b"1")), tmp_path / "y.zip"):
        if not archive.exists():
            archive.write_bytes(gzip.compress(b"text"))
        with pytest.raises(DamagedArchiveError):
            unpack(archive, target, STRICT)


def test_damaged_content(tmp_path, target):
    archive = zipped(tmp_path / "x.zip", {"a": "some text " * 100})
    data = bytearray(archive.read_bytes())
    data[35:45] = b"\xff" * 10
    archive.write_bytes(data)
    target.mkdir(parents=True)
    (target / "a").write_text("of an earlier run")
    with pytest.raises(DamagedArchiveError, match="damaged"):
        unpack(archive, target)
    assert [(path.name, path.read_text()) for path in target.iterdir()] == [("a", "of an earlier run")]


def test_what_somebody_reads_stays_whole_while_it_is_unpacked_again(tmp_path, target):
    archive = zipped(tmp_path / "x.zip", {"a": "whole"})
    unpack(archive, target)
    with (target / "a").open() as reader:
        unpack(archive, target)
        assert reader.read() == "whole"


def test_no_archive_at_all(tmp_path, target):
    with pytest.raises(NotFoundError, match=r"x\.zip does not exist"):
        unpack(tmp_path / "x.zip", target)
