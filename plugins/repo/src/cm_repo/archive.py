"""Zip files of repositories: stricter than other archives, since what is in them is registered and run."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from cm_core.base import ArchiveError, DamagedArchiveError, UnpackRules, UnsafeArchiveError, unpack
from cm_repo.checks import has_meta

MAX_BYTES = 8 * 1024**3
MAX_MEMBERS = 500_000
_GIT = (".git", "git~1")


def unpack_archive(
    path: Path, target: Path, *, max_bytes: int = MAX_BYTES, max_members: int = MAX_MEMBERS
) -> int:
    """Unpack a zip file into an empty folder, after every member was checked; returns their number.

    Raises:
        NotFoundError: when there is no such file.
        ArchiveError: when it is no zip file or has nothing in it, a member would land outside, is a link or a
            git folder, the limits are exceeded, or the disk is not writable.
    """
    rules = UnpackRules(
        formats=("zip",),
        max_bytes=max_bytes,
        max_members=max_members,
        links=False,
        portable=True,
        refuse=_problem_of_git,
    )
    try:
        members = unpack(path, target, rules).members
    except DamagedArchiveError as error:
        raise ArchiveError(f"{path} is not a usable zip file: {error}") from error
    except UnsafeArchiveError as error:
        raise ArchiveError(f"refusing to unpack {path}: {error}") from error
    except ArchiveError as error:
        raise ArchiveError(f"cannot unpack {path}: {error}", hint=error.hint) from error
    if not members:
        raise ArchiveError(f"{path} is an empty zip file")
    return members


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


def _problem_of_git(name: PurePosixPath) -> str:
    if any(part.rstrip(". ").lower() in _GIT for part in name.parts):
        return "belongs to git, whose settings can name programs to run"
    return ""
