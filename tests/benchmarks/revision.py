"""A tree of sources, installed with the third-party packages of this environment: both sides in the same way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tarfile
import venv
from importlib.metadata import distributions
from pathlib import Path

from contenders import Contender

ROOT = Path(__file__).resolve().parents[2]


class RevisionError(Exception):
    """The other revision cannot be had; the message says why."""


def present(work: Path, name: str) -> Contender:
    """The working tree, as it is now."""
    return installed(work, name, ROOT)


def former(work: Path, name: str, revision: str) -> Contender:
    """A revision of the repository.

    Raises:
        RevisionError: when git does not know it.
    """
    tree = work / name / "tree"
    check_out(revision, tree)
    return installed(work, name, tree)


def check_out(revision: str, folder: Path) -> None:
    """Write the files of a revision into a new folder; the repository and its worktrees stay as they are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    command = ["git", "-C", str(ROOT), "archive", f"--output={archive}", revision]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RevisionError(f"git has no revision {revision!r} here: {done.stderr.strip()}")
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    archive.unlink()


def installed(work: Path, name: str, tree: Path) -> Contender:
    """A new environment with the distributions of a tree as users get them: as wheels, with bytecode."""
    folder = work / name / "env"
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=True)
    link_packages(Path(sysconfig.get_path("purelib", vars={"base": str(folder)})))
    programs = folder / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    found = [str(part) for part in parts_of(tree)]
    command = [*pip, "--no-build-isolation", "--compile", "--no-warn-script-location", *found]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return Contender(name=name, programs=programs, homes=work / name / "homes")


def parts_of(tree: Path) -> list[Path]:
    """The folders of the distributions, whatever they are called in that revision."""
    files = (file for pattern in ("*", "plugins/*") for file in tree.glob(f"{pattern}/pyproject.toml"))
    return sorted(file.parent for file in files if (file.parent / "src").is_dir())


def link_packages(target: Path) -> None:
    """Third-party packages by hard link: the same files, and their bytecode, in no time."""
    source = Path(sysconfig.get_path("purelib"))
    own = own_files(source)

    def skip(folder: str, names: list[str]) -> set[str]:
        return own.intersection(names) if Path(folder) == source else set()

    shutil.copytree(source, target, symlinks=True, ignore=skip, copy_function=link, dirs_exist_ok=True)


def own_files(packages: Path) -> set[str]:
    """What our editable installs left there."""
    return {
        file.parts[0]
        for found in distributions(path=[str(packages)])
        if '"editable": true' in (found.read_text("direct_url.json") or "")
        for file in found.files or ()
        if file.parts[0] != ".."
    }


def link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
