"""Imported results as artifacts of the local repository, and all results there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import MetaError, check_alias, new_uid, write_meta
from cm_core.base import file_lock, place_folder
from cm_mlperf.record.layout import IMPORT_TAG, RUN_FILE, RunFolder
from cm_mlperf.results.collect import collect, same_spelling
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.results.packed import read_packed, write_packed
from cm_mlperf.results.row import ResultRow

if TYPE_CHECKING:
    from cm_core import Artifact, Session

KIND, KIND_UID = "mlperf", "a41cb8e6c8f7b7b7"
IMPORT_FILE = "imported-results.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an import changed: ``added`` rows are new; ``known`` ones were there already.

    Attributes:
        corrected: rows of which something was known to be wrong; their remarks say what.
        path: of the import; ``None`` when there is none, since nothing was new.
    """

    path: Path | None
    added: int
    known: int
    corrected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """An import before it is written.

    Attributes:
        mine: the import of this name, if there is one.
        old: its rows.
        united: its rows afterwards.
        read: how many rows were read.
        corrected: how many of them say otherwise than their file.
    """

    mine: Artifact | None
    old: Sequence[ResultRow]
    united: Sequence[ResultRow]
    read: int
    corrected: int

    @property
    def counts(self) -> tuple[int, int]:
        """How many rows are new, and how many were known."""
        added = len(self.united) - len(self.old)
        return added, self.read - added


def is_import(artifact: Artifact) -> bool:
    """Whether an artifact holds imported results; others of its kind are runs."""
    return IMPORT_TAG in artifact.tags


def rows_of(artifact: Artifact) -> list[ResultRow]:
    """The results of a run or an import; a run that was killed before it began has none.

    Raises:
        MetaError: when its files are damaged.
    """
    if is_import(artifact):
        return read_packed(artifact.path / IMPORT_FILE, artifact.name)
    if not (artifact.path / RUN_FILE).is_file():
        return []
    return rows_of_run(RunFolder(artifact.path))


def all_rows(session: Session, artifacts: Sequence[Artifact]) -> list[ResultRow]:
    """The results of many; a damaged one is a warning, since the others are still good."""
    rows: list[ResultRow] = []
    for artifact in artifacts:
        try:
            rows += rows_of(artifact)
        except MetaError as error:
            session.warn(f"{error}")
    return same_spelling(rows)


def store_import(session: Session, name: str, rows: Sequence[ResultRow], origin: str) -> Stored:
    """Keep rows as the import of this name, which grows by what neither an import nor a run has yet.

    Args:
        origin: where they come from, for the metadata.

    Raises:
        CMError: when it cannot be written; then nothing has changed.
    """
    check_alias(name)
    with file_lock(session.home.locks_dir / "mlperf-import.lock"):
        plan = plan_import(session, name, rows)
        path = plan.mine.path if plan.mine else None
        if plan.mine is None and plan.united:
            path = _create(session, name, plan.united, origin)
        elif plan.mine is not None and plan.united != plan.old:
            write_packed(plan.mine.path / IMPORT_FILE, plan.united)
    added, known = plan.counts
    return Stored(path=path, added=added, known=known, corrected=plan.corrected)


def plan_import(session: Session, name: str, rows: Sequence[ResultRow]) -> ImportPlan:
    """What :func:`store_import` would change.

    Raises:
        UsageError: when the name cannot be one.
        MetaError: when the import of this name is damaged.
    """
    check_alias(name)
    mine = next((found for found in session.find(KIND, name) if is_import(found)), None)
    others = [found for found in session.find(KIND) if mine is None or found.path != mine.path]
    old = rows_of(mine) if mine else []
    read = [row._replace(own=False) for row in collect(rows)]
    elsewhere = set(_identities(all_rows(session, others)))
    fresh = [row for row in read if elsewhere.isdisjoint(_identities([row]))]
    corrected = sum(1 for row in read if row.remarks)
    united = collect([*old, *fresh])
    return ImportPlan(mine=mine, old=old, united=united, read=len(read), corrected=corrected)


def _identities(rows: Iterable[ResultRow]) -> Iterator[object]:
    for row in rows:
        yield row.uid
        yield row.content


def _create(session: Session, name: str, rows: Sequence[ResultRow], origin: str) -> Path:
    suites = sorted({row.suite for row in rows})
    meta = {
        "alias": name,
        "uid": new_uid(),
        "automation_alias": KIND,
        "automation_uid": KIND_UID,
        "tags": ["mlperf", IMPORT_TAG, *(f"mlperf-{suite}" for suite in suites)],
        "origin": origin,
    }
    folder = session.repos.local.root / KIND / name

    def fill(place: Path) -> None:
        write_packed(place / IMPORT_FILE, rows)
        write_meta(place, meta, as_yaml=False)

    place_folder(folder, fill)
    session.index.note_written(folder)
    return folder
