"""Fetch one address into one file, resuming what an earlier attempt left, and verify checksums."""

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
ATTEMPTS = 4
TIMEOUT = 30.0  # seconds without any data
BLOCK = 1 << 20
TRANSIENT = {408, 429, 500, 502, 503, 504}


class TransferError(Exception):
    """The file cannot be had from this address; the text says why."""


class Interrupted(Exception):
    """The transfer broke off; another attempt continues it."""


def fetch(url: str, path: Path, checksums: list[str], *, check_certificate: bool = True) -> None:
    """Put what `url` has at `path`. Nothing half-finished is ever seen under that name."""
    if urlsplit(url).scheme not in {"http", "https", "ftp", "file"}:
        raise TransferError("the address must begin with http, https, ftp or file")
    print(f"Downloading {url}", flush=True)
    partial = path.with_name(path.name + ".part")
    try:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                receive(url, partial, checksums, check_certificate)
                break
            except Interrupted as problem:
                if attempt == ATTEMPTS:
                    raise TransferError(f"the transfer broke off {ATTEMPTS} times ({problem})") from problem
                print(f"  {problem}; trying again", flush=True)
                time.sleep(min(attempt, 3) * 0.5)
        verify(partial, checksums, discard=True)
        os.replace(partial, path)
        note_of(partial).unlink(missing_ok=True)
    except OSError as problem:
        raise TransferError(f"cannot write {path}: {problem.strerror or problem}") from problem


def receive(url: str, partial: Path, checksums: list[str], check_certificate: bool) -> None:
    """One attempt, which appends to `partial` when the server agrees that it is the same file."""
    offset, validator = resumable(url, partial, checksums)
    headers = {"User-Agent": "cm-toolkit", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if validator:
            headers["If-Range"] = validator
    context = ssl.create_default_context()
    if not check_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as response:
            store(url, response, partial, offset)
    except urllib.error.HTTPError as problem:
        if problem.code == 416 and offset:  # the rest does not exist: complete, or another file by now
            if checksums and matches(partial, checksums):
                return
            partial.unlink(missing_ok=True)
            raise Interrupted("the server has nothing to continue with") from problem
        if problem.code in TRANSIENT:
            raise Interrupted(f"HTTP status {problem.code}") from problem
        raise TransferError(f"HTTP status {problem.code} {problem.reason}") from problem
    except urllib.error.URLError as problem:
        raise TransferError(reason_of(problem)) from problem
    except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as problem:
        raise Interrupted(str(problem) or type(problem).__name__) from problem


def reason_of(problem: urllib.error.URLError) -> str:
    reason = problem.reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"{reason.verify_message}; to accept any certificate use --verify=no"
    return str(getattr(reason, "strerror", None) or reason)


def resumable(url: str, partial: Path, checksums: list[str]) -> tuple[int, str]:
    """Where to continue. Without a checksum only if the server can say that the file is the same."""
    note: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        note = json.loads(note_of(partial).read_text(encoding="utf-8"))
    validator = note.get("validator", "") if note.get("url") == url else ""
    if not partial.is_file() or not (checksums or validator) or urlsplit(url).scheme not in {"http", "https"}:
        return 0, ""
    return partial.stat().st_size, validator


def store(url: str, response: Any, partial: Path, offset: int) -> None:
    append = offset > 0 and response.status == 206
    if append and not response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
        partial.unlink(missing_ok=True)
        raise Interrupted("the server sent another part than was asked for")
    start = offset if append else 0
    length = response.headers.get("Content-Length")
    total = start + int(length) if length and length.isdigit() else 0
    room = shutil.disk_usage(partial.parent).free
    if total - start > room:
        raise TransferError(f"{megabytes(total - start)} are needed, but only {megabytes(room)} are free")
    etag = response.headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    note_of(partial).write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")
    done, shown = start, time.monotonic()
    with partial.open("ab" if append else "wb") as file:
        while block := response.read(BLOCK):
            file.write(block)
            done += len(block)
            if time.monotonic() - shown > 2:
                shown = time.monotonic()
                print(f"  {progress(done, total)}", flush=True)
    if total and done < total:
        raise Interrupted(f"connection closed after {progress(done, total)}")
    print(f"  {megabytes(done)} received", flush=True)


def note_of(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def progress(done: int, total: int) -> str:
    return f"{megabytes(done)} of {megabytes(total)} ({100 * done // total} %)" if total else megabytes(done)


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def matches(path: Path, checksums: list[str]) -> bool:
    return any(digest(path, ALGORITHMS[len(expected)]) == expected for expected in checksums)


def verify(path: Path, checksums: list[str], *, discard: bool = False) -> None:
    if not checksums or matches(path, checksums):
        return
    found = digest(path, ALGORITHMS[len(checksums[0])])
    if discard:  # a file that is complete and wrong must not be continued
        path.unlink(missing_ok=True)
        note_of(path).unlink(missing_ok=True)
    name = path.name.removesuffix(".part")
    raise TransferError(f"wrong checksum of {name}: {found} instead of {' or '.join(checksums)}")


def check_format(checksums: list[str]) -> None:
    for checksum in checksums:
        if len(checksum) not in ALGORITHMS or set(checksum) - set("0123456789abcdef"):
            raise TransferError(
                f"{checksum!r} is not a checksum: MD5, SHA-1, SHA-256 and SHA-512 have 32, 40, 64 and 128 "
                "hexadecimal digits"
            )


def digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
