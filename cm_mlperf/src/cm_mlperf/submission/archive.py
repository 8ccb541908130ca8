"""Packs a submission tree into one file for sending."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

from cm_core.base.fsio import raise_os_error


def write_tar(tree: Path, target: Path) -> Path:
    """Write ``target`` with the content of the tree; the same tree gives the same bytes.

    Raises:
        CMError: when it cannot be written; nothing of it is left then.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with (
            temporary.open("xb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream,
            tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(tree.rglob("*")):
                archive.add(path, path.relative_to(tree).as_posix(), recursive=False, filter=_anonymous)
        temporary.replace(target)
    except OSError as error:
        raise_os_error("write", target, error)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of users and the times of files."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member
