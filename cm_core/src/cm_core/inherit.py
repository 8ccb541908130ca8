"""Inheritance between artifacts: ``_base: name`` or ``_base: automation::[repo:]name``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.errors import CMError, MetaError
from cm_core.identity import ArtifactRef, ObjectRef
from cm_core.meta import merge_meta, read_meta
from cm_core.scan import Record, Signature, make_record

if TYPE_CHECKING:
    from cm_core.indexdb import IndexDatabase

_MAX_DEPTH = 10


def split_base(base: str, kind: ObjectRef) -> tuple[ObjectRef, ArtifactRef]:
    """The kind and name that a ``_base`` means; the kind of the heir when it names none.

    Raises:
        UsageError: when the name cannot be read.
    """
    head, separator, tail = base.rpartition("::")
    return (ObjectRef.parse(head) if separator else kind), ArtifactRef.parse(tail)


def resolve_bases(database: IndexDatabase, index: Any) -> None:
    """Bring the merged metadata and tags of all heirs up to date; an unusable base makes the heir a problem."""
    rows = database.connection.execute(
        "SELECT a.id, f.repo, f.name, a.name, a.kind_alias, a.kind_uid, a.meta, a.tags, a.problem"
        " FROM artifact a JOIN folder f ON f.id = a.folder WHERE a.base <> ''"
    ).fetchall()
    for number, root, folder, name, kind_alias, kind_uid, old_meta, old_tags, old_problem in rows:
        path = Path(root, folder, name)
        record, problem = Record(name=name, signature=Signature()), ""
        try:
            merged = merge_chain(index, read_meta(path), ObjectRef(alias=kind_alias, uid=kind_uid), path)
            record = make_record(record, merged, folder)
        except CMError as error:
            record, problem = replace(record, meta=old_meta), str(error)
        tags = json.dumps(record.tags, ensure_ascii=False)
        if (record.meta, tags, problem) == (old_meta, old_tags, old_problem):
            continue
        with database.writing() as connection:
            connection.execute(
                "UPDATE artifact SET meta = ?, tags = ?, problem = ? WHERE id = ?",
                (record.meta, tags, problem, number),
            )
            connection.execute("DELETE FROM tag WHERE artifact = ?", (number,))
            connection.executemany(
                "INSERT OR IGNORE INTO tag VALUES (?, ?)", [(tag, number) for tag in record.tags]
            )


def merge_chain(index: Any, meta: dict[str, Any], kind: ObjectRef, path: Path) -> dict[str, Any]:
    """Metadata merged with those of its base, the base's base and so on; ``_base`` itself is dropped.

    Raises:
        MetaError: when a base is missing or ambiguous, or the chain is longer than ten.
    """
    chain = [meta]
    while base := chain[-1].get("_base"):
        if len(chain) > _MAX_DEPTH:
            raise MetaError(f"{path}: the chain of '_base' is longer than {_MAX_DEPTH} or goes in a circle")
        kind, name = split_base(str(base), kind)
        found = index.find(kind, name)
        if len(found) != 1:
            count = "was not found" if not found else f"is ambiguous ({len(found)} artifacts)"
            raise MetaError(f"{path}: the base '{base}' {count}")
        chain.append(read_meta(found[0].path))
    merged = chain.pop()
    while chain:
        merged = merge_meta(merged, chain.pop())
    merged.pop("_base", None)
    return merged
