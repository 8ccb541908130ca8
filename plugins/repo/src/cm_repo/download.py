"""Zip files from the web: credentials sent to one server only, and what to do when there is no file."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError, NotFoundError, Steps
from cm_core.base import Source, TransferError, fetch, file_lock, raise_os_error

if TYPE_CHECKING:
    from cm_core import Session
    from cm_repo.urls import Credentials

_KEPT_SECONDS = 7 * 24 * 3600.0
_NOT_FOUND = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_ELSEWHERE = "check the network, or fetch the file elsewhere and use: cm pull repo ./FILE.zip"
_TOKEN = "if it is private, add --token_env=NAME with the variable of your token"  # noqa: S105 - of its name


def download(
    session: Session, url: str, target: Path, *, max_bytes: int, credentials: Credentials | None = None
) -> None:
    """Fetch an ``https://`` or ``http://`` URL into a new file.

    What has arrived stays in the home when the transfer breaks off, and the next command goes on from there.

    Raises:
        NotFoundError: when the server has no such file.
        CMError: when it cannot be reached, refuses, breaks off or sends more than ``max_bytes``.
    """
    source = Source(
        url=url,
        authorization=credentials.header.partition(": ")[2] if credentials else "",
        max_bytes=max_bytes,
    )
    key = hashlib.sha256(url.encode()).hexdigest()[:16]
    arrived = session.home.downloads_dir / f"{key}.zip"
    _remove_old(arrived.parent)
    steps = Steps(session.reporter)
    # Others may want the same file for another place.
    with file_lock(session.home.locks_dir / f"download-{key}.lock"), steps.step(f"downloading {url}"):
        try:
            fetch(source, arrived, say=steps.progress)
            shutil.move(arrived, target)
        except TransferError as error:
            raise _not_had(url, error) from error
        except OSError as error:
            raise_os_error("write", target, error)


def _not_had(url: str, error: TransferError) -> CMError:
    message = f"cannot download {url}: {error}"
    if error.status in _NOT_FOUND:
        return NotFoundError(message, hint="check the URL")
    hint = "" if error.status else _ELSEWHERE
    return CMError(message, hint=_TOKEN if error.status in _DENIED else hint)


def _remove_old(folder: Path) -> None:
    """Remove what nobody has asked for again."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                path.unlink()
