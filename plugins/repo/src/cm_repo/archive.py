"""Zip files of repositories: written from a folder, unpacked without leaving the target."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cm_core.base.frozen import frozen
from cm_core.base.fsio import raise_os_error
from cm_core.model.errors import CMError, NotFoundError
from cm_repo.checks import has_meta

MAX_BYTES = 8 * 1024**3
MAX_MEMBERS = 500_000
_CHUNK = 1024 * 1024
_UNIX = 3


class ArchiveError(CMError):
    """A zip file is damaged or would write where it must not."""


@frozen
class Limits:
    """How much an archive may hold: a guard against files that unpack to fill the disk."""

    bytes: int = MAX_BYTES
    members: int = MAX_MEMBERS


def pack_folder(folder: Path, target: Path) -> tuple[int, list[str]]:
    """Write all files of a folder except ``.git`` and links into a zip file, in sorted order.

    Returns:
        The number of packed files, and the relative paths of links that were left out.

    Raises:
        CMError: when a file cannot be read or the zip cannot be written; no part of it is left.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    count, links = 0, []
    try:
        with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in _files_below(folder):
                name = path.relative_to(folder).as_posix()
                if path.is_symlink():
                    links.append(name)
                elif path.is_file() and path not in (target, temporary):
                    archive.write(path, name)
                    count += 1
        temporary.replace(target)
    except OSError as error:
        raise_os_error("write", target, error)
    finally:
        temporary.unlink(missing_ok=True)
    return count, links


def unpack_archive(path: Path, target: Path, limits: Limits | None = None) -> int:
    """Unpack a zip file into an empty folder, after every member was checked; returns their number.

    Raises:
        NotFoundError: when there is no such file.
        ArchiveError: when it is no zip file, a member would land outside, is a link or a git folder, or
            the limits are exceeded.
        CMError: when the disk is full or not writable.
    """
    limits = limits or Limits()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path, members, limits)
            left = limits.bytes
            for member in members:
                left -= _extract(archive, member, target, left)
            return len(members)
    except FileNotFoundError as error:
        raise NotFoundError(f"file {path} does not exist") from error
    except OSError as error:
        raise_os_error("unpack", path, error)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ArchiveError(f"{path} is not a usable zip file: {error}") from error
    except ValueError as error:
        raise ArchiveError(f"{path} holds a name that cannot be used") from error


def repository_top(folder: Path, *, strip: bool = False) -> Path:
    """The folder of the repository in what was unpacked.

    Archives made by code hosts hold everything in one folder; it is recognised by its ``cmr.yaml``.

    Args:
        strip: take the only folder as the top even when it has no ``cmr.yaml``.
    """
    children = list(folder.iterdir())
    if has_meta(folder) or len(children) != 1 or not children[0].is_dir():
        return folder
    return children[0] if strip or has_meta(children[0]) else folder


def _files_below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name != ".git" and name not in linked)
        for name in sorted([*files, *linked]):
            if name != ".git":
                yield Path(place, name)


def _check_members(path: Path, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members or sum(member.file_size for member in members) > limits.bytes:
        raise ArchiveError(f"{path} is too large: more than {limits.members} files or {limits.bytes} bytes")
    seen: set[str] = set()
    for member in members:
        if problem := _problem_of(member):
            raise ArchiveError(f"refusing to unpack {path}: '{ascii(member.filename)[1:-1]}' {problem}")
        name = member.filename.rstrip("/").lower()
        if name in seen and not member.is_dir():
            raise ArchiveError(f"refusing to unpack {path}: '{member.filename}' is in it twice")
        seen.add(name)


def _problem_of(member: zipfile.ZipInfo) -> str:
    # zipfile cuts names at NUL and turns the system's separator into a slash; the original name tells more.
    name = member.orig_filename
    parts = PurePosixPath(name).parts
    mode = member.external_attr >> 16 if member.create_system == _UNIX else 0
    kind = stat.S_IFMT(mode)
    if not name or "\x00" in name or "\\" in name or name.startswith("/") or ":" in name:
        return "is an absolute path or no portable name"
    if ".." in parts:
        return "would be written outside the repository"
    if any(part.rstrip(". ").lower() in (".git", "git~1") for part in parts):
        return "belongs to git, whose settings can name programs to run"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return ""


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one member; returns its true size, since the one in the header may lie."""
    place = target.joinpath(*PurePosixPath(member.filename).parts)
    if member.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, place.open("xb") as stream:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise ArchiveError(f"refusing to unpack '{member.filename}': it is larger than it says")
            stream.write(chunk)
    if member.create_system == _UNIX and (member.external_attr >> 16) & stat.S_IXUSR:
        place.chmod(place.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return written
