"""Headers and names of members that are meant to do harm."""

import io
import tarfile
import zipfile

import pytest

from cm_core.base.archives import UnpackRules, UnsafeArchiveError, unpack


def member(name, kind=tarfile.REGTYPE, *, data=b""):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data)
    return info, io.BytesIO(data)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_would_fill_the_memory_is_refused(tmp_path, kind):
    large = b"30000011 comment=" + b"x" * 2_000_000
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        archive.addfile(*member("h", kind, data=large))
        archive.addfile(*member("f", data=b"x"))
    with pytest.raises(UnsafeArchiveError, match="the header of a member is larger than"):
        unpack(tmp_path / "a.tgz", tmp_path / "target")
    assert not (tmp_path / "target/f").exists()


def test_long_names_and_attributes_are_usual(tmp_path):
    name = "/".join(["d" * 100] * 5)
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        info, data = member(name, data=b"x")
        info.pax_headers = {"comment": "y" * 5000}
        archive.addfile(info, data)
    unpack(tmp_path / "a.tar", tmp_path / "target")
    assert (tmp_path / "target" / name).read_bytes() == b"x"


@pytest.mark.parametrize("name", ["a\x1b[2J.txt", "a\nb", "a\x7f"])
def test_control_characters_in_names_are_refused_where_names_must_be_portable(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(UnsafeArchiveError, match="has control characters in its name"):
        unpack(tmp_path / "a.zip", tmp_path / "target", UnpackRules(portable=True))
