"""Looking for files on behalf of recipes: in search paths, below folders, and in the folders above one."""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH100, PTH112, PTH113, PTH116, PTH118, PTH120, PTH208

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cm_core import CMError

# Versions that distributions append to the names of tools and libraries: gcc-12, python3.11, libx.so.8.
_SUFFIXES = (
    "",
    ".[0-9]",
    ".[0-9][0-9]",
    "-[0-9]",
    "-[0-9][0-9]",
    "[0-9]",
    "[0-9][0-9]",
    "[0-9].[0-9]",
    "[0-9][0-9].[0-9]",
    "[0-9][0-9].[0-9][0-9]",
)


def search_folders(
    folders: Iterable[str], file_name: str, *, skip: Callable[[str], bool] = lambda _path: False
) -> list[str]:
    """Paths of a file in folders, also with a version at the end of its name; each file once.

    Args:
        folders: in order of preference; those that do not exist are passed over.
        file_name: may have wildcards, and folders before it.
        skip: a veto on a path.
    """
    found: list[str] = []
    seen: set[tuple[int, int]] = set()
    subfolder, base = os.path.split(file_name)
    patterns = [re.compile(fnmatch.translate(base + suffix)) for suffix in _SUFFIXES]
    for folder in dict.fromkeys(folders):
        if not folder:
            continue
        for name in _matching(os.path.join(folder, subfolder) if subfolder else folder, patterns):
            path = os.path.join(folder, subfolder, name) if subfolder else os.path.join(folder, name)
            identity = _identity(path)
            if identity is None or identity in seen or skip(path):
                continue
            seen.add(identity)
            found.append(path)
    return found


def search_below(folders: Sequence[str], file_name: str, *, only: Sequence[str] = ()) -> list[str]:
    """Folders that hold a file of this name, at any depth.

    Args:
        only: keep folders whose path contains one of these texts.
    """
    found = []
    for start in folders:
        for folder, subfolders, names in os.walk(start):
            subfolders.sort()
            if file_name in names and (not only or any(part in folder for part in only)):
                found.append(folder)
    return found


def search_above(folder: str, file_name: str) -> str:
    """The nearest folder, from ``folder`` upwards, that has this file; empty when none has."""
    while folder:
        if os.path.isfile(os.path.join(folder, file_name)):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return ""


def requested_folders(value: str, separator: str, *, may_miss: bool) -> list[str]:
    """The folders of a search path that a person gave.

    Raises:
        CMError: when one does not exist, unless that is allowed.
    """
    folders = [folder.strip() for folder in value.split(separator) if folder.strip()]
    if not may_miss:
        for folder in folders:
            if not os.path.isdir(folder):
                raise CMError(
                    f"folder {folder} of the requested search path does not exist",
                    hint="correct --path, or leave it out to search the default folders",
                )
    return folders


def prepend_found(env: dict[str, Any], path_key: str, folder: str) -> None:
    """Put a folder first in the list ``+PATH_KEY`` of the env, if it is not there yet."""
    key = f"+{path_key}"
    present = env.get(key)
    folders = present if isinstance(present, list) else []
    if folder not in folders:
        env[key] = [folder, *folders]


def _matching(folder: str, patterns: Sequence[re.Pattern[str]]) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return list(dict.fromkeys(name for pattern in patterns for name in names if pattern.match(name)))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    # Some file systems of Windows have no numbers for files; then no two paths are taken for the same.
    return (stat.st_dev, stat.st_ino) if stat.st_ino else (0, hash(os.path.abspath(path)))
