"""The rows of the index: how they are selected, written and removed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cm_core.index.scan import Finding, look_at, row_of, sign
from cm_core.model.identity import ObjectRef

_INSERT = f"INSERT INTO artifact VALUES (NULL{', ?' * 16})"


def add_kind(where: list[str], values: list[Any], kind: ObjectRef) -> None:
    """Narrow a query to a kind; the alias decides only where no UID is known."""
    if kind.uid and kind.alias:
        where.append("(a.kind_uid = ? OR (a.kind_uid = '' AND a.kind_alias = ?))")
        values += [kind.uid.lower(), kind.alias.lower()]
    elif kind.uid:
        where.append("a.kind_uid = ?")
        values.append(kind.uid.lower())
    elif kind.alias and kind.has_wildcard:
        where.append("a.kind_alias GLOB ?")
        values.append(kind.alias.lower())
    elif kind.alias:
        where.append("a.kind_alias = ?")
        values.append(kind.alias.lower())


def add_name(where: list[str], values: list[Any], name: ObjectRef) -> None:
    """Narrow a query to a name; wildcards are left to the caller."""
    if name.uid:
        # An artifact that has a UID is known by it; the alias then decides nothing.
        where.append("(a.uid = ? OR (a.uid = '' AND a.alias_key = ? AND a.alias_key <> ''))")
        values += [name.uid.lower(), name.alias.lower()]
    elif name.alias and not name.has_wildcard:
        where.append("a.alias_key = ?")
        values.append(name.alias.lower())


def put_folder(connection: sqlite3.Connection, root: str, name: str, mtime: int) -> int:
    """Note the time stamp of a folder of artifacts; returns the number of its row."""
    connection.execute(
        "INSERT INTO folder(repo, name, mtime) VALUES (?, ?, ?)"
        " ON CONFLICT(repo, name) DO UPDATE SET mtime = excluded.mtime",
        (root, name, mtime),
    )
    number = folder_number(connection, root, name)
    assert number is not None  # noqa: S101 - it was written by the statement above
    return number


def folder_number(connection: sqlite3.Connection, root: str, name: str) -> int | None:
    """The number of the row of a folder, if it has one."""
    row = connection.execute("SELECT id FROM folder WHERE repo = ? AND name = ?", (root, name)).fetchone()
    return None if row is None else int(row[0])


def forget_folder(connection: sqlite3.Connection, number: int) -> list[tuple[str, str, str]]:
    """Remove a folder's rows; returns (alias, UID, base) of the artifacts that were there."""
    rows = connection.execute(
        "SELECT id, alias, uid, base FROM artifact WHERE folder = ?", (number,)
    ).fetchall()
    _delete(connection, [row[0] for row in rows])
    connection.execute("DELETE FROM folder WHERE id = ?", (number,))
    return [row[1:] for row in rows]


def store(
    connection: sqlite3.Connection, folder: int, place: Path, fresh: Sequence[Finding], gone: Iterable[str]
) -> list[tuple[str, str, str]]:
    """Replace the rows of artifacts by what was found; returns (alias, UID, base) before and after.

    The transaction has begun, so writers that note what they wrote come after us. What changed between
    the look and now is looked at again: an old finding must not replace a newer row.

    Args:
        place: the folder that holds the artifacts.
        gone: names of folders that were not there.
    """
    changed: list[tuple[str, str, str]] = []
    current = dict[str, Finding | None]()
    for finding in fresh:
        name = finding.record.name
        same = sign(f"{place}/{name}") == finding.signature
        current[name] = finding if same else look_at(place / name)
    current.update({name: look_at(place / name) for name in gone})
    for name, latest in current.items():
        rows = connection.execute(
            "SELECT id, alias, uid, base FROM artifact WHERE folder = ? AND name = ?", (folder, name)
        ).fetchall()
        _delete(connection, [row[0] for row in rows])
        changed += [row[1:] for row in rows]
        if latest is not None:
            record = latest.record
            number = connection.execute(_INSERT, row_of(record, folder)).lastrowid
            connection.executemany(
                "INSERT OR IGNORE INTO tag VALUES (?, ?)", [(tag, number) for tag in record.tags]
            )
            changed.append((record.alias, record.uid, record.base))
    return changed


def _delete(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    connection.executemany("DELETE FROM tag WHERE artifact = ?", [(number,) for number in numbers])
    connection.executemany("DELETE FROM artifact WHERE id = ?", [(number,) for number in numbers])
