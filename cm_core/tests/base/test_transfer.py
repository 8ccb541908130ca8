"""The downloader: what arrives, what is continued, and what is said when nothing arrives."""

import base64
import hashlib
import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cm_core.base import transfer
from cm_core.base.locks import passing_file_lock
from cm_core.base.transfer import Source, TransferError, fetch
from cm_core.errors import CMError

DATA = random.Random(7).randbytes(300_000)
MD5, SHA256 = hashlib.md5(DATA).hexdigest(), hashlib.sha256(DATA).hexdigest()


def get(url, target, checksums=(), **options):
    said = []
    fetch(Source(url=url, checksums=checksums, **options), target, say=said.append)
    return said


def leave_part(target, data, **note):
    """What a process that died leaves."""
    target.with_name(target.name + ".part").write_bytes(data)
    target.with_name(target.name + ".part.json").write_text(json.dumps(note))


@pytest.fixture
def url(serve):
    (serve.folder / "data.bin").write_bytes(DATA)
    return serve.url + "/data.bin"


def test_each_kind_of_checksum(url, tmp_path):
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        get(url, tmp_path / algorithm, [hashlib.new(algorithm, DATA).hexdigest()])
        assert (tmp_path / algorithm).read_bytes() == DATA


def test_any_of_several_checksums_will_do(url, tmp_path):
    get(url, tmp_path / "x", ["0" * 32, SHA256])
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_wrong_checksum_leaves_nothing(url, tmp_path):
    with pytest.raises(TransferError, match=f"got {MD5}, expected {'0' * 32}"):
        get(url, tmp_path / "x", ["0" * 32])
    assert not list(tmp_path.glob("x*"))


def test_a_broken_transfer_is_continued(url, serve, tmp_path):
    serve.cuts = [100_000, 50_000]
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == ["", "bytes=100000-", "bytes=150000-"]
    assert {path.name for path in tmp_path.glob("x*")} == {"x"}


def test_a_later_run_continues_too(url, serve, tmp_path):
    serve.cuts = [10_000] * transfer.ATTEMPTS
    with pytest.raises(TransferError, match="transfer failed"):
        get(url, tmp_path / "x", [])
    assert not (tmp_path / "x").exists()
    get(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == DATA
    assert serve.requests[-1][1:] == (f"bytes={10_000 * transfer.ATTEMPTS}-", '"first"')


def test_a_file_that_changed_meanwhile_is_not_glued_together(url, serve, tmp_path):
    serve.cuts = [10_000] * transfer.ATTEMPTS
    with pytest.raises(TransferError):
        get(url, tmp_path / "x", [])
    (serve.folder / "data.bin").write_bytes(b"new" * 50_000)
    serve.etag = '"second"'
    get(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == b"new" * 50_000


def test_without_checksum_and_validator_it_starts_again(url, serve, tmp_path):
    serve.etag, serve.cuts = "", [10_000]
    get(url, tmp_path / "x", [])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == ["", ""]


def test_a_server_without_ranges(url, serve, tmp_path):
    serve.ranges, serve.cuts = False, [10_000]
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA


def test_the_rest_of_a_complete_part_is_nothing(url, serve, tmp_path):
    leave_part(tmp_path / "x", DATA, url=url)
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert len(serve.requests) == 1


def test_a_part_of_another_address_is_not_continued(url, serve, tmp_path):
    leave_part(
        tmp_path / "x", b"old" * 100, url=serve.url + "/other", validator='"first"', checksums=[SHA256]
    )
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == [""]


def test_a_mirror_continues_the_same_file(url, serve, tmp_path):
    leave_part(tmp_path / "x", DATA[:1000], url=serve.url + "/mirror", validator='"other"', checksums=[MD5])
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [asked[1:] for asked in serve.requests] == [("bytes=1000-", "")]


def test_a_continued_file_that_turns_out_wrong_is_fetched_once_more(url, serve, tmp_path):
    leave_part(tmp_path / "x", b"old" * 100, url=url, validator="", checksums=[])
    get(url, tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA
    assert [wanted for _, wanted, _ in serve.requests] == ["bytes=300-", ""]


_DIES = """
import os, pathlib, sys
from cm_core.base.transfer import Source, fetch
def die(event, arguments):
    if event == "open" and str(arguments[0]).endswith(sys.argv[3]) and "w" in str(arguments[1]):
        os._exit(9)
sys.addaudithook(die)
fetch(Source(url=sys.argv[1]), pathlib.Path(sys.argv[2]))
"""


@pytest.mark.parametrize("opened", ["x.part", "x.part.json"])
def test_death_at_the_start_does_not_glue_two_files_together(url, tmp_path, opened):
    leave_part(tmp_path / "x", b"old" * 100, url=url, validator='"old"')
    done = subprocess.run([sys.executable, "-c", _DIES, url, tmp_path / "x", opened], check=False)
    assert done.returncode == 9
    get(url, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA


def test_what_is_on_the_disk_is_checked(url, tmp_path):
    def spoil(_line):
        with (tmp_path / "x.part").open("ab") as file:
            file.write(b"more")

    with pytest.raises(TransferError, match="wrong checksum"):
        fetch(Source(url=url, checksums=[MD5]), tmp_path / "x", say=spoil)
    assert not list(tmp_path.glob("x*"))


def test_a_second_process_waits_for_the_first(url, serve, tmp_path):
    waits, said = threading.Event(), []

    def hear(line):
        said.append(line)
        waits.set()

    second = threading.Thread(
        target=fetch, args=(Source(url=url, checksums=[MD5]), tmp_path / "x"), kwargs={"say": hear}
    )
    with passing_file_lock(tmp_path / "x.part.lock"):
        second.start()
        assert waits.wait(10)
        (tmp_path / "x").write_bytes(DATA)
    second.join()
    assert said == ["another process is downloading the same file; waiting for it"]
    assert serve.requests == []
    assert {path.name for path in tmp_path.glob("x*")} == {"x"}


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_a_source_that_cannot_be_read_is_not_a_target_that_cannot_be_written(tmp_path):
    with pytest.raises(TransferError, match="transfer failed"):
        get("file:///proc/self/mem", tmp_path / "x")


def test_local_addresses(tmp_path):
    (tmp_path / "a b.bin").write_bytes(DATA)
    get((tmp_path / "a b.bin").as_uri(), tmp_path / "x", [MD5])
    assert (tmp_path / "x").read_bytes() == DATA


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ssh://host/x", "must start with"),
        ("/etc/hosts", "must start with"),
        ("http://127.0.0.1:1/x", "[Rr]efused"),
        ("file:///no/such/file", "[Nn]o such file"),
    ],
)
def test_what_cannot_be_had(address, reason, tmp_path):
    with pytest.raises(TransferError, match=reason):
        get(address, tmp_path / "x", [])
    assert not (tmp_path / "x").exists()


def test_a_missing_file(serve, tmp_path):
    with pytest.raises(TransferError, match="404"):
        get(serve.url + "/nothing", tmp_path / "x", [])
    assert len(serve.requests) == 1


@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_more_than_is_allowed_is_not_kept(url, serve, tmp_path, size):
    with pytest.raises(TransferError, match=f"larger than {size} bytes"):
        get(url, tmp_path / "x", max_bytes=size)
    assert not list(tmp_path.glob("x*"))
    get(url, tmp_path / "x", max_bytes=len(DATA))


def test_a_busy_server_is_asked_again(url, serve, tmp_path):
    serve.statuses = [503, 429]
    said = get(url, tmp_path / "x")
    assert said[:2] == [
        "the server answered 503 Service Unavailable; retrying",
        "the server answered 429 Too Many Requests; retrying",
    ]
    assert said[2:] == ["293.0 KiB received"]


def test_the_status_is_known_to_who_asks(url, serve, tmp_path):
    serve.statuses = [401]
    with pytest.raises(TransferError, match="401") as caught:
        get(url, tmp_path / "x")
    assert caught.value.status == 401


def test_what_is_not_worth_continuing_leaves_nothing(url, serve, tmp_path):
    serve.cuts = [10_000] * transfer.ATTEMPTS
    with pytest.raises(TransferError):
        get(url, tmp_path / "x", continued=False)
    assert not list(tmp_path.glob("x*"))
    get(url, tmp_path / "x", continued=False)
    assert {path.name for path in tmp_path.glob("x*")} == {"x"}


def test_a_password_in_an_address_is_sent_to_this_server_only(url, serve, tmp_path):
    other = "http://localhost:" + serve.url.rpartition(":")[2]
    serve.redirects["gate"] = f"{other}/data.bin"
    serve.cuts = [10_000] * transfer.ATTEMPTS
    address = serve.url.replace("://", "://me:p%40ss@") + "/gate"
    with pytest.raises(TransferError) as caught:
        get(address, tmp_path / "x")
    assert "p%40ss" not in (tmp_path / "x.part.json").read_text()
    said = get(address, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA
    for shown in (str(caught.value), *said):
        assert "p%40ss" not in shown
        assert "p@ss" not in shown
    first = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert serve.authorizations == [first, ""] * (transfer.ATTEMPTS + 1)


def test_a_given_authorization_wins(url, serve, tmp_path):
    get(url.replace("://", "://me:word@"), tmp_path / "x", authorization="Bearer abc")
    assert serve.authorizations == ["Bearer abc"]


def test_a_proxy_of_the_environment_is_used(url, serve, tmp_path, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", serve.url)
    there = serve.folder / "http:" / "no-such-host.invalid" / "data.bin"
    there.parent.mkdir(parents=True)
    there.write_bytes(DATA)
    get("http://no-such-host.invalid/data.bin", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_folder_that_cannot_be_written_to(url, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CMError, match="cannot write"):
        get(url, tmp_path / "file" / "x")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:S3CRET/x",
        "http://127.0.0.1/a b?token=S3CRET",
        "http://[S3CRET/x",
        "http://℀S3CRET/x",
    ],
)
def test_an_address_that_is_none(tmp_path, address):
    with pytest.raises(TransferError, match="not a usable URL") as caught:
        get(address, tmp_path / "x")
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize("to", ["odd://host/S3CRET", "http://127.0.0.1:S3CRET/"])
def test_a_bad_redirection_is_not_shown(serve, tmp_path, to):
    serve.redirects["gate"] = to
    with pytest.raises(TransferError) as caught:
        get(serve.url + "/gate", tmp_path / "x")
    assert "S3CRET" not in str(caught.value)


# -- what is hardly the file -----------------------------------------------------------------------------------

PAGE = b"\n<!-- busy -->\n<!DOCTYPE html>\n<html><body>please log in</body></html>"


@pytest.mark.parametrize("continued", [True, False])
def test_an_empty_answer_is_no_file(url, serve, tmp_path, continued):
    (serve.folder / "data.bin").write_bytes(b"")
    with pytest.raises(TransferError, match="the server sent an empty file") as caught:
        get(url, tmp_path / "x", continued=continued)
    assert caught.value.doubtful
    assert not list(tmp_path.glob("x*"))


def test_a_file_that_is_meant_to_be_empty(url, serve, tmp_path):
    (serve.folder / "data.bin").write_bytes(b"")
    get(url, tmp_path / "x", [hashlib.sha256().hexdigest()])
    assert (tmp_path / "x").read_bytes() == b""
    get((serve.folder / "data.bin").as_uri(), tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == b""


@pytest.mark.parametrize(
    "name", ["model.onnx", "weights.bin", "data.tar.gz", "table.csv", "README.md", "a.H5"]
)
def test_a_web_page_is_no_model(url, serve, tmp_path, name):
    (serve.folder / "data.bin").write_bytes(PAGE)
    serve.type = "text/html; charset=utf-8"
    with pytest.raises(TransferError, match=f"the server sent a web page instead of {name}"):
        get(url, tmp_path / name)
    assert not list(tmp_path.glob(f"{name}*"))
    get(url, tmp_path / name, [hashlib.sha256(PAGE).hexdigest()])
    assert (tmp_path / name).read_bytes() == PAGE


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("index.html", "text/html", PAGE),
        ("download", "text/html", PAGE),
        ("get.php", "text/html", PAGE),
        ("v1.2", "text/html", PAGE),
        ("model.onnx", "application/octet-stream", PAGE),
        ("model.onnx", "", PAGE),
        ("model.onnx", "text/html", DATA),
        ("model.onnx", "text/html", b"<htmlish"),
    ],
)
def test_what_may_be_what_was_asked_for(url, serve, tmp_path, name, kind, content):
    (serve.folder / "data.bin").write_bytes(content)
    serve.type = kind
    get(url, tmp_path / name)
    assert (tmp_path / name).read_bytes() == content
