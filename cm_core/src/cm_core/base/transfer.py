"""Fetching one address into one file: continued after a break, checked, complete or not there.

What has arrived lies beside the target as ``NAME.part``; ``NAME.part.json`` says of which file it is a part,
and who holds ``NAME.part.lock`` writes them.
Addresses never appear in the errors: whoever fetches knows how to name them without what is secret in them.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cm_core.base.digests import ChecksumError, check_checksums, is_verified, verify
from cm_core.base.frozen import frozen
from cm_core.base.fsio import raise_os_error
from cm_core.base.locks import passing_file_lock
from cm_core.base.text import byte_size
from cm_core.credentials import without_credentials
from cm_core.errors import CMError

ATTEMPTS = 4
_SCHEMES = ("http", "https", "ftp", "file")
_WEB = ("http", "https")
_TIMEOUT_SECONDS = 60.0  # without any data
_PROGRESS_SECONDS = 2.0
_BLOCK = 1 << 20
_HEAD = 1024
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
# Of models and data; other names are known to Python.
_OTHER_TYPES = re.compile(
    r".*\.(?:onnx|ptl?|pth|ckpt|safetensors|gguf|tflite|pb|prototxt|caffemodel|engine|plan|np[yz]|parquet|jsonl"
    r"|ya?ml|toml|whl|rec|dat|md)",
    re.IGNORECASE,
)
_TRANSIENT = (408, 429, 500, 502, 503, 504)


class TransferError(CMError):
    """The file cannot be downloaded from this URL.

    Attributes:
        status: of the server's answer, 0 when there was none.
        untrusted: whether it is for the certificate of the server.
        doubtful: whether something arrived that is hardly the file; with its checksum it is taken.
    """

    def __init__(
        self, message: str, *, status: int = 0, untrusted: bool = False, doubtful: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.untrusted = untrusted
        self.doubtful = doubtful


class _UselessError(TransferError):
    """There is no point in keeping what has arrived."""


@frozen
class Source:
    """Where a file comes from, and what it must be.

    Attributes:
        url: http, https, ftp or file; a user and password in it are sent, and shown nowhere.
        checksums: in hexadecimal; the file must have one of them. Their length says of which kind they are.
        authorization: value of that header, which only the server of this address gets to see.
        max_bytes: what is larger is refused.
        check_certificate: whether a server has to prove who it is.
        continued: keep what has arrived when a transfer fails, so that the next one goes on from there.
    """

    url: str
    checksums: Sequence[str] = ()
    authorization: str = ""
    max_bytes: int | None = None
    check_certificate: bool = True
    continued: bool = True


def fetch(source: Source, target: Path, *, say: Callable[[str], None] = lambda _line: None) -> None:
    """Download a URL to ``target``; an unfinished file never appears under that name.

    Args:
        say: hears how much has arrived, and why another attempt is made.

    Raises:
        TransferError: when the file cannot be had, or is another one.
        CMError: when it cannot be written.
    """
    with _network():
        if urlsplit(source.url).scheme not in _SCHEMES:
            raise TransferError("the URL must start with http, https, ftp or file")
    check_checksums(source.checksums)
    transfer = _Transfer(source, target, say)
    waited: list[str] = []

    def wait() -> None:
        waited.append("another process is downloading the same file; waiting for it")
        say(waited[0])

    try:
        with passing_file_lock(target.with_name(target.name + ".part.lock"), on_wait=wait):
            if not (waited and transfer.came_meanwhile()):
                transfer.run()
    except OSError as error:  # those of the network have become other errors before
        raise_os_error("write", target, error)


class _BrokenOffError(Exception):
    """The transfer broke off; another attempt continues it."""


class _Transfer:
    """One file on its way."""

    def __init__(self, source: Source, target: Path, say: Callable[[str], None]) -> None:
        self._source, self._target, self._say = source, target, say
        self._part = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._shown_url = without_credentials(source.url)
        self._continued = False
        self._type = ""

    def run(self) -> None:
        """Receive the file, check what is on the disk then, and give it its name."""
        try:
            self._receive()
            try:
                self._verify()
            except ChecksumError:
                if not self._continued:
                    raise
                self._say("the partial download was of a different file; starting again")
                self._discard()
                self._receive()
                self._verify()
            self._part.replace(self._target)
            self._note.unlink(missing_ok=True)
        except ChecksumError as error:
            self._discard()  # a file that is complete and wrong must not be continued
            raise TransferError(error.message) from error
        except BaseException as error:
            if not self._source.continued or isinstance(error, _UselessError):
                self._discard()
            raise

    def came_meanwhile(self) -> bool:
        """Whether another process has put the file in place."""
        known = self._source.checksums
        return bool(known) and self._target.is_file() and is_verified(self._target, known)

    def _verify(self) -> None:
        if not self._source.checksums and (doubt := self._doubt()):
            raise _UselessError(doubt, doubtful=True)
        verify(self._part, self._source.checksums, name=self._target.name)

    def _doubt(self) -> str:
        """Why what a server sent is hardly the file; busy ones, and those with a login, report success."""
        if urlsplit(self._source.url).scheme == "file":
            return ""
        with self._part.open("rb") as file:
            head = file.read(_HEAD)
        if not head:
            return "the server sent an empty file"
        if self._type == "text/html" and _HTML.match(head) and _has_other_type(self._target.name):
            return f"the server sent a web page instead of {self._target.name}"
        return ""

    def _receive(self) -> None:
        """Attempt it until all is there, or there is no hope."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._attempt()
            except _BrokenOffError as problem:
                if attempt == ATTEMPTS:
                    said = f"the transfer failed {ATTEMPTS} times ({problem})"
                    raise TransferError(said) from problem
                self._say(f"{problem}; retrying")
                time.sleep(min(attempt, 3) * 0.5)
            else:
                return

    def _discard(self) -> None:
        """Forget what has arrived."""
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _attempt(self) -> None:
        """Append to what is there when the server agrees that it is the same file."""
        offset, validator = self._start()
        request = self._request(offset, validator)
        context = ssl.create_default_context()
        if not self._source.check_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            with _network():
                answer = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context)  # noqa: S310
        except urllib.error.HTTPError as problem:
            with problem:
                self._refused(problem, offset)
            return
        with answer:
            self._store(answer, offset)

    def _start(self) -> tuple[int, str]:
        """Where to continue: a part of the same address or with the same checksums.

        Without a checksum only if the server can say that the file is the same.
        """
        note: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError):
            note = dict(json.loads(self._note.read_text(encoding="utf-8")))
        same_address = note.get("url") == self._shown_url
        validator = str(note.get("validator", "")) if same_address else ""
        checksums = list(self._source.checksums)
        known = validator or (checksums and (same_address or note.get("checksums") == checksums))
        if not self._part.is_file() or not known or urlsplit(self._source.url).scheme not in _WEB:
            return 0, ""
        return self._part.stat().st_size, validator

    def _request(self, offset: int, validator: str) -> urllib.request.Request:
        url, authorization = self._source.url, self._source.authorization
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        if at and parts.scheme in _WEB:
            url = parts._replace(netloc=host).geturl()
            encoded = base64.b64encode(unquote(user).encode()).decode("ascii")
            authorization = authorization or f"Basic {encoded}"
        headers = {"User-Agent": "cm-automation", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
            if validator:
                headers["If-Range"] = validator
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - its scheme was checked
        if authorization:
            request.add_unredirected_header("Authorization", authorization)
        return request

    def _store(self, answer: Any, offset: int) -> None:
        append = offset > 0 and answer.status == HTTPStatus.PARTIAL_CONTENT
        if append and not answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
            self._discard()
            raise _BrokenOffError("the server sent a different part than requested")
        done = offset if append else 0
        self._type = answer.headers.get_content_type() if answer.headers.get("Content-Type") else ""
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length and length.isdecimal() else 0
        self._check_room(total, done)
        shown = time.monotonic()
        with self._part.open("ab" if append else "wb") as file:
            if append:
                self._continued = True
            else:
                # Only now that nothing of an older file is left, so that its head is never taken for ours.
                self._take_note(answer)
            for block in _blocks(answer):
                done += len(block)
                self._check_size(done)
                file.write(block)
                if time.monotonic() - shown > _PROGRESS_SECONDS:
                    shown = time.monotonic()
                    self._say(_progress(done, total))
        if total and done < total:
            raise _BrokenOffError(f"connection closed after {_progress(done, total)}")
        self._say(f"{byte_size(done)} received")

    def _check_room(self, total: int, done: int) -> None:
        self._check_size(total)
        room = shutil.disk_usage(self._part.parent).free
        if total - done > room:
            raise TransferError(f"{byte_size(total - done)} is needed, but only {byte_size(room)} is free")

    def _check_size(self, size: int) -> None:
        if self._source.max_bytes is not None and size > self._source.max_bytes:
            raise _UselessError(f"it is larger than {self._source.max_bytes} bytes")

    def _take_note(self, answer: Any) -> None:
        etag = answer.headers.get("ETag", "")
        validator = etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified", "")
        note = {"url": self._shown_url, "validator": validator, "checksums": list(self._source.checksums)}
        self._note.write_text(json.dumps(note), encoding="utf-8")

    def _refused(self, problem: urllib.error.HTTPError, offset: int) -> None:
        """Judge an answer that is none; returns when all is there already."""
        # The rest does not exist: it is complete, or another file by now.
        if problem.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
            self._continued = True
            if self._source.checksums and is_verified(self._part, self._source.checksums):
                return
            self._discard()
            raise _BrokenOffError("the server cannot resume the download") from problem
        # What the server or urllib says of the reason may hold the address.
        said = f"the server answered {problem.code} {http.client.responses.get(problem.code, '')}".rstrip()
        if problem.code in _TRANSIENT:
            raise _BrokenOffError(said) from problem
        raise TransferError(said, status=problem.code) from problem


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Errors of the network as ours, in sentences that hold nothing of an address."""
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as problem:
        raise _without_answer(problem) from problem
    except (http.client.InvalidURL, ValueError) as problem:
        said = "this is not a usable URL: it has invalid characters, or an invalid host or port"
        raise TransferError(said) from problem
    except (http.client.HTTPException, OSError) as problem:
        raise _BrokenOffError(_said_of(problem)) from problem


def _blocks(answer: Any) -> Iterator[bytes]:
    while True:
        with _network():
            block = answer.read(_BLOCK)
        if not block:
            return
        yield block


def _without_answer(problem: urllib.error.URLError) -> TransferError:
    reason = problem.reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return TransferError(str(reason.verify_message), untrusted=True)
    return TransferError(
        _said_of(reason) if isinstance(reason, OSError) else "there is no such file or server"
    )


def _said_of(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return f"no data arrived within {_TIMEOUT_SECONDS:.0f} s"
    if said := getattr(problem, "strerror", None):
        return str(said)
    if isinstance(problem, http.client.IncompleteRead | http.client.RemoteDisconnected):
        return str(problem)
    refused = re.match(r"Tunnel connection failed: \d+", str(problem))
    return refused.group() if refused else "the server violates the protocol"


def _has_other_type(name: str) -> bool:
    """Whether the name of a file says that it is something else than a web page."""
    import mimetypes

    # Without what this machine adds to the known types.
    kind, encoding = mimetypes.MimeTypes().guess_type(name)
    return bool(encoding or (kind and kind != "text/html") or _OTHER_TYPES.fullmatch(name))


def _progress(done: int, total: int) -> str:
    return f"{byte_size(done)} of {byte_size(total)} ({100 * done // total} %)" if total else byte_size(done)
