"""Inheritance between artifacts: ``_base: name`` or ``_base: automation::[repo:]name``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cm_core.base.frozen import replace
from cm_core.errors import CMError, MetaError, UsageError
from cm_core.index.scan import Record, Signature, make_record
from cm_core.meta import merge_meta, read_meta
from cm_core.model.artifact import Artifact
from cm_core.model.identity import ArtifactRef, ObjectRef

_MAX_DEPTH = 10

# Finds artifacts by kind and name without comparing the index with the disk.
Lookup = Callable[[ObjectRef, ArtifactRef], Sequence[Artifact]]


def split_base(base: str, kind: ObjectRef) -> tuple[ObjectRef, ArtifactRef]:
    """The kind and name that a ``_base`` means; the kind of the heir when it names none.

    Raises:
        UsageError: when the name cannot be read.
    """
    head, separator, tail = base.rpartition("::")
    return (ObjectRef.parse(head) if separator else kind), ArtifactRef.parse(tail)


def kinds_of_bases(connection: sqlite3.Connection) -> list[ObjectRef]:
    """The kinds that heirs name in front of ``::``."""
    kinds = []
    for base in _bases(connection):
        try:
            kind, _ = split_base(base, ObjectRef())
        except UsageError:
            continue
        if not kind.is_empty:
            kinds.append(kind)
    return kinds


def concerns_heirs(connection: sqlite3.Connection, changed: Iterable[tuple[str, str, str]]) -> bool:
    """Whether one of these artifacts (alias, UID, base) inherits or may be what another inherits from."""
    names = list(changed)
    if any(base for _, _, base in names):
        return True
    for base in _bases(connection):
        try:
            _, ref = split_base(base, ObjectRef())
        except UsageError:
            continue
        if any(ref.object.matches(alias, uid) for alias, uid, _ in names):
            return True
    return False


def resolve_bases(connection: sqlite3.Connection, lookup: Lookup) -> None:
    """Bring the merged metadata and tags of all heirs up to date; an unusable base makes the heir a problem.

    Call it inside the transaction that changed something, so that nobody sees half of it.
    """
    rows = connection.execute(
        "SELECT a.id, f.repo, f.name, a.name, a.kind_alias, a.kind_uid, a.meta, a.tags, a.problem"
        " FROM artifact a JOIN folder f ON f.id = a.folder WHERE a.base <> ''"
    ).fetchall()
    for number, root, folder, name, kind_alias, kind_uid, *old in rows:
        path = Path(root, folder, name)
        record, problem = Record(name=name, signature=Signature()), ""
        try:
            merged = merge_chain(lookup, read_meta(path), ObjectRef(alias=kind_alias, uid=kind_uid), path)
            record = make_record(record, merged, folder)
        except CMError as error:
            named = isinstance(error, MetaError)
            record, problem = replace(record, meta=old[0]), str(error) if named else f"{path}: {error}"
        new = [record.meta, json.dumps(record.tags, ensure_ascii=False), problem]
        if new == old:
            continue
        connection.execute("UPDATE artifact SET meta = ?, tags = ?, problem = ? WHERE id = ?", (*new, number))
        connection.execute("DELETE FROM tag WHERE artifact = ?", (number,))
        connection.executemany(
            "INSERT OR IGNORE INTO tag VALUES (?, ?)", [(tag, number) for tag in record.tags]
        )


def merge_chain(lookup: Lookup, meta: dict[str, Any], kind: ObjectRef, path: Path) -> dict[str, Any]:
    """Metadata merged with those of its base, the base's base and so on; ``_base`` itself is dropped.

    Args:
        path: the folder of the artifact.

    Raises:
        MetaError: when a base is missing or ambiguous, or the chain is longer than ten.
    """
    chain, place = [meta], path
    while base := chain[-1].get("_base"):
        if len(chain) > _MAX_DEPTH:
            raise MetaError(f"{path}: the '_base' chain is longer than {_MAX_DEPTH} or is circular")
        kind, name = split_base(str(base), kind)
        found = _nearest(lookup(kind, name), place)
        if len(found) != 1:
            count = "was not found" if not found else f"is ambiguous ({len(found)} artifacts)"
            raise MetaError(f"{path}: the base '{base}' {count}")
        place = found[0].path
        chain.append(read_meta(place))
    merged = chain.pop()
    while chain:
        merged = merge_meta(merged, chain.pop())
    merged.pop("_base", None)
    return merged


def _nearest(found: Sequence[Artifact], path: Path) -> Sequence[Artifact]:
    """Those in the repository of the heir, else those of the kind of repository that comes first."""
    if near := [artifact for artifact in found if path.is_relative_to(artifact.repo.root)]:
        return near
    first = min((artifact.repo.kind for artifact in found), default=None)
    return [artifact for artifact in found if artifact.repo.kind is first]


def _bases(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT DISTINCT base FROM artifact WHERE base <> ''")]
