"""Archives, written so that they are complete or not there."""

from __future__ import annotations

import gzip
import os
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cm_core.base.fsio import replacing


def write_zip(folder: Path, target: Path, *, leave_out: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Write all files of a folder except links into a zip file, in sorted order.

    Args:
        leave_out: names of files and folders that stay, wherever they are.

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
        for path in _files_below(folder, leave_out):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                links.append(name)
            elif path.is_file() and path not in (target, temporary):
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


def _files_below(folder: Path, leave_out: Sequence[str]) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in leave_out and name not in linked)
        for name in sorted([*files, *linked]):
            if name not in leave_out:
                yield Path(place, name)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of users and the times of files."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member
