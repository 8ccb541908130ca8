"""Writing documents: never over a file that somebody may have edited, unless told so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import AlreadyExistsError, CMError, UsageError
from cm_core.base import atomic_write_text, directory_is_writable, place_folder, raise_os_error, user_path

if TYPE_CHECKING:
    from cm_core import Session


_NOTEBOOK = ".ipynb"
# Of files that hold neither Markdown nor a notebook; a browser would even run what is in one.
_OTHER_FORMS = (".html", ".htm", ".xhtml", ".svg", ".pdf", ".docx", ".odt", ".rst", ".tex", ".json")


def is_notebook(file: Path) -> bool:
    """Whether the name of a document says that it is a notebook; otherwise it is Markdown.

    Raises:
        UsageError: when the name says that it is something else.
    """
    suffix = file.suffix.casefold()
    if suffix in _OTHER_FORMS:
        raise UsageError(
            f"documents are written as Markdown or as notebooks, not as '{suffix}'",
            hint=f"use: {file.with_suffix('.md')}, or {file.with_suffix(_NOTEBOOK)}",
        )
    return suffix == _NOTEBOOK


def target_file(text: str, default_name: str, session: Session) -> Path:
    """The file that a person means: what they typed, or a file of the default name in that folder."""
    path = session.cwd / user_path(text)
    return path / default_name if path.is_dir() or text.endswith(("/", "\\")) else path


def check_target(file: Path, *, force: bool) -> None:
    """Refuse a file that cannot or must not be written, before any work is done.

    Raises:
        AlreadyExistsError: when it exists and may not be replaced.
        CMError: when it is a folder, or its folder cannot be written.
    """
    _check_file(file, force=force)
    _check_folder(file.parent)


def write_documents(
    folder: Path, documents: Mapping[str, str], *, force: bool, only_shown: bool = False
) -> list[Path]:
    """Write files below a folder; nothing is written if one is refused, or if they are only to be shown.

    A folder that is missing is seen complete or not at all, whenever this process ends.

    Args:
        documents: relative path -> text.

    Returns:
        the files.

    Raises:
        AlreadyExistsError: when one exists and may not be replaced.
        CMError: when one cannot be written.
    """
    files = [folder / name for name in documents]
    for file in files:
        _check_file(file, force=force)
    for parent in {file.parent for file in files}:
        _check_folder(parent)
    if only_shown:
        return files
    if folder.exists():
        _write(folder, documents)
    else:
        place_folder(folder, lambda place: _write(place, documents))
    return files


def _write(folder: Path, documents: Mapping[str, str]) -> None:
    for name, text in documents.items():
        file = folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise_os_error("create", file.parent, error)
        atomic_write_text(file, text)


def _check_file(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise CMError(f"{file} is a folder", hint="name a file in it")
    if file.exists() and not force:
        raise AlreadyExistsError(
            f"the file {file} already exists", hint="add --force to replace it, or choose another path"
        )


def _check_folder(folder: Path) -> None:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir():
        raise CMError(f"{existing} is a file, not a folder", hint="choose another path")
    if not directory_is_writable(existing):
        raise CMError(f"the folder {existing} cannot be written", hint="choose another path")
