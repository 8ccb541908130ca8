"""Archives, written so that they are complete or not there."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from cm_core.base.fsio import replacing


def write_zip(folder: Path, target: Path, files: Iterable[str]) -> tuple[int, list[str]]:
    """Write files of a folder except links into a zip file.

    Args:
        files: paths inside the folder.

    Returns:
        The number of packed files, and the relative paths of links that were left out.

    Raises:
        CMError: when a file cannot be read or the zip cannot be written; no part of it is left.
    """
    count, links = 0, []
    with (
        replacing(target) as temporary,
        zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        for name in files:
            path = folder / name
            if path.is_symlink():
                links.append(name)
            elif path != target:
                archive.write(path, name)
                count += 1
    return count, links


def write_tar(folder: Path, target: Path) -> Path:
    """Write a ``.tar.gz`` with the content of a folder; the same content gives the same bytes.

    Raises:
        CMError: when it cannot be written; nothing of it is left then.
    """
    with (
        replacing(target) as temporary,
        temporary.open("xb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)
    return target


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of users and the times of files."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member
