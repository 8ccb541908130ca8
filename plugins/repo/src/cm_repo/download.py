"""Zip files from the web: certificates checked, size limited, credentials sent to one server only."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

from cm_core.base.fsio import raise_os_error
from cm_core.model.errors import CMError, NotFoundError
from cm_repo.urls import Credentials

_CHUNK = 1024 * 1024
_TIMEOUT_SECONDS = 60
_NOT_FOUND = (404, 410)
_DENIED = (401, 403)


def download(url: str, target: Path, *, max_bytes: int, credentials: Credentials | None = None) -> None:
    """Fetch an ``https://`` or ``http://`` URL into a new file.

    Raises:
        NotFoundError: when the server has no such file.
        CMError: when it cannot be reached, refuses, breaks off or sends more than ``max_bytes``.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "cm-toolkit"})  # noqa: S310 - checked before
    if credentials:
        name, _, value = credentials.header.partition(": ")
        request.add_unredirected_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            expected = int(answer.headers.get("Content-Length") or 0)
            received = _copy(answer, target, max_bytes)
    except urllib.error.HTTPError as error:
        _raise_refusal(url, error)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise CMError(
            f"cannot download {url}: {reason}",
            hint="check the network, or fetch the file elsewhere and type: cm pull repo ./FILE.zip",
        ) from error
    except OSError as error:
        raise_os_error("download to", target, error)
    if expected and received != expected:
        raise CMError(f"the download of {url} broke off after {received} of {expected} bytes")


def _copy(answer: http.client.HTTPResponse, target: Path, max_bytes: int) -> int:
    received = 0
    with target.open("xb") as stream:
        while chunk := answer.read(_CHUNK):
            received += len(chunk)
            if received > max_bytes:
                raise CMError(f"{answer.url} is larger than {max_bytes} bytes")
            stream.write(chunk)
    return received


def _raise_refusal(url: str, error: urllib.error.HTTPError) -> NoReturn:
    message = f"cannot download {url}: the server answered {error.code} {error.reason}"
    if error.code in _NOT_FOUND:
        raise NotFoundError(message, hint="check the URL") from error
    hint = "if it is private, add --token_env=NAME with the variable of your token"
    raise CMError(message, hint=hint if error.code in _DENIED else "") from error
