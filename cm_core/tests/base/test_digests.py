import hashlib
import re

import pytest

from cm_core.base.digests import ChecksumError, check_checksums, file_digest, is_verified, verify

DATA = b"data" * 100_000
MD5, SHA256 = hashlib.md5(DATA).hexdigest(), hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a").write_bytes(DATA)
    return tmp_path / "a"


def test_the_checksum_of_a_file(file):
    assert file_digest(file) == SHA256
    assert file_digest(file, "md5") == MD5


def test_a_file_that_is_here(file):
    for checksums in ([MD5], [SHA256], ["0" * 32, SHA256], []):
        verify(file, checksums)
    for wrong, right in (("0" * 32, MD5), ("0" * 64, SHA256)):
        with pytest.raises(ChecksumError, match=f"wrong checksum for b: got {right}, expected {wrong}"):
            verify(file, [wrong], name="b")


def test_whether_a_file_is_here(file, tmp_path):
    assert is_verified(file, [SHA256])
    assert is_verified(file, [])
    assert not is_verified(file, ["0" * 64])
    for checksums in ([SHA256], []):
        assert not is_verified(tmp_path / "missing", checksums)


@pytest.mark.parametrize("text", ["12", "z" * 32, "0" * 33])
def test_what_is_not_a_checksum(text, file):
    with pytest.raises(ChecksumError, match=re.escape(f"{text!r} is not a checksum")):
        check_checksums([text])
    with pytest.raises(ChecksumError, match="is not a checksum"):
        verify(file, [text])
