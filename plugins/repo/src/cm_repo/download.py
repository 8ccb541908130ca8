"""Zip files from the web: credentials sent to one server only, and what to do when there is no file."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError, NotFoundError
from cm_core.base import Source, TransferError, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from cm_repo.urls import Credentials

_NOT_FOUND = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_ELSEWHERE = "check the network, or fetch the file elsewhere and type: cm pull repo ./FILE.zip"
_TOKEN = "if it is private, add --token_env=NAME with the variable of your token"  # noqa: S105 - of its name


def download(
    url: str,
    target: Path,
    *,
    max_bytes: int,
    credentials: Credentials | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> None:
    """Fetch an ``https://`` or ``http://`` URL into a new file.

    Raises:
        NotFoundError: when the server has no such file.
        CMError: when it cannot be reached, refuses, breaks off or sends more than ``max_bytes``.
    """
    source = Source(
        url=url,
        authorization=credentials.header.partition(": ")[2] if credentials else "",
        max_bytes=max_bytes,
    )
    try:
        fetch(source, target, say=say)
    except TransferError as error:
        message = f"cannot download {url}: {error}"
        if error.status in _NOT_FOUND:
            raise NotFoundError(message, hint="check the URL") from error
        hint = "" if error.status else _ELSEWHERE
        raise CMError(message, hint=_TOKEN if error.status in _DENIED else hint) from error
