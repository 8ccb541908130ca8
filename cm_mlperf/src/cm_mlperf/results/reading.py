"""Finds out what a file of results is, and reads a file or all such files of a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from cm_core import MetaError, NotFoundError
from cm_mlperf.results.checkercsv import is_checker_csv, read_checker_csv
from cm_mlperf.results.publicjson import ForeignFileError, read_public_json
from cm_mlperf.results.row import ResultRow

_HINT = "results are the CSV of the official checker, or JSON of a public result repository"
# The table that a round publishes: all its results.
_TABLES = ("summary_results.json", "summary.json")
_NAMES = ("cm-result.json", "results.json")
# Where a repository keeps its table for its web page.
_WEB_FOLDER = "javascripts"
_DIVISIONS = ("closed", "open", "network")
_FOREIGN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def read_results(path: Path) -> tuple[list[ResultRow], list[str]]:
    """The rows of a file, or of all files of results in a folder and below it.

    Where a folder has the table of a round, the other files in it and below it are drafts and copies of that.

    Returns:
        the rows as they are, repetitions included, and why files of a folder were skipped.

    Raises:
        NotFoundError: when there is no such path, or no file of results in the folder.
        MetaError: when a file that was named cannot be read or is none of results, or the table of a folder
            cannot be read, of whose results the other files hold only some.
    """
    if not path.exists():
        raise NotFoundError(f"there is no file or folder {path}", hint="give a results file or a folder")
    if path.is_file():
        return _read_file(path), []
    rows, skipped = _read_folder(path)
    if not rows:
        why = "".join(f"; {reason}" for reason in skipped[:3])
        raise NotFoundError(f"there are no results in {path}{why}", hint=_HINT)
    return rows, skipped


def default_name(path: Path) -> str:
    """What an import is called when nobody says: after its file or folder."""
    words = path.resolve().name if path.is_dir() else path.stem
    return _FOREIGN_NAME.sub("-", words).strip("-.") or "imported"


def _read_folder(folder: Path) -> tuple[list[ResultRow], list[str]]:
    rows: list[ResultRow] = []
    skipped: list[str] = []
    tables: dict[Path, Path] = {}
    for file in sorted(_candidates(folder), key=_order):
        if table := next((tables[place] for place in file.parents if place in tables), None):
            skipped.append(f"skipped: {file}: the results of this folder are in {table}")
            continue
        try:
            found = _read_file(file)
        except MetaError as error:
            foreign = isinstance(error, ForeignFileError) and file.name != _TABLES[0]
            if _covered(file) == folder and not foreign:
                raise
            skipped.append(f"skipped: {error}")
            continue
        rows += found
        if place := _covered(file):
            tables[place] = file
    if not tables and any((folder / name).is_dir() for name in _DIVISIONS):
        skipped.append(
            f"{folder} is a submission tree without a table of its results: only files of results were read; "
            "for the others, import the CSV that the official checker writes"
        )
    return rows, skipped


def _candidates(folder: Path) -> Iterator[Path]:
    """Files that may hold results; of other CSV files a folder may be full."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        known = {name for name in names if name in _NAMES or name in _TABLES}
        # Beside the JSON of a report lies the CSV of the same results, which says less.
        better = {f"{name.removesuffix('.json')}.csv" for name in known if name in _NAMES}
        yield from (Path(place, name) for name in known)
        tables = (Path(place, name) for name in names if name.endswith(".csv") and name not in better)
        yield from filter(_looks_right, tables)


def _order(file: Path) -> tuple[bool, int, str, int, Path]:
    """Tables before what is below them."""
    if place := _covered(file):
        return (False, len(place.parts), str(place), _TABLES.index(file.name), file)
    return (True, 0, "", 0, file)


def _covered(file: Path) -> Path | None:
    """The folder whose results a file is the table of; ``None`` when it is no table."""
    if file.name not in _TABLES:
        return None
    return file.parent.parent if file.parent.name == _WEB_FOLDER else file.parent


def _looks_right(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as stream:
            return is_checker_csv(stream.readline())
    except OSError:
        return False


def _read_file(file: Path) -> list[ResultRow]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MetaError(f"cannot read {file}: {error}", hint=_HINT) from error
    if text.lstrip()[:1] in ("[", "{"):
        return read_public_json(file, text)
    if is_checker_csv(text.partition("\n")[0]):
        return read_checker_csv(file, text)
    raise MetaError(f"{file} is not a results file", hint=_HINT)
