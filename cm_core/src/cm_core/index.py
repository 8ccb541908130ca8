"""The artifact index: every search is answered from it, hits and misses.

Before an answer the index is compared with the disk: time stamps of the folders of the kind, of each
artifact's folder and of its metadata files. So a file edited or deleted by hand is seen by the next
command, and only changed files are read. Writers tell the index what they wrote; should one die in
between, the same comparison finds it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cm_core.artifact import Artifact, Repository
from cm_core.errors import CMError, NotFoundError
from cm_core.identity import ArtifactRef, ObjectRef
from cm_core.indexdb import IndexDatabase
from cm_core.inherit import resolve_bases
from cm_core.meta import read_meta
from cm_core.repos import RepoSet
from cm_core.scan import Record, Signature, changed_folders, list_folders, read_record, row_of, settled, sign
from cm_core.tags import TagQuery

_ROW = "dir_mtime, yaml_mtime, yaml_size, json_mtime, json_size"
_COMMON = 100
_INSERT = f"INSERT INTO artifact VALUES (NULL{', ?' * 16})"
_Answer = TypeVar("_Answer")


class ArtifactIndex:
    """Finds artifacts in the registered repositories.

    Args:
        warn: receives one sentence for each metadata file that cannot be used.
    """

    def __init__(self, database: IndexDatabase, repos: RepoSet, warn: Callable[[str], None]) -> None:
        self._database = database
        self._repos = repos
        self._warn = warn
        self._checked: set[tuple[str, str]] = set()
        self._warned: set[str] = set()

    def forget(self) -> None:
        """Compare with the disk again at the next search; called before each request."""
        self._checked.clear()

    # -- searching ---------------------------------------------------------------------------------

    def find(
        self,
        kind: ObjectRef,
        name: ArtifactRef | None = None,
        tags: TagQuery | None = None,
        *,
        thorough: bool = True,
    ) -> list[Artifact]:
        """Artifacts of a kind, by name and tags, in the order of repositories, then of paths.

        Args:
            kind: the automation; wildcards search across kinds.
            thorough: compare every artifact of the kind with the disk. Otherwise only new and vanished
                folders are noticed and the hits themselves are compared: for kinds with very many
                artifacts that only this toolkit writes.
        """
        return self._guarded(lambda: self._find(kind, name, tags or TagQuery(), thorough=thorough))

    def refresh(self, kind: ObjectRef | None = None) -> None:
        """Compare with the disk now: everything, or the artifacts of one kind."""
        self.forget()
        self._guarded(lambda: self._refresh(kind or ObjectRef(), thorough=True))

    def rebuild(self) -> int:
        """Read everything anew; returns the number of artifacts."""
        self._database.reset()
        self._repos.forget()
        self.refresh()
        row = self._database.connection.execute(
            "SELECT count(*) FROM artifact WHERE meta IS NOT NULL"
        ).fetchone()
        return int(row[0])

    def note_written(self, path: Path) -> None:
        """An artifact's folder was created or its metadata changed by us."""
        self._guarded(lambda: self._reread(path))

    def note_removed(self, path: Path) -> None:
        """An artifact's folder was removed by us."""
        self._guarded(lambda: self._reread(path))

    def words(self, kind: ObjectRef) -> tuple[list[str], list[str]]:
        """All aliases and all tags of a kind, for completion and suggestions."""
        found = self.find(kind, thorough=False)
        aliases = sorted({artifact.alias for artifact in found if artifact.alias})
        return aliases, sorted({tag for artifact in found for tag in artifact.tags})

    # -- implementation ----------------------------------------------------------------------------

    def _guarded(self, work: Callable[[], _Answer]) -> _Answer:
        """Run against the database; if it turns out to be damaged, throw it away and run again."""
        try:
            return work()
        except sqlite3.OperationalError as error:
            raise CMError(f"the index cannot be used: {error}", hint="run: cm doctor") from error
        except sqlite3.DatabaseError:
            self._database.reset()
            self.forget()
            return work()

    def _find(
        self, kind: ObjectRef, name: ArtifactRef | None, tags: TagQuery, *, thorough: bool
    ) -> list[Artifact]:
        self._refresh(kind, thorough=thorough)
        repos = self._roots(name.repo if name else None)
        found = self._select(kind, name.object if name else ObjectRef(), tags, repos)
        if not thorough:
            stale = [path for path, row in found if sign(str(path)) != Signature(*row[:5])]
            for path in stale:
                self._reread(path)
            if stale:
                found = self._select(kind, name.object if name else ObjectRef(), tags, repos)
        found.sort(key=lambda item: (repos[item[1][5]].rank, item[0]))
        return [self._artifact(path, row, repos[row[5]]) for path, row in found]

    def _roots(self, only: ObjectRef | None) -> dict[str, Repository]:
        repos = self._repos.list() if only is None else self._repos.find(only)
        return {str(repo.root): repo for repo in repos}

    def _select(
        self, kind: ObjectRef, name: ObjectRef, tags: TagQuery, repos: dict[str, Repository]
    ) -> list[tuple[Path, tuple[Any, ...]]]:
        where, values = ["a.problem = ''", "a.kind_alias <> ''"], list[Any]()
        _add_kind(where, values, kind)
        _add_name(where, values, name)
        source = "artifact a"
        if tags.required:
            # CROSS JOIN keeps SQLite from starting at the kind: the rarest tag names few artifacts.
            first, *others = self._rarest_first(tags.required)
            source = "tag t CROSS JOIN artifact a ON a.id = t.artifact"
            where.insert(0, "t.tag = ?")
            values.insert(0, first)
            where += ["EXISTS (SELECT 1 FROM tag WHERE tag = ? AND artifact = a.id)"] * len(others)
            values += others
        where += ["NOT EXISTS (SELECT 1 FROM tag WHERE tag = ? AND artifact = a.id)"] * len(tags.excluded)
        values += tags.excluded
        rows = self._database.connection.execute(
            f"SELECT {_ROW}, f.repo, f.name, a.name, a.alias, a.uid, a.kind_alias, a.kind_uid, a.tags,"
            f" a.meta, a.base FROM {source} JOIN folder f ON f.id = a.folder WHERE {' AND '.join(where)}",
            values,
        ).fetchall()
        return [
            (Path(f"{row[5]}/{row[6]}/{row[7]}"), row)
            for row in rows
            if row[5] in repos and (not name.has_wildcard or name.matches(row[8], row[9]))
        ]

    def _rarest_first(self, tags: Sequence[str]) -> list[str]:
        """The tags with the least used one first; counting stops early, all common tags are alike."""
        if len(tags) == 1:
            return list(tags)
        count = f"SELECT count(*) FROM (SELECT 1 FROM tag WHERE tag = ? LIMIT {_COMMON})"
        execute = self._database.connection.execute
        return sorted(tags, key=lambda tag: int(execute(count, (tag,)).fetchone()[0]))

    def _artifact(self, path: Path, row: tuple[Any, ...], repo: Repository) -> Artifact:
        body, base = row[13], row[14]

        def read() -> tuple[dict[str, Any], dict[str, Any]]:
            if body is None:
                return _read_again(path)
            meta = json.loads(body)
            return meta, (read_meta(path) if base else meta)

        return Artifact(
            path=path,
            alias=row[8],
            uid=row[9],
            kind=(row[10], row[11]),
            tags=tuple(json.loads(row[12])),
            repo=repo,
            read_meta=read,
        )

    def _refresh(self, kind: ObjectRef, *, thorough: bool) -> None:
        token = (str(kind), "thorough" if thorough else "quick")
        if token in self._checked or (str(kind), "thorough") in self._checked:
            return
        self._checked.add(token)
        relevant = self._folders_of(kind) if thorough else set()
        known = {
            (repo, name): (number, mtime)
            for number, repo, name, mtime in self._database.connection.execute(
                "SELECT id, repo, name, mtime FROM folder"
            )
        }
        changed = False
        for repo in self._repos.list():
            root = str(repo.root)
            for name in list_folders(repo.root):
                number, mtime = known.pop((root, name), (0, 0))
                current = _mtime(repo.root / name)
                if number and current == mtime and not (thorough and number in relevant):
                    continue
                changed |= self._refresh_folder(number, root, name, current, thorough=thorough)
        registered = {str(repo.root) for repo in self._repos.list()}
        gone = [
            number
            for (root, _), (number, _) in known.items()
            if root in registered or not Path(root).is_dir()
        ]
        if gone:
            changed = True
            with self._database.writing() as connection:
                for number in gone:
                    _forget_folder(connection, number)
        if changed:
            resolve_bases(self._database, self)
        self._warn_of_problems(kind)

    def _folders_of(self, kind: ObjectRef) -> set[int]:
        """Folders in which artifacts of this kind are known to lie."""
        where, values = ["1"], list[Any]()
        _add_kind(where, values, kind)
        rows = self._database.connection.execute(
            f"SELECT DISTINCT folder FROM artifact a WHERE {' AND '.join(where)}"
            " UNION SELECT folder FROM artifact WHERE problem <> ''",
            values,
        )
        return {row[0] for row in rows}

    def _refresh_folder(self, number: int, root: str, name: str, mtime: int, *, thorough: bool) -> bool:
        """Compare one folder of artifacts with its rows; returns whether anything changed.

        Args:
            thorough: compare the artifacts too, not only their names.
        """
        place = f"{root}/{name}"
        columns = f"name, {_ROW}" if thorough else "name"
        rows = self._database.connection.execute(
            f"SELECT {columns} FROM artifact WHERE folder = ?", (number,)
        ).fetchall()
        stored = {row[0] for row in rows}
        same_names = number and _folder_mtime_is(self._database, number, mtime)
        present = stored if same_names else set(list_folders(Path(place)))
        changed = present - stored
        if thorough:
            changed |= present.intersection(changed_folders(place, rows))
        gone = stored - present
        fresh: list[Record] = []
        for child in sorted(changed):
            signature = sign(f"{place}/{child}")
            if signature is None:
                gone.add(child)
            else:
                fresh.append(read_record(Path(place, child), name, signature))
        if same_names and not fresh and not gone:
            return False
        with self._database.writing() as connection:
            number = _upsert_folder(connection, root, name, settled(mtime))
            _delete(connection, _numbers(connection, number, gone))
            _insert(connection, number, fresh)
        return bool(fresh or gone)

    def _reread(self, path: Path) -> None:
        """Bring the row of one artifact up to date."""
        repo = self._repos.containing(path)
        if repo is None or path.parent.parent != repo.root:
            return
        signature = sign(str(path))
        records = [] if signature is None else [read_record(path, path.parent.name, signature)]
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id FROM folder WHERE repo = ? AND name = ?", (str(repo.root), path.parent.name)
            ).fetchone()
            # A new folder gets no trusted time stamp: others may have written into it meanwhile.
            number = row[0] if row else _upsert_folder(connection, str(repo.root), path.parent.name, 0)
            old = connection.execute(
                "SELECT id FROM artifact WHERE folder = ? AND name = ?", (number, path.name)
            )
            _delete(connection, [item[0] for item in old.fetchall()])
            _insert(connection, number, records)
        if records and (records[0].base or self._has_heirs()):
            resolve_bases(self._database, self)

    def _has_heirs(self) -> bool:
        return (
            self._database.connection.execute("SELECT 1 FROM artifact WHERE base <> '' LIMIT 1").fetchone()
            is not None
        )

    def _warn_of_problems(self, kind: ObjectRef) -> None:
        rows = self._database.connection.execute(
            "SELECT f.repo, f.name, a.folder, a.problem FROM artifact a JOIN folder f ON f.id = a.folder"
            " WHERE a.problem <> ''"
        ).fetchall()
        if not rows:
            return
        roots, relevant = self._roots(None), self._folders_of(kind)
        for repo, name, folder, problem in rows:
            concerns = folder in relevant or kind.matches(name, "")
            if repo in roots and concerns and problem not in self._warned:
                self._warned.add(problem)
                self._warn(problem)


def _add_kind(where: list[str], values: list[Any], kind: ObjectRef) -> None:
    if kind.uid and kind.alias:
        where.append("(a.kind_uid = ? OR (a.kind_uid = '' AND a.kind_alias = ?))")
        values += [kind.uid, kind.alias.lower()]
    elif kind.uid:
        where.append("a.kind_uid = ?")
        values.append(kind.uid)
    elif kind.alias and kind.has_wildcard:
        where.append("a.kind_alias GLOB ?")
        values.append(kind.alias.lower())
    elif kind.alias:
        where.append("a.kind_alias = ?")
        values.append(kind.alias.lower())


def _add_name(where: list[str], values: list[Any], name: ObjectRef) -> None:
    if name.uid:
        # An artifact that has a UID is known by it; the alias then decides nothing.
        where.append("(a.uid = ? OR (a.uid = '' AND a.alias_key = ? AND a.alias_key <> ''))")
        values += [name.uid, name.alias.lower()]
    elif name.alias and not name.has_wildcard:
        where.append("a.alias_key = ?")
        values.append(name.alias.lower())


def _read_again(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        meta = read_meta(path)
    except NotFoundError as error:
        raise NotFoundError(f"{path} was removed meanwhile") from error
    return meta, meta


def _mtime(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _folder_mtime_is(database: IndexDatabase, number: int, mtime: int) -> bool:
    row = database.connection.execute("SELECT mtime FROM folder WHERE id = ?", (number,)).fetchone()
    return row is not None and row[0] == mtime


def _upsert_folder(connection: sqlite3.Connection, root: str, name: str, mtime: int) -> int:
    connection.execute(
        "INSERT INTO folder(repo, name, mtime) VALUES (?, ?, ?)"
        " ON CONFLICT(repo, name) DO UPDATE SET mtime = excluded.mtime",
        (root, name, mtime),
    )
    row = connection.execute("SELECT id FROM folder WHERE repo = ? AND name = ?", (root, name)).fetchone()
    return int(row[0])


def _forget_folder(connection: sqlite3.Connection, number: int) -> None:
    rows = connection.execute("SELECT id FROM artifact WHERE folder = ?", (number,)).fetchall()
    _delete(connection, [row[0] for row in rows])
    connection.execute("DELETE FROM folder WHERE id = ?", (number,))


def _numbers(connection: sqlite3.Connection, folder: int, names: Iterable[str]) -> list[int]:
    find = "SELECT id FROM artifact WHERE folder = ? AND name = ?"
    return [row[0] for name in names for row in connection.execute(find, (folder, name)).fetchall()]


def _delete(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    connection.executemany("DELETE FROM tag WHERE artifact = ?", [(number,) for number in numbers])
    connection.executemany("DELETE FROM artifact WHERE id = ?", [(number,) for number in numbers])


def _insert(connection: sqlite3.Connection, folder: int, records: Sequence[Record]) -> None:
    for record in records:
        old = connection.execute(
            "SELECT id FROM artifact WHERE folder = ? AND name = ?", (folder, record.name)
        )
        _delete(connection, [row[0] for row in old.fetchall()])
        number = connection.execute(_INSERT, row_of(record, folder)).lastrowid
        connection.executemany(
            "INSERT OR IGNORE INTO tag VALUES (?, ?)", [(tag, number) for tag in record.tags]
        )
