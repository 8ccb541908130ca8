"""Fetching one address into one file: continued after a break, checked as it comes, complete or not there.

What has arrived lies beside the target as ``NAME.part``; ``NAME.part.json`` says of which file it is a part.
Addresses never appear in the errors: whoever fetches knows how to name them without what is secret in them.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cm_core.base.frozen import frozen
from cm_core.base.fsio import raise_os_error
from cm_core.base.secrets import without_credentials
from cm_core.model.errors import CMError

ATTEMPTS = 4
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_SCHEMES = ("http", "https", "ftp", "file")
_WEB = ("http", "https")
_TIMEOUT_SECONDS = 30.0  # without any data
_PROGRESS_SECONDS = 2.0
_BLOCK = 1 << 20
_TRANSIENT = (408, 429, 500, 502, 503, 504)


class TransferError(CMError):
    """The file cannot be had from this address.

    Attributes:
        status: of the server's answer, 0 when there was none.
        untrusted: whether it is for the certificate of the server.
    """

    def __init__(self, message: str, *, status: int = 0, untrusted: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.untrusted = untrusted


class _TooLargeError(TransferError):
    """There is no point in keeping what has arrived."""


@frozen
class Source:
    """Where a file comes from, and what it has to be.

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
    """Put what an address has at ``target``; nothing unfinished is ever seen under that name.

    Args:
        say: hears how much has arrived, and why another attempt is made.

    Raises:
        TransferError: when the file cannot be had, or is another one.
        CMError: when it cannot be written.
    """
    if urlsplit(source.url).scheme not in _SCHEMES:
        raise TransferError("the address must begin with http, https, ftp or file")
    check_checksums(source.checksums)
    transfer = _Transfer(source, target, say)
    try:
        transfer.receive()
        transfer.complete()
    except BaseException as error:
        if not source.continued or isinstance(error, _TooLargeError):
            transfer.discard()
        if isinstance(error, OSError):
            raise_os_error("write", target, error)
        raise


def check_checksums(checksums: Iterable[str]) -> None:
    """Refuse texts that are no checksums.

    Raises:
        TransferError: for the first such text.
    """
    for checksum in checksums:
        if len(checksum) not in _ALGORITHMS or set(checksum) - set("0123456789abcdef"):
            raise TransferError(
                f"{checksum!r} is not a checksum: MD5, SHA-1, SHA-256 and SHA-512 have 32, 40, 64 and 128 "
                "hexadecimal digits"
            )


def verify(path: Path, checksums: Sequence[str], *, name: str = "") -> None:
    """Check a file that is here.

    Args:
        name: what the message calls it.

    Raises:
        TransferError: when it has none of the checksums; with none to choose from, any file will do.
        OSError: when it cannot be read.
    """
    digests = _Digests(checksums)
    digests.add_file(path)
    digests.check(name or path.name)


class _BrokenOffError(Exception):
    """The transfer broke off; another attempt continues it."""


class _Digests:
    """Checksums of what passes by, of each kind that is asked for."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._expected = expected
        names = dict.fromkeys(_ALGORITHMS[len(checksum)] for checksum in expected)
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}

    def add(self, block: bytes) -> None:
        for digest in self._hashes.values():
            digest.update(block)

    def add_file(self, path: Path) -> None:
        if self._hashes:
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    self.add(block)

    @property
    def match(self) -> bool:
        return any(self._of(checksum) == checksum for checksum in self._expected)

    def check(self, name: str) -> None:
        if self._expected and not self.match:
            found = self._of(self._expected[0])
            raise TransferError(f"wrong checksum of {name}: {found} instead of {' or '.join(self._expected)}")

    def _of(self, checksum: str) -> str:
        return self._hashes[_ALGORITHMS[len(checksum)]].hexdigest()


class _Transfer:
    """One file on its way."""

    def __init__(self, source: Source, target: Path, say: Callable[[str], None]) -> None:
        self._source, self._target, self._say = source, target, say
        self._part = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._shown_url = without_credentials(source.url)
        self._digests = _Digests(source.checksums)

    def receive(self) -> None:
        """Attempt it until all is there, or there is no hope."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._attempt()
            except _BrokenOffError as problem:
                if attempt == ATTEMPTS:
                    said = f"the transfer broke off {ATTEMPTS} times ({problem})"
                    raise TransferError(said) from problem
                self._say(f"{problem}; trying again")
                time.sleep(min(attempt, 3) * 0.5)
            else:
                return

    def complete(self) -> None:
        """Give the file its name, if it is the one that is wanted."""
        try:
            self._digests.check(self._target.name)
        except TransferError:
            self.discard()  # a file that is complete and wrong must not be continued
            raise
        self._part.replace(self._target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
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
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context) as answer:  # noqa: S310
                self._store(answer, offset)
        except urllib.error.HTTPError as problem:
            self._refused(problem, offset)
        except urllib.error.URLError as problem:
            raise _without_answer(problem) from problem
        except (http.client.InvalidURL, ValueError) as problem:  # the latter for letters beyond ASCII
            raise TransferError(f"this is no usable address: {problem}") from problem
        except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as problem:
            raise _BrokenOffError(str(problem) or type(problem).__name__) from problem

    def _start(self) -> tuple[int, str]:
        """Where to continue. Without a checksum only if the server can say that the file is the same."""
        note: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            note = json.loads(self._note.read_text(encoding="utf-8"))
        validator = note.get("validator", "") if note.get("url") == self._shown_url else ""
        known = self._source.checksums or validator
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
        headers = {"User-Agent": "cm-toolkit", "Accept-Encoding": "identity"}
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
            self.discard()
            raise _BrokenOffError("the server sent another part than was asked for")
        done = offset if append else 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length and length.isdigit() else 0
        self._check_room(total, done)
        self._take_note(answer)
        self._digests = _Digests(self._source.checksums)
        if append:
            self._digests.add_file(self._part)
        shown = time.monotonic()
        with self._part.open("ab" if append else "wb") as file:
            while block := answer.read(_BLOCK):
                done += len(block)
                self._check_size(done)
                file.write(block)
                self._digests.add(block)
                if time.monotonic() - shown > _PROGRESS_SECONDS:
                    shown = time.monotonic()
                    self._say(_progress(done, total))
        if total and done < total:
            raise _BrokenOffError(f"connection closed after {_progress(done, total)}")
        self._say(f"{_megabytes(done)} received")

    def _check_room(self, total: int, done: int) -> None:
        self._check_size(total)
        room = shutil.disk_usage(self._part.parent).free
        if total - done > room:
            raise TransferError(
                f"{_megabytes(total - done)} are needed, but only {_megabytes(room)} are free"
            )

    def _check_size(self, size: int) -> None:
        if self._source.max_bytes is not None and size > self._source.max_bytes:
            raise _TooLargeError(f"it is larger than {self._source.max_bytes} bytes")

    def _take_note(self, answer: Any) -> None:
        if not self._source.continued:
            return
        etag = answer.headers.get("ETag", "")
        validator = etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified", "")
        note = json.dumps({"url": self._shown_url, "validator": validator})
        self._note.write_text(note, encoding="utf-8")

    def _refused(self, problem: urllib.error.HTTPError, offset: int) -> None:
        """Judge an answer that is none; returns when all is there already."""
        # The rest does not exist: it is complete, or another file by now.
        if problem.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
            self._digests = _Digests(self._source.checksums)
            self._digests.add_file(self._part)
            if self._digests.match:
                return
            self.discard()
            raise _BrokenOffError("the server has nothing to continue with") from problem
        said = f"the server answered {problem.code} {problem.reason}".rstrip()
        if problem.code in _TRANSIENT:
            raise _BrokenOffError(said) from problem
        raise TransferError(said, status=problem.code) from problem


def _without_answer(problem: urllib.error.URLError) -> TransferError:
    reason = problem.reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return TransferError(str(reason.verify_message), untrusted=True)
    return TransferError(str(getattr(reason, "strerror", None) or reason))


def _progress(done: int, total: int) -> str:
    return (
        f"{_megabytes(done)} of {_megabytes(total)} ({100 * done // total} %)" if total else _megabytes(done)
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
