"""Checksums of files, read in blocks: a file may be larger than the memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from cm_core.errors import CMError

_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


class ChecksumError(CMError):
    """A file has the wrong checksum, or a text is not a valid checksum."""


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """The checksum of a file, in hexadecimal.

    Raises:
        OSError: when it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def check_checksums(checksums: Iterable[str]) -> None:
    """Refuse texts that are not valid checksums.

    Raises:
        ChecksumError: for the first such text.
    """
    for checksum in checksums:
        if len(checksum) not in _ALGORITHMS or set(checksum) - set("0123456789abcdef"):
            raise ChecksumError(
                f"{checksum!r} is not a checksum: MD5, SHA-1, SHA-256 and SHA-512 have 32, 40, 64 and 128 "
                "hexadecimal digits"
            )


def verify(path: Path, checksums: Sequence[str], *, name: str = "") -> None:
    """Check that a file has one of the given checksums.

    Args:
        checksums: their length says of which kind they are.
        name: what the message calls it.

    Raises:
        ChecksumError: when it has none of the checksums; with none to choose from, any file will do.
        OSError: when it cannot be read.
    """
    check_checksums(checksums)
    kinds = dict.fromkeys(_ALGORITHMS[len(checksum)] for checksum in checksums)
    found = {kind: file_digest(path, kind) for kind in kinds}
    if checksums and not set(checksums) & set(found.values()):
        first = found[_ALGORITHMS[len(checksums[0])]]
        raise ChecksumError(
            f"wrong checksum for {name or path.name}: got {first}, expected {' or '.join(checksums)}"
        )


def is_verified(path: Path, checksums: Sequence[str]) -> bool:
    """Whether a file is here and has one of the checksums; with none to choose from, any file will do."""
    try:
        verify(path, checksums)
    except (ChecksumError, OSError):
        return False
    return path.is_file()
