"""Tables into files; the ending says which form."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.base.fsio import atomic_write_text, raise_os_error, user_path
from cm_core.model.errors import CMError, UsageError
from cm_experiment.analysis import forms
from cm_experiment.analysis.forms import Grid
from cm_experiment.analysis.table import is_number

if TYPE_CHECKING:
    from cm_core.session import Session

_TEXTS: Mapping[str, Callable[[Grid], str]] = {
    ".csv": forms.as_csv,
    ".md": forms.as_markdown,
    ".json": forms.as_json,
}
PARQUET, REPORT = ".parquet", ".html"
_LARGEST_INTEGER = 2**63


def files_asked_for(session: Session, names: Sequence[str], *, report: bool) -> list[Path]:
    """The files to write, checked before any work is done.

    Args:
        report: whether there is an HTML report, too.

    Raises:
        UsageError: when an ending has no form.
        CMError: when Parquet is asked for and its package is missing.
    """
    known = (*_TEXTS, PARQUET, *((REPORT,) if report else ()))
    files = [session.cwd / user_path(name) for name in names]
    for file in files:
        if file.suffix.casefold() not in known:
            raise UsageError(
                f"nothing says in which form to write '{file.name}'",
                hint=f"give it one of these endings: {', '.join(known)}",
            )
    if any(file.suffix.casefold() == PARQUET for file in files):
        _arrow()
    return files


def export(grid: Grid, files: Sequence[Path], report: Callable[[], str] | None = None) -> None:
    """Write a table into files, each in one step.

    Args:
        report: makes the HTML document.

    Raises:
        CMError: when a file cannot be written.
    """
    for file in files:
        ending = file.suffix.casefold()
        if ending == PARQUET:
            _write_parquet(grid, file)
        elif ending == REPORT and report is not None:
            atomic_write_text(file, report())
        else:
            atomic_write_text(file, _TEXTS[ending](grid))


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise CMError(
            "Parquet files need the package pyarrow",
            hint="pip install 'cm-plugin-experiment[parquet]', or write a .csv file",
        ) from None
    return pyarrow


def _write_parquet(grid: Grid, file: Path) -> None:
    arrow = _arrow()
    columns = {
        name: _column(arrow, [row[place] for row in grid.rows]) for place, name in enumerate(grid.header)
    }
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        arrow.parquet.write_table(arrow.table(columns), str(temporary))
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise_os_error("write", file, error)


def _column(arrow: Any, values: Sequence[Any]) -> Any:
    """Integers, numbers or, where anything else is among them, texts."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return arrow.array(values, arrow.bool_())
    if all(isinstance(value, int) and abs(value) < _LARGEST_INTEGER for value in known):
        return arrow.array(values, arrow.int64())
    if all(is_number(value) or isinstance(value, float) for value in known):
        return arrow.array([None if value is None else float(value) for value in values], arrow.float64())
    return arrow.array([None if value is None else str(value) for value in values], arrow.string())
