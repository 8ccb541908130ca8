"""Report, show and import: the public functions behind the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError, Request, Result, UsageError, is_true
from cm_core.actions import require, require_one
from cm_core.base import user_path
from cm_mlperf.record.layout import RunFolder

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.results.columns import ResultColumns
    from cm_mlperf.results.row import ResultRow
    from cm_report.grid import Grid

_LIMIT = 40
_FORMATS = ("table", "csv", "md", "json")


def write_reports(folder: RunFolder, output: Path | None = None) -> list[Path]:
    """Write ``report.html``, ``report.md``, ``results.json`` and ``results.csv`` of a run.

    Args:
        output: where to; by default the folder of the run.

    Returns:
        the files.

    Raises:
        NotFoundError: when there is no record of the run.
        MetaError: when a record is damaged.
        CMError: when a file cannot be written.
    """
    from cm_mlperf.results.report.files import write_all

    return write_all(folder, output or folder.path)


def report(request: Request, session: Session) -> Result:
    """Write the report of a run again: ``cm report mlperf RUN [--output=DIR]``.

    Raises:
        NotFoundError: when there is no such run.
        AmbiguousError: when several match.
        UsageError: when it is an import.
    """
    from cm_mlperf.results.store import is_import

    artifact = require_one(request, session)
    if is_import(artifact):
        raise UsageError(
            f"'{artifact.name}' holds imported results, and a report is about a run",
            hint=f"see them with: cm show mlperf {artifact.name}",
        )
    wanted = request.text("output")
    output = session.cwd / user_path(wanted) if wanted else None
    files = write_reports(RunFolder(artifact.path), output)
    return Result(data={"run": artifact.name, "files": files}, lines=tuple(map(str, files)))


def import_results(request: Request, session: Session) -> Result:
    """Keep results of others: ``cm import mlperf FILE|DIR [--name=NAME]``.

    Raises:
        NotFoundError: when there is no such file or folder.
        MetaError: when it is none that can be read.
    """
    from cm_mlperf.results.reading import default_name, read_results
    from cm_mlperf.results.store import store_import

    words = [word for word in (request.artifact, *request.artifacts) if word]
    if len(words) != 1:
        raise UsageError("one file or folder is needed", hint="write: cm import mlperf FILE")
    path = session.cwd / user_path(words[0])
    rows, skipped = read_results(path)
    for reason in skipped:
        session.warn(reason)
    name = request.text("name") or default_name(path)
    stored = store_import(session, name, rows, words[0])
    data = {
        "name": name,
        "path": stored.path or "",
        "rows": len(rows),
        "added": stored.added,
        "known": stored.known,
    }
    line = f"{name}: {stored.added:,} results added, {stored.known:,} were known ({len(rows):,} rows read)"
    see = (f"see them: cm show mlperf {name}",) if stored.path else ()
    return Result(data=data, lines=(line, *see))


def show(request: Request, session: Session) -> Result:
    """Show, filter, sort and compare results: ``cm show mlperf [RUN…] --where=… --sort=… --format=…``.

    Raises:
        NotFoundError: when a name matches nothing.
        UsageError: when a flag cannot be used so.
    """
    from cm_report import query

    form = request.text("format", "table")
    if form not in _FORMATS:
        raise UsageError(f"there is no format '{form}'", hint=f"formats are {', '.join(_FORMATS)}")
    rows, columns = _rows(request, session)
    if where := request.text("where"):
        rows = query.filtered(columns, rows, where)
    if "compare" in request.options:
        return _compared(request, rows, columns, form)
    if request.flag("trend"):
        return _trend(request, rows, form)
    if axes := query.front_axes(columns, rows, _split(request, "pareto")):
        rows = query.pareto(rows, axes)
    if keys := _split(request, "sort"):
        rows = query.ordered(columns, rows, keys)
    return _listed(request, rows, columns, form)


def _rows(request: Request, session: Session) -> tuple[list[ResultRow], ResultColumns]:
    from cm_mlperf.results.columns import ResultColumns, read_prices
    from cm_mlperf.results.store import all_rows

    try:
        artifacts = require(request, session)
    except NotFoundError:
        if request.artifact or request.options.get("tags"):
            raise
        raise NotFoundError(
            "there are no results yet",
            hint="measure with cm run mlperf, or get some with: cm import mlperf FILE",
        ) from None
    rows = all_rows(session, artifacts)
    prices = request.text("prices")
    derived = {name: str(text) for name, text in request.mapping("derive").items()}
    columns = ResultColumns(
        rows, derived=derived, prices=read_prices(session.cwd / user_path(prices)) if prices else None
    )
    return rows, columns


def _listed(request: Request, rows: Sequence[ResultRow], columns: ResultColumns, form: str) -> Result:
    from cm_mlperf.results import show as forms

    names = _split(request, "columns")
    if form == "csv" and not names:
        lines = forms.as_checker_csv(rows)
    elif form == "json" and not names:
        lines = forms.as_json(rows)
    else:
        lines = _formed(request, forms.result_grid(rows, columns, names), form, rows)
    return Result(data={"count": len(rows), "rows": list(rows)}, lines=tuple(lines))


def _compared(request: Request, rows: Sequence[ResultRow], columns: ResultColumns, form: str) -> Result:
    from cm_mlperf.results import show as forms
    from cm_mlperf.results.compare import compare

    asked = request.options["compare"]
    column = "source" if is_true(asked) else request.text("compare")
    names, found = compare(rows, columns, column)
    used = [row for one in found for row in (one.first, one.second)]
    grid = forms.comparison_grid(names, found)
    lines = forms.as_json(found) if form == "json" else _formed(request, grid, form, used)
    return Result(data={"compared": names, "comparisons": found}, lines=tuple(lines))


def _trend(request: Request, rows: Sequence[ResultRow], form: str) -> Result:
    from cm_mlperf.results import show as forms
    from cm_mlperf.results.compare import natural, trends

    found = trends(rows)
    versions = sorted({version for trend in found for version in trend.best}, key=natural)
    used = [row for trend in found for row in trend.best.values()]
    grid = forms.trend_grid(found, versions)
    lines = forms.as_json(found) if form == "json" else _formed(request, grid, form, used)
    return Result(data={"rounds": versions, "trends": found}, lines=tuple(lines))


def _formed(request: Request, grid: Grid, form: str, rows: Sequence[ResultRow]) -> list[str]:
    """The lines of a table; ``rows`` are those in it."""
    from cm_mlperf.results import show as forms
    from cm_report import export

    if form == "csv":
        return export.as_csv(grid).splitlines()
    if form == "json":
        return forms.as_json([dict(zip(grid.header, row, strict=True)) for row in grid.rows])
    hint = "narrow it down with --where, or add --limit=0"
    lines = (
        export.as_markdown(grid).splitlines()
        if form == "md"
        else export.as_text(grid, most=_limit(request), nothing="no results", hint=hint)
    )
    return [*lines, *forms.note(rows)]


def _limit(request: Request) -> int:
    text = request.text("limit", str(_LIMIT))
    if not text.isdecimal():
        raise UsageError(f"--limit cannot be '{text}'", hint="write --limit=100, or --limit=0 for all rows")
    return int(text)


def _split(request: Request, name: str) -> tuple[str, ...]:
    """Columns or expressions between commas; those inside brackets and quotes separate nothing."""
    value = request.options.get(name)
    if isinstance(value, str):
        from cm_report.expressions import split_expressions

        return split_expressions(value)
    return request.words(name)
