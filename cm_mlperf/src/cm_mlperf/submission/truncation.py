"""Shortens accuracy logs as the rules ask: the ends stay, a hash of the whole is in ``accuracy.txt``."""

from __future__ import annotations

from pathlib import Path

from cm_core.base import file_digest, raise_os_error

# Bytes: kept from each end; shorter files stay whole; a submission may hold at most LARGEST.
VIEWABLE = 4096
LARGEST = 10 * 1024
_GAP = b"\n\n...\n\n"


def write_truncated(source: Path, target: Path, accuracy_text: Path) -> str:
    """Write a shortened copy of an accuracy log and add the hash of the source to ``accuracy.txt``.

    Args:
        accuracy_text: of the copy; made when there is none, as for a compliance test.

    Returns:
        The SHA-256 of the source, which is left as it is.

    Raises:
        CMError: when a file cannot be read or written.
    """
    try:
        digest = file_digest(source)
        size = source.stat().st_size
        with source.open("rb") as stream:
            if size < VIEWABLE:
                shortened = stream.read()
            else:
                start = stream.read(VIEWABLE)
                stream.seek(size - VIEWABLE)
                shortened = start + _GAP + stream.read(VIEWABLE)
        target.write_bytes(shortened)
        with accuracy_text.open("a", encoding="utf-8", newline="\n") as text:
            text.write(f"\nhash={digest}\n")
    except OSError as error:
        raise_os_error("truncate", source, error)
    return digest


def is_truncated(file: Path) -> bool:
    """Whether an accuracy log was shortened; a missing one was not."""
    try:
        with file.open("rb") as stream:
            return stream.read(VIEWABLE + len(_GAP)).endswith(_GAP)
    except OSError:
        return False
