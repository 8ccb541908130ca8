"""The downloader: what arrives, what is continued, and what is said when nothing arrives."""

import hashlib
import random

import pytest

DATA = random.Random(7).randbytes(300_000)
MD5, SHA256 = hashlib.md5(DATA).hexdigest(), hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def transfer(load_part):
    return load_part("download-file", "transfer.py")


@pytest.fixture
def url(serve):
    (serve.folder / "data.bin").write_bytes(DATA)
    return serve.url + "/data.bin"


def test_each_kind_of_checksum(transfer, url, tmp_path):
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        transfer.fetch(url, tmp_path / algorithm, [hashlib.new(algorithm, DATA).hexdigest()])
        assert (tmp_path / algorithm).read_bytes() == DATA


def test_any_of_several_checksums_will_do(transfer, url, tmp_path):
    transfer.fetch(url, tmp_path / "x", ["0" * 32, SHA256])
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_wrong_checksum_leaves_nothing(transfer, url, tmp_path):
    with pytest.raises(transfer.TransferError, match=f"{MD5} instead of {'0' * 32}"):
        transfer.fetch(url, tmp_path / "x", ["0" * 32])
    assert not list(tmp_path.glob("x*"))


def test_a_broken_transfer_is_continued(transfer, url, serve, tmp_path):
    serve.cuts = [100_000, 50_000]
    transfer.fetch(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == ["", "bytes=100000-", "bytes=150000-"]
    assert {path.name for path in tmp_path.glob("x*")} == {"x"}


def test_a_later_run_continues_too(transfer, url, serve, tmp_path):
    serve.cuts = [10_000] * transfer.ATTEMPTS
    with pytest.raises(transfer.TransferError, match="broke off"):
        transfer.fetch(url, tmp_path / "x", [])
    assert not (tmp_path / "x").exists()
    transfer.fetch(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == DATA
    assert serve.requests[-1][1:] == (f"bytes={10_000 * transfer.ATTEMPTS}-", '"first"')


def test_a_file_that_changed_meanwhile_is_not_glued_together(transfer, url, serve, tmp_path):
    serve.cuts = [10_000] * transfer.ATTEMPTS
    with pytest.raises(transfer.TransferError):
        transfer.fetch(url, tmp_path / "x", [])
    (serve.folder / "data.bin").write_bytes(b"new" * 50_000)
    serve.etag = '"second"'
    transfer.fetch(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == b"new" * 50_000


def test_without_checksum_and_validator_it_starts_again(transfer, url, serve, tmp_path):
    serve.etag, serve.cuts = "", [10_000]
    transfer.fetch(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == ["", ""]


def test_a_server_without_ranges(transfer, url, serve, tmp_path):
    serve.ranges, serve.cuts = False, [10_000]
    transfer.fetch(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA


def test_the_rest_of_a_complete_part_is_nothing(transfer, url, tmp_path):
    (tmp_path / "x.part").write_bytes(DATA)
    transfer.fetch(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA


def test_local_addresses(transfer, tmp_path):
    (tmp_path / "a b.bin").write_bytes(DATA)
    transfer.fetch((tmp_path / "a b.bin").as_uri(), tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ssh://host/x", "must begin with"),
        ("/etc/hosts", "must begin with"),
        ("http://127.0.0.1:1/x", "[Rr]efused"),
        ("file:///no/such/file", "[Nn]o such file"),
    ],
)
def test_what_cannot_be_had(transfer, address, reason, tmp_path):
    with pytest.raises(transfer.TransferError, match=reason):
        transfer.fetch(address, tmp_path / "x", [])
    assert not (tmp_path / "x").exists()


def test_a_missing_file(transfer, serve, tmp_path):
    with pytest.raises(transfer.TransferError, match="404"):
        transfer.fetch(serve.url + "/nothing", tmp_path / "x", [])
    assert len(serve.requests) == 1


@pytest.mark.parametrize("text", ["12", "z" * 32, "0" * 33])
def test_what_is_not_a_checksum(transfer, text):
    with pytest.raises(transfer.TransferError, match="is not a checksum"):
        transfer.check_format([text])
