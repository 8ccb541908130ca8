"""Archives that mean well, and archives that do not."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest


@pytest.fixture
def unpack(load_part):
    return load_part("extract-file", "unpack.py")


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
def test_tar(unpack, tmp_path, target, kind):
    archive = tar(
        tmp_path / "no-suffix",
        member("d", tarfile.DIRTYPE),
        member("d/run", data=b"#!", mode=0o4777),
        member("d/link", tarfile.SYMTYPE, link="run"),
        member("copy", tarfile.LNKTYPE, link="d/run"),
        mode=f"w:{kind}",
    )
    assert unpack.extract(archive, target) is None
    assert (target / "d/link").read_bytes() == (target / "copy").read_bytes() == b"#!"
    assert (target / "d/run").stat().st_mode & 0o7777 == 0o755
    assert (target / "copy").stat().st_ino != (target / "d/run").stat().st_ino


def test_zip(unpack, tmp_path, target):
    unpack.extract(zipped(tmp_path / "x.zip", {"d/": "", "d/a": "1", "b": "2"}), target)
    assert (target / "d/a").read_text() == "1"
    assert (target / "b").read_text() == "2"


def test_zip_with_a_link(unpack, tmp_path, target):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a", "1")
        archive.writestr(link, "a")
    unpack.extract(tmp_path / "x.zip", target)
    assert (target / "link").is_symlink()
    assert (target / "link").read_text() == "1"


@pytest.mark.parametrize(("module", "suffix"), [(gzip, ".gz"), (bz2, ".bz2"), (lzma, ".xz")])
def test_one_compressed_file(unpack, tmp_path, target, module, suffix):
    archive = tmp_path / f"a.txt{suffix}"
    with module.open(archive, "wb") as file:
        file.write(b"text")
    assert unpack.extract(archive, target) == target / "a.txt"
    assert unpack.extract(archive, target, name="b") == target / "b"
    assert (target / "a.txt").read_bytes() == (target / "b").read_bytes() == b"text"


def test_extracting_twice_replaces(unpack, tmp_path, target):
    for text in ("old", "new"):
        unpack.extract(zipped(tmp_path / "x.zip", {"a": text}), target)
    assert (target / "a").read_text() == "new"


@pytest.mark.parametrize("name", ["../evil", "/evil", "x/../../evil", "..\\evil", "x/../y"])
def test_a_name_that_leaves_the_folder(unpack, tmp_path, target, name):
    archives = [
        zipped(tmp_path / "x.zip", {name: "1"}),
        tar(tmp_path / "x.tar", member(name, data=b"1")),
    ]
    for archive in archives:
        with pytest.raises(unpack.ExtractError, match="outside"):
            unpack.extract(archive, target)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("link", ["/tmp", "..", "../..", "d/../../x"])
def test_a_link_that_leaves_the_folder(unpack, tmp_path, target, link):
    archive = tar(tmp_path / "x.tar", member("l", tarfile.SYMTYPE, link=link), member("l/evil", data=b"1"))
    with pytest.raises(unpack.ExtractError, match="leads outside"):
        unpack.extract(archive, target)


def test_a_link_that_leaves_through_another_one(unpack, tmp_path, target):
    archive = tar(
        tmp_path / "x.tar",
        member("d", tarfile.DIRTYPE),
        member("d/up", tarfile.SYMTYPE, link=".."),
        member("d/up2", tarfile.SYMTYPE, link="up/.."),
        member("d/up2/evil", data=b"1"),
    )
    with pytest.raises(unpack.ExtractError, match="leads outside"):
        unpack.extract(archive, target)
    assert not list(tmp_path.rglob("evil"))


def test_a_file_is_never_written_through_a_link(unpack, tmp_path, target):
    archive = tar(
        tmp_path / "x.tar",
        member("a", data=b"kept"),
        member("l", tarfile.SYMTYPE, link="a"),
        member("l", data=b"own"),
    )
    unpack.extract(archive, target)
    assert (target / "a").read_bytes() == b"kept"
    assert (target / "l").read_bytes() == b"own"


def test_a_link_that_was_there_before_is_not_followed(unpack, tmp_path, target):
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir(parents=True)
    (target / "d").symlink_to(outside)
    with pytest.raises(unpack.ExtractError, match="through a link"):
        unpack.extract(zipped(tmp_path / "x.zip", {"d/evil": "1"}), target)
    assert not list(outside.iterdir())


@pytest.mark.parametrize("to", ["../../outside", "missing", "l"])
def test_a_hard_link_to_something_else(unpack, tmp_path, target, to):
    archive = tar(
        tmp_path / "x.tar", member("l", tarfile.SYMTYPE, link="l2"), member("h", tarfile.LNKTYPE, link=to)
    )
    with pytest.raises(unpack.ExtractError):
        unpack.extract(archive, target)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices(unpack, tmp_path, target, kind):
    with pytest.raises(unpack.ExtractError, match="device or a pipe"):
        unpack.extract(tar(tmp_path / "x.tar", member("d", kind)), target)


def test_more_than_its_size_lets_expect(unpack, tmp_path, target, monkeypatch):
    monkeypatch.setattr(unpack, "ALWAYS_ALLOWED", 1 << 20)
    zeros = bytes(8 << 20)
    one = tmp_path / "x.gz"
    one.write_bytes(gzip.compress(zeros))
    for archive in (one, zipped(tmp_path / "x.zip", {"a": zeros})):
        with pytest.raises(unpack.ExtractError, match="max_bytes"):
            unpack.extract(archive, target)
        unpack.extract(archive, target, limit=len(zeros))


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04broken", b"\x1f\x8bbroken"])
def test_what_is_no_archive(unpack, tmp_path, target, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(unpack.ExtractError):
        unpack.extract(tmp_path / "x", target)


def test_an_archive_that_ends_too_early(unpack, tmp_path, target):
    whole = gzip.compress(bytes(range(256)) * 1000)
    (tmp_path / "x.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(unpack.ExtractError, match="damaged"):
        unpack.extract(tmp_path / "x.gz", target)
