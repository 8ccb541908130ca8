"""Archives, unpacked so that they do no harm.

Whatever an archive says, nothing is created outside the folder, no device or pipe is made, no file gets
rights beyond those that new files have and the right to be run, and the amount of data is limited.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, Self, cast

from cm_core.base.frozen import frozen
from cm_core.base.fsio import os_error_hint
from cm_core.errors import CMError, NotFoundError

_BLOCK = 1 << 20
# Text and logs shrink to 1/20, sparse data to 1/100; an archive that grows more than this is a bomb.
_EXPANSION = 200
_ALWAYS_ALLOWED = 256 << 20
# A path has some thousand bytes; extended attributes have a few more.
_LARGEST_HEADER = 1 << 20
_HEADERS = frozenset((
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
))  # fmt: skip
_UNIX = 3
_ENCRYPTED = 1
_COMPRESSED: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    NotImplementedError,  # a way to compress that Python does not know
    RuntimeError,  # a password
)

Format = Literal["tar", "zip", "file"]


class ArchiveError(CMError):
    """An archive cannot be unpacked; the message says why, but not which archive."""


class DamagedArchiveError(ArchiveError):
    """The file is not an archive, or is incomplete."""


class UnsafeArchiveError(ArchiveError):
    """The archive would write to a forbidden place, or a forbidden kind of file."""


class TooLargeArchiveError(UnsafeArchiveError):
    """The archive unpacks to more than is allowed."""


@frozen
class UnpackRules:
    """What an archive may unpack to.

    Attributes:
        formats: of the archive; ``file`` is one compressed file.
        max_bytes: of all files together; by default what the size of the archive lets expect, and never more
            than the disk has left.
        max_members: number of files, folders and links.
        links: whether it may hold links to places inside the folder.
        portable: whether names must mean the same on every system, and differ by more than case.
        refuse: what is wrong with a name beyond that, ``""`` for nothing.
    """

    formats: Sequence[Format] = ("tar", "zip", "file")
    max_bytes: int | None = None
    max_members: int = 2_000_000
    links: bool = True
    portable: bool = False
    refuse: Callable[[PurePosixPath], str] = lambda _name: ""


@frozen
class Unpacked:
    """What came out: how many members, and the file if it was one compressed file."""

    members: int
    file: Path | None = None


def unpack(archive: Path, folder: Path, rules: UnpackRules | None = None, *, name: str = "") -> Unpacked:
    """Unpack an archive into a folder, replacing what is there under the same names.

    All members of a zip file are checked before anything is written.

    Args:
        name: of what comes out of one compressed file; by default that of the archive without its suffix.

    Raises:
        NotFoundError: when there is no such file.
        ArchiveError: when it is damaged or not safe, or what is in it cannot be written.
    """
    rules = rules or UnpackRules()
    try:
        size = archive.stat().st_size
    except FileNotFoundError as error:
        raise NotFoundError(f"file {archive} does not exist") from error
    usual = _ALWAYS_ALLOWED + _EXPANSION * size
    unpacker = _Unpacker(folder, rules, usual if rules.max_bytes is None else rules.max_bytes)
    with _reading():
        if "tar" in rules.formats and _is_tar(archive):
            _unpack_tar(archive, unpacker)
        elif "zip" in rules.formats and ("file" not in rules.formats or zipfile.is_zipfile(archive)):
            _unpack_zip(archive, unpacker)
        else:
            return Unpacked(members=1, file=_unpack_file(archive, unpacker, name))
    return Unpacked(members=unpacker.members)


class _Unpacker:
    """Writes members into a folder, and keeps them there."""

    def __init__(self, root: Path, rules: UnpackRules, limit: int) -> None:
        with _writing(root):
            root.mkdir(parents=True, exist_ok=True)
            self.root = root.resolve()
            free = shutil.disk_usage(root).free
        self.rules = rules
        self.members = 0
        self._limit, self._free, self._written = limit, free, 0

    def parts_of(self, name: str) -> list[str]:
        """The parts of a member's name; none may lead out of the folder."""
        if self.rules.portable and (not name or "\\" in name or ":" in name or name.startswith("/")):
            raise UnsafeArchiveError(f"the member {_shown(name)} has an absolute path or a non-portable name")
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
        drive = os.name == "nt" and parts and ":" in parts[0]
        if self.rules.portable and not name.isprintable():
            raise UnsafeArchiveError(f"the member {_shown(name)} has control characters in its name")
        if name.startswith(("/", "\\")) or ".." in parts or drive or "\0" in name:
            raise UnsafeArchiveError(f"the member {_shown(name)} would be outside the folder")
        if problem := self.rules.refuse(PurePosixPath(*parts)):
            raise UnsafeArchiveError(f"the member {_shown(name)} {problem}")
        return parts

    def expect(self, members: int, size: int) -> None:
        """Check what an archive says about itself."""
        if members > self.rules.max_members:
            raise TooLargeArchiveError(f"it is too large: it has more than {self.rules.max_members} members")
        if size > self._limit:
            raise TooLargeArchiveError(f"it is too large: it unpacks to more than {self._limit} bytes")
        if size > self._free:
            raise ArchiveError(f"it unpacks to more than the {self._free} bytes free on the disk")

    def folder(self, name: str) -> None:
        path = self._next_place(name)
        with _writing(path):
            if path.is_symlink():
                path.unlink()
            path.mkdir(parents=True, exist_ok=True)

    def file(self, name: str, source: IO[bytes], mode: int) -> Path:
        path = self._next_place(name)
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Others may unpack the same here, or read what an earlier run has unpacked.
            part = path.with_name(f".{os.urandom(8).hex()}.part")
            try:
                with part.open("xb") as file:
                    for block in self._blocks(source):
                        file.write(block)
                if mode & stat.S_IXUSR:
                    now = part.stat().st_mode
                    part.chmod(now | ((now & 0o444) >> 2))  # whoever may read it may run it
                part.replace(path)  # a link is replaced, never written through
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        return path

    def link(self, name: str, to: str) -> None:
        if not self.rules.links:
            raise UnsafeArchiveError(f"the member {_shown(name)} is a link or a device")
        path = self._next_place(name)
        if posixpath.isabs(to) or not self._inside(path.parent / to) or self._may_climb_out(path.parent, to):
            raise UnsafeArchiveError(
                f"the link {_shown(name)} points outside the folder, or up from a missing folder"
            )
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink() or path.is_file():
                path.unlink()
            path.symlink_to(to)

    def copy(self, name: str, of: str) -> None:
        """A hard link becomes a copy, so that no two names share a file."""
        original = self._place(of)
        if not self.rules.links or original.is_symlink() or not original.is_file():
            raise UnsafeArchiveError(
                f"the hard link {_shown(name)} leads to {_shown(of)}, which is not a file in the archive"
            )
        with original.open("rb") as source:
            self.file(name, source, original.stat().st_mode)

    def _next_place(self, name: str) -> Path:
        self.members += 1
        self.expect(self.members, self._written)
        return self._place(name)

    def _place(self, name: str) -> Path:
        """Where a member is; its real parent folder is inside the root, links included."""
        parts = self.parts_of(name)
        path = self.root.joinpath(*parts)
        if not self._inside(path.parent if parts else path):
            raise UnsafeArchiveError(
                f"the member {_shown(name)} goes through a link that points outside the folder"
            )
        return path

    def _blocks(self, source: IO[bytes]) -> Iterator[bytes]:
        """What is in a member, as long as it is not too much: the size that an archive tells may be a lie."""
        while True:
            with _reading():
                block = source.read(_BLOCK)
            if not block:
                return
            self._written += len(block)
            self.expect(self.members, self._written)
            yield block

    def _may_climb_out(self, start: Path, to: str) -> bool:
        """Whether a link goes up from the folder itself, or from what a later member could make a link.

        What is a real folder stays one, so where it is says where the way up leads.
        """
        place, stays = Path(os.path.realpath(start)), True
        for part in to.replace("\\", "/").split("/"):
            if part == "..":
                if not stays or place == self.root:
                    return True
                place = place.parent
            elif part not in {"", "."}:
                place /= part
                stays = stays and place.is_dir() and not place.is_symlink()
        return False

    def _inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Whatever is wrong with an archive, as ours."""
    try:
        yield
    except _DAMAGED as error:
        raise DamagedArchiveError(f"it is damaged ({error})") from error
    except OSError as error:
        if error.errno is None:  # bz2 says so
            raise DamagedArchiveError(f"it is damaged ({error})") from error
        raise ArchiveError(f"it cannot be read: {error.strerror}", hint=os_error_hint(error)) from error
    except ValueError as error:
        raise DamagedArchiveError("it contains an unusable name") from error


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        said = f"cannot write {path}: {error.strerror or error}"
        raise ArchiveError(said, hint=os_error_hint(error)) from error


class _Header(tarfile.TarInfo):
    """Tells its archive when its end was read; Python takes one that was cut between members for whole."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined] # typeshed lacks it
            cast("_Tar", tar).ended = True
            raise

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo | None:
        # Python reads the header of a member into memory, however large it says that it is.
        if self.size > _LARGEST_HEADER and self.type in _HEADERS:
            raise UnsafeArchiveError(f"the header of a member is larger than {_LARGEST_HEADER} bytes")
        return super()._proc_member(tar)  # type: ignore[misc,no-any-return] # typeshed lacks it


class _Tar(tarfile.TarFile):
    tarinfo = _Header
    ended = False


def _is_tar(archive: Path) -> bool:
    """Whether it is an archive with at least one member; compressed zeros count as an empty one."""
    try:
        with _Tar.open(archive) as tar:
            return tar.next() is not None
    except tarfile.TarError:
        return False


def _unpack_tar(archive: Path, unpacker: _Unpacker) -> None:
    with _Tar.open(archive) as tar:
        for member in tar:
            if member.isdir():
                unpacker.folder(member.name)
            elif member.issym():
                unpacker.link(member.name, member.linkname)
            elif member.islnk():
                unpacker.copy(member.name, member.linkname)
            elif member.isreg() and (source := tar.extractfile(member)) is not None:
                unpacker.file(member.name, source, member.mode)
            else:
                raise UnsafeArchiveError(f"the member {_shown(member.name)} is a device or a pipe")
        if not tar.ended:
            raise DamagedArchiveError("it is damaged (its end is missing)")


def _unpack_zip(archive: Path, unpacker: _Unpacker) -> None:
    with zipfile.ZipFile(archive) as packed:
        members = packed.infolist()
        unpacker.expect(len(members), sum(member.file_size for member in members))
        seen: set[str] = set()
        for member in members:
            _check_zip_member(member, unpacker, seen)
        for member in members:
            mode = _mode_of(member)
            if member.is_dir():
                unpacker.folder(member.filename)
            elif stat.S_ISLNK(mode):
                unpacker.link(member.filename, packed.read(member).decode("utf-8", "replace"))
            else:
                with packed.open(member) as source:
                    unpacker.file(member.filename, source, mode)


def _check_zip_member(member: zipfile.ZipInfo, unpacker: _Unpacker, seen: set[str]) -> None:
    # zipfile cuts names at NUL and turns the system's separator into a slash; the original name tells more.
    name, kind = member.orig_filename, stat.S_IFMT(_mode_of(member))
    unpacker.parts_of(name)
    if member.flag_bits & _ENCRYPTED:
        raise UnsafeArchiveError(f"the member {_shown(name)} is encrypted")
    if kind == stat.S_IFLNK and not unpacker.rules.links:
        raise UnsafeArchiveError(f"the member {_shown(name)} is a link or a device")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise UnsafeArchiveError(f"the member {_shown(name)} is a device or a pipe")
    folded = name.rstrip("/").lower()
    if unpacker.rules.portable and folded in seen and not member.is_dir():
        raise UnsafeArchiveError(f"the member {_shown(name)} occurs twice")
    seen.add(folded)


def _mode_of(member: zipfile.ZipInfo) -> int:
    return member.external_attr >> 16 if member.create_system == _UNIX else 0


def _unpack_file(archive: Path, unpacker: _Unpacker, name: str) -> Path:
    with archive.open("rb") as file:
        magic = file.read(6)
    for start, open_compressed in _COMPRESSED:
        if magic.startswith(start):
            name = name or archive.name.removesuffix(archive.suffix) or "extracted"
            with open_compressed(archive, "rb") as source:
                return unpacker.file(name, source, 0)
    raise DamagedArchiveError("it is not a zip, tar, gzip, bzip2 or xz file")


def _shown(name: str) -> str:
    return ascii(name)
