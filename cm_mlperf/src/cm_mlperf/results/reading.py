"""Finds out what a file of results is, and reads a file or all such files of a folder."""

from __future__ import annotations

import re
from pathlib import Path

from cm_core import MetaError, NotFoundError
from cm_mlperf.results.checkercsv import is_checker_csv, read_checker_csv
from cm_mlperf.results.publicjson import read_public_json
from cm_mlperf.results.row import ResultRow

_HINT = "results are the CSV of the official checker, or JSON of a public result repository"
_NAMES = ("cm-result.json", "results.json")
_FOREIGN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def read_results(path: Path) -> tuple[list[ResultRow], list[str]]:
    """The rows of a file, or of all files of results in a folder and below it.

    Returns:
        the rows as they are, repetitions included, and why files of a folder were skipped.

    Raises:
        NotFoundError: when there is no such path, or no file of results in the folder.
        MetaError: when a file that was named cannot be read or is none of results.
    """
    if not path.exists():
        raise NotFoundError(f"there is no file or folder {path}", hint="give a results file or a folder")
    if path.is_file():
        return _read_file(path), []
    rows: list[ResultRow] = []
    skipped: list[str] = []
    files = _candidates(path)
    for file in files:
        try:
            rows += _read_file(file)
        except MetaError as error:
            skipped.append(f"skipped: {error}")
    if not rows:
        why = f"; {skipped[0]}" if skipped else ""
        raise NotFoundError(f"there are no results in {path}{why}", hint=_HINT)
    return rows, skipped


def default_name(path: Path) -> str:
    """What an import is called when nobody says: after its file or folder."""
    words = path.resolve().name if path.is_dir() else path.stem
    return _FOREIGN_NAME.sub("-", words).strip("-.") or "imported"


def _candidates(folder: Path) -> list[Path]:
    """Files that may hold results; of other CSV files a folder may be full."""
    found = [file for name in _NAMES for file in folder.rglob(name)]
    # Beside the JSON of a report lies the CSV of the same results, which says less.
    better = {file.with_suffix(".csv") for file in found}
    found += [file for file in folder.rglob("*.csv") if file not in better and _looks_right(file)]
    return sorted(found)


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
