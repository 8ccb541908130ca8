"""Unpack archives that nobody vouches for.

Whatever an archive says, nothing is created outside the folder, no device or pipe is made, no
file gets rights beyond reading, writing and running, and the amount of data is limited.
"""

import bz2
import gzip
import lzma
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import IO

BLOCK = 1 << 20
# Text and logs shrink to 1/20, sparse data to 1/100; an archive that grows more than this is a bomb.
EXPANSION = 200
ALWAYS_ALLOWED = 256 << 20
MAX_MEMBERS = 2_000_000


class ExtractError(Exception):
    """The archive is damaged or not safe; the text says what was found."""


class Unpacker:
    def __init__(self, root: Path, limit: int) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.limit = limit
        self.written = 0
        self.members = 0

    def target(self, name: str) -> Path:
        """Where a member goes; its real parent folder is inside the root, links included."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise ExtractError(f"it has more than {MAX_MEMBERS} members")
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
        if name.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0] and os.name == "nt"):
            raise ExtractError(f"the member {name!r} would be outside the folder")
        path = self.root.joinpath(*parts)
        if not self.inside(path.parent if parts else path):
            raise ExtractError(f"the member {name!r} goes through a link that leads outside the folder")
        return path

    def inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)

    def folder(self, name: str) -> None:
        path = self.target(name)
        if path.is_symlink():
            path.unlink()
        path.mkdir(parents=True, exist_ok=True)

    def file(self, name: str, source: IO[bytes], mode: int) -> None:
        path = self.target(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.is_file():  # never write through a link
            path.unlink()
        with path.open("xb") as file:
            while block := source.read(BLOCK):
                self.written += len(block)
                if self.written > self.limit:
                    raise ExtractError(
                        f"more than {self.limit} bytes come out of it, which is far more than its size "
                        "lets expect; if that is right, allow it with --max_bytes=N"
                    )
                file.write(block)
        path.chmod(0o755 if mode & 0o100 else 0o644)

    def link(self, name: str, to: str) -> None:
        path = self.target(name)
        start = posixpath.dirname(name.replace("\\", "/"))
        inner = posixpath.normpath(posixpath.join(start, to.replace("\\", "/")))
        if posixpath.isabs(to) or inner.startswith("..") or not self.inside(path.parent / to):
            raise ExtractError(f"the link {name!r} leads outside the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.is_file():
            path.unlink()
        path.symlink_to(to)

    def copy(self, name: str, of: str) -> None:
        """A hard link becomes a copy, so that no two names share a file."""
        original = self.target(of)
        if original.is_symlink() or not original.is_file():
            raise ExtractError(f"the hard link {name!r} leads to {of!r}, which is not a file of the archive")
        with original.open("rb") as source:
            self.file(name, source, original.stat().st_mode)


def extract(archive: Path, folder: Path, *, name: str = "", limit: int | None = None) -> Path | None:
    """Unpack `archive` into `folder`; the path of the file if it is one compressed file, else None.

    `name` is the name of that one file, `limit` the number of bytes that may come out.
    """
    if not archive.is_file():
        raise ExtractError("there is no such file")
    if limit is None:
        limit = ALWAYS_ALLOWED + EXPANSION * archive.stat().st_size
    try:
        unpacker = Unpacker(folder, min(limit, shutil.disk_usage(existing(folder)).free))
        if is_tar(archive):
            return extract_tar(archive, unpacker)
        if zipfile.is_zipfile(archive):
            return extract_zip(archive, unpacker)
        return extract_one(archive, unpacker, name)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, gzip.BadGzipFile) as problem:
        raise ExtractError(f"it is damaged ({problem})") from problem
    except OSError as problem:
        raise ExtractError(str(problem.strerror or problem)) from problem


def is_tar(archive: Path) -> bool:
    """Whether it is an archive with at least one member; compressed zeros count as an empty one."""
    try:
        with tarfile.open(archive) as tar:
            return tar.next() is not None
    except tarfile.TarError:
        return False


def existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def extract_tar(archive: Path, unpacker: Unpacker) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isdir():
                unpacker.folder(member.name)
            elif member.isreg():
                source = tar.extractfile(member)
                if source is not None:
                    unpacker.file(member.name, source, member.mode)
            elif member.issym():
                unpacker.link(member.name, member.linkname)
            elif member.islnk():
                unpacker.copy(member.name, member.linkname)
            else:
                raise ExtractError(f"the member {member.name!r} is a device or a pipe")


def extract_zip(archive: Path, unpacker: Unpacker) -> None:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            mode = member.external_attr >> 16
            if member.flag_bits & 1:
                raise ExtractError(f"the member {member.filename!r} is encrypted")
            if member.is_dir():
                unpacker.folder(member.filename)
            elif stat.S_ISLNK(mode):
                unpacker.link(member.filename, packed.read(member).decode("utf-8", "replace"))
            elif stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
                raise ExtractError(f"the member {member.filename!r} is a device or a pipe")
            else:
                with packed.open(member) as source:
                    unpacker.file(member.filename, source, mode)


def extract_one(archive: Path, unpacker: Unpacker, name: str) -> Path:
    with archive.open("rb") as file:
        magic = file.read(6)
    for start, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ\x00", lzma)):
        if magic.startswith(start):
            name = name or archive.name.removesuffix(archive.suffix) or "extracted"
            with module.open(archive, "rb") as source:
                unpacker.file(name, source, 0)
            return unpacker.root / name
    raise ExtractError("it is neither zip, tar, gzip, bzip2 nor xz")
