"""Names and files with which a submission cannot be uploaded to a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cm_mlperf.checking.finding import Finding

_MEGABYTE = 1024 * 1024
# MLCommons' repository_checks.sh refuses files above the first, GitHub those above the second.
_LARGE, _TOO_LARGE = 50 * _MEGABYTE, 100 * _MEGABYTE
_SHOWN = 10


def check_uploads(tree: Path, folder: Path) -> Iterator[Finding]:
    """What MLCommons' ``repository_checks.sh`` refuses: blanks, dot files, links, large files.

    Its official checker takes them, so only what no repository can hold is an error.

    Args:
        folder: of a submitter in the tree.
    """
    found: dict[str, list[Finding]] = {}
    for path in _everything(folder):
        for finding in _findings(path, path.relative_to(tree).as_posix()):
            found.setdefault(f"{finding.key} {finding.severity}", []).append(finding)
    for findings in found.values():
        yield from findings[:_SHOWN]
        if len(findings) > _SHOWN:
            name = folder.relative_to(tree).as_posix()
            yield replace(findings[0], file=name, found=f"{len(findings) - _SHOWN} more")


def _everything(folder: Path) -> Iterator[Path]:
    """Files, folders and links, without what is in the folders of git."""
    for place, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name != ".git")
        yield from (Path(place, name) for name in sorted([*names, *files]))


def _findings(path: Path, file: str) -> Iterator[Finding]:
    if path.is_symlink():
        target = path.readlink()
        if path.exists():
            yield _warning(file, "link", f"a link to {target}", "a file", "put a copy in its place")
        else:
            found = f"a link to {target}, which does not exist"
            yield replace(_warning(file, "link", found, "a file", "remove it"), severity="error")
        return
    if path.name.startswith("."):
        yield _warning(file, "name", "a hidden name", "a name without a dot in front", "remove or rename it")
    if " " in path.name:
        yield _warning(file, "name", "a name with a blank", "a name without blanks", "rename it")
    size = path.stat().st_size if path.is_file() else 0
    if size > _LARGE:
        expected = f"at most {_LARGE // _MEGABYTE} MB"
        fix = "leave it out and say in a README where it is"
        finding = _warning(file, "size", f"{size / _MEGABYTE:.0f} MB", expected, fix)
        yield replace(finding, severity="error") if size > _TOO_LARGE else finding


def _warning(file: str, key: str, found: str, expected: str, fix: str) -> Finding:
    return Finding(
        check="upload", file=file, key=key, found=found, expected=expected, fix=fix, severity="warning"
    )
