"""Report, show and import: the public functions behind the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError, Request, Result, UsageError
from cm_core.actions import is_dry_run, preview, require, require_one
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_mlperf.flags import Find, Import, Report, Show
from cm_mlperf.record.layout import RunFolder

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.results.columns import ResultColumns
    from cm_mlperf.results.row import ResultRow
    from cm_mlperf.results.store import ImportPlan, Stored
    from cm_report.grid import Grid
    from cm_report.grouping import Grouping


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
            f"'{artifact.name}' contains imported results, but a report is about a run",
            hint=f"see them with: cm show mlperf {artifact.name}",
        )
    wanted = read_flags(Report, request).output
    output = session.cwd / user_path(wanted) if wanted else None
    if is_dry_run(request):
        RunFolder(artifact.path).read()
        return preview("write", [output or artifact.path], preposition="the report into", run=artifact.name)
    files = write_reports(RunFolder(artifact.path), output)
    return Result(data={"run": artifact.name, "files": files}, lines=tuple(map(str, files)))


def import_results(request: Request, session: Session) -> Result:
    """Keep results of others: ``cm import mlperf FILE|DIR [--name=NAME]``.

    Raises:
        NotFoundError: when there is no such file or folder.
        MetaError: when it is none that can be read.
    """
    from cm_mlperf.results.reading import default_name, read_results
    from cm_mlperf.results.store import plan_import, store_import

    words = [word for word in (request.artifact, *request.artifacts) if word]
    if len(words) != 1:
        raise UsageError("one file or folder is needed", hint="use: cm import mlperf FILE")
    path = session.cwd / user_path(words[0])
    rows, skipped = read_results(path)
    for reason in skipped:
        session.warn(reason)
    name = read_flags(Import, request).name or default_name(path)
    if is_dry_run(request):
        plan = plan_import(session, name, rows)
        added, known = plan.counts
        line = f"would add {added:,} results to {name}; {known:,} are already known ({len(rows):,} rows read)"
        return Result(
            data={"dry_run": True, "name": name, "added": added, "known": known}, lines=(line, *_remark(plan))
        )
    stored = store_import(session, name, rows, words[0])
    data = {
        "name": name,
        "path": stored.path or "",
        "rows": len(rows),
        "added": stored.added,
        "known": stored.known,
        "corrected": stored.corrected,
    }
    line = f"{name}: {stored.added:,} results added, {stored.known:,} already known ({len(rows):,} rows read)"
    see = (f"to see them: cm show mlperf {name}",) if stored.path else ()
    return Result(data=data, lines=(line, *_remark(stored), *see))


def _remark(done: Stored | ImportPlan) -> tuple[str, ...]:
    if not done.corrected:
        return ()
    return (f"the units of {done.corrected:,} results were corrected: see the column remarks",)


def show(request: Request, session: Session) -> Result:
    """Show, filter, sort and compare results: ``cm show mlperf [RUN…] --where=… --sort=… --export=…``.

    Raises:
        NotFoundError: when a name matches nothing.
        UsageError: when a flag cannot be used so.
    """
    from cm_report import export, query
    from cm_report.grouping import grouping_of

    asked = read_flags(Show, request)
    files = export.files_to_write(session.cwd, asked.export)
    rows, columns = _rows(request, asked, session)
    if asked.where:
        rows = query.filtered(columns, rows, asked.where)
    grouping = grouping_of(asked)
    if grouping.wanted:
        return _in_groups(asked, grouping, rows, columns, files)
    if asked.compare:
        return _compared(asked, rows, columns, files)
    if asked.trend:
        return _trend(asked, rows, files)
    if axes := query.front_axes(columns, rows, asked.pareto):
        rows = query.pareto(rows, axes)
    if asked.sort:
        rows = query.ordered(columns, rows, asked.sort)
    return _listed(asked, rows, columns, files)


def _rows(request: Request, asked: Show, session: Session) -> tuple[list[ResultRow], ResultColumns]:
    from cm_mlperf.results.columns import ResultColumns, read_prices
    from cm_mlperf.results.store import all_rows

    try:
        artifacts = require(request, session)
    except NotFoundError:
        if request.artifact or read_flags(Find, request).tags:
            raise
        raise NotFoundError(
            "there are no results yet",
            hint="measure with cm run mlperf, or get some with: cm import mlperf FILE",
        ) from None
    rows = all_rows(session, artifacts)
    derived = {name: str(text) for name, text in asked.derive.items()}
    prices = read_prices(session.cwd / user_path(asked.prices)) if asked.prices else None
    columns = ResultColumns(rows, derived=derived, prices=prices)
    return rows, columns


def _listed(asked: Show, rows: Sequence[ResultRow], columns: ResultColumns, files: Sequence[Path]) -> Result:
    from cm_mlperf.results import show as forms

    names = asked.columns
    written: tuple[str, ...] = ()
    if files:
        full, on_page = (grid(rows, columns, names) for grid in (forms.full_grid, forms.page_grid))
        written = _write(files, full, rows, on_page)
    if asked.format == "csv" and not names:
        lines = forms.as_checker_csv(rows)
    elif asked.format == "json" and not names:
        lines = forms.as_json(rows)
    else:
        lines = _formed(asked, forms.result_grid(rows, columns, names), rows)
    return Result(data={"count": len(rows), "rows": list(rows), "files": files}, lines=(*lines, *written))


def _in_groups(
    asked: Show,
    grouping: Grouping,
    rows: Sequence[ResultRow],
    columns: ResultColumns,
    files: Sequence[Path],
) -> Result:
    from cm_report.export import documents
    from cm_report.grouping import group_rows

    for other, given in (("compare", asked.compare), ("trend", asked.trend), ("pareto", asked.pareto)):
        if given:
            raise UsageError(
                f"--{other} shows results and no groups", hint=f"leave out --{other}, or --by and its like"
            )
    found = group_rows(columns, rows, grouping)
    lines = _formed(asked, found.grid, rows)
    if found.remarks and asked.format in ("table", "md"):
        lines += ["", *found.remarks]
    groups = documents(found.grid)
    data = {"count": len(rows), "groups": groups, "remarks": found.remarks, "files": files}
    return Result(data=data, lines=(*lines, *_write(files, found.grid, rows)))


def _compared(
    asked: Show, rows: Sequence[ResultRow], columns: ResultColumns, files: Sequence[Path]
) -> Result:
    from cm_mlperf.results import show as forms
    from cm_mlperf.results.compare import compare

    names, found = compare(rows, columns, asked.compare)
    used = [row for one in found for row in (one.first, one.second)]
    grid = forms.comparison_grid(names, found)
    lines = forms.as_json(found) if asked.format == "json" else _formed(asked, grid, used)
    data = {"compared": names, "comparisons": found, "files": files}
    return Result(data=data, lines=(*lines, *_write(files, grid, used)))


def _trend(asked: Show, rows: Sequence[ResultRow], files: Sequence[Path]) -> Result:
    from cm_mlperf.results import show as forms
    from cm_mlperf.results.compare import natural
    from cm_mlperf.results.trend import trends, unit_changes

    found = trends(rows)
    versions = sorted({version for trend in found for version in trend.best}, key=natural)
    used = [row for trend in found for row in trend.best.values()]
    grid = forms.trend_grid(found, versions)
    remarks = tuple(unit_changes(found))
    lines = forms.as_json(found) if asked.format == "json" else _formed(asked, grid, used)
    if remarks and asked.format in ("table", "md"):
        lines += ["", *remarks]
    data = {"rounds": versions, "trends": found, "remarks": remarks, "files": files}
    return Result(data=data, lines=(*lines, *_write(files, grid, used)))


def _write(
    files: Sequence[Path], grid: Grid, rows: Sequence[ResultRow], on_page: Grid | None = None
) -> tuple[str, ...]:
    """Write a table into files; returns the lines about them.

    Args:
        on_page: the table for a page; by default the same.
    """
    from cm_mlperf.results import show as forms
    from cm_report import export

    export.export(grid, files, lambda: forms.results_page(on_page or grid, rows))
    return ("", *(f"wrote {file}" for file in files)) if files else ()


def _formed(asked: Show, grid: Grid, rows: Sequence[ResultRow]) -> list[str]:
    """The lines of a table; ``rows`` are those in it."""
    from cm_mlperf.results import show as forms
    from cm_report import export

    if asked.format == "csv":
        return export.as_csv(grid).splitlines()
    if asked.format == "json":
        return forms.as_json([dict(zip(grid.header, row, strict=True)) for row in grid.rows])
    hint = "narrow it down with --where, or add --limit=0"
    lines = (
        export.as_markdown(grid).splitlines()
        if asked.format == "md"
        else export.as_text(grid, most=asked.limit, nothing="no results", hint=hint)
    )
    return [*lines, *forms.note(rows)]
