"""The artifact index: every search is answered from it, hits and misses.

Before an answer the index is compared with the disk: time stamps of the folders of the kind, of each
artifact's folder and of its metadata files. So a file edited or deleted by hand is seen by the next
command, and only changed files are read. Writers tell the index what they wrote; should one die in
between, the same comparison finds it.

- ``database``: the SQLite file behind the index: schema, connection, repair. Everything in it can be
  rebuilt;
- ``inherit``: inheritance between artifacts: ``_base: name`` or ``_base: automation::[repo:]name``;
- ``locate``: where a folder lies: in which repository and artifact. This is what ``.`` means on the command
  line;
- ``rows``: the rows of the index: how they are selected, written and removed;
- ``scan``: what the disk says about artifacts: folders, signatures, and the record the index keeps of each.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.base.fsio import UNCERTAIN, settled_mtime
from cm_core.errors import NotFoundError
from cm_core.index.database import IndexDatabase
from cm_core.index.inherit import concerns_heirs, kinds_of_bases, merge_chain, resolve_bases
from cm_core.index.rows import add_kind, add_name, folder_number, forget_folder, put_folder, store
from cm_core.index.scan import Signature, can_be_looked_at, changed_folders, list_folders, look_at, sign
from cm_core.meta import read_meta
from cm_core.model.artifact import Artifact, Repository
from cm_core.model.identity import ArtifactRef, ObjectRef
from cm_core.model.tags import TagQuery

if TYPE_CHECKING:
    from cm_core.repos import RepoSet

_ROW = "dir_mtime, yaml_mtime, yaml_size, json_mtime, json_size"
_COMMON = 100
_UNSETTLED = (
    "SELECT folder, id FROM artifact WHERE kind_alias = ''"
    " UNION SELECT folder, id FROM artifact WHERE dir_mtime < 0"
)
_USABLE = "a.problem = ''"
# The metadata of an artifact with an unusable base can be read, so others may inherit from it.
_READABLE = "(a.problem = '' OR a.base <> '')"


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
        self._generation = 0

    def forget(self) -> None:
        """Compare with the disk again at the next search; called before each request."""
        self._checked.clear()
        self._warned.clear()

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
        return self._database.repairing(lambda: self._find(kind, name, tags or TagQuery(), thorough=thorough))

    def at(self, kind: ObjectRef, folder: Path) -> Artifact | None:
        """The artifact of a kind that lies in this folder."""
        return next((artifact for artifact in self.find(kind) if artifact.path == folder), None)

    def refresh(self, kind: ObjectRef | None = None) -> None:
        """Compare with the disk now: everything, or the artifacts of one kind."""
        self.forget()
        self._database.repairing(lambda: self._refresh(kind or ObjectRef(), thorough=True))

    def rebuild(self) -> int:
        """Read everything anew; returns the number of artifacts."""
        self._database.reset()
        self._repos.forget()
        self.refresh()
        count = f"SELECT count(*) FROM artifact a WHERE {_USABLE} AND a.kind_alias <> ''"
        return int(self._database.connection.execute(count).fetchone()[0])

    def note_written(self, path: Path) -> None:
        """An artifact's folder was created or its metadata changed by us."""
        self._database.repairing(lambda: self._reread(path))

    def note_removed(self, path: Path) -> None:
        """An artifact's folder was removed by us."""
        self._database.repairing(lambda: self._reread(path))

    def words(self, kind: ObjectRef) -> tuple[list[str], list[str]]:
        """All aliases and all tags of a kind, for completion and suggestions."""
        found = self.find(kind, thorough=False)
        aliases = sorted({artifact.alias for artifact in found if artifact.alias})
        return aliases, sorted({tag for artifact in found for tag in artifact.tags})

    def kinds_in(self, repo: Repository) -> dict[ObjectRef, int]:
        """Of which kinds the artifacts of a repository are, and how many of each."""
        self.refresh()
        counted = self._database.connection.execute(
            "SELECT a.kind_alias, a.kind_uid, count(*) FROM artifact a JOIN folder f ON f.id = a.folder"
            f" WHERE f.repo = ? AND {_USABLE} AND a.kind_alias <> '' GROUP BY a.kind_alias, a.kind_uid",
            (str(repo.root),),
        )
        return {ObjectRef(alias=alias, uid=uid): count for alias, uid, count in counted}

    # -- implementation ----------------------------------------------------------------------------

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
        self,
        kind: ObjectRef,
        name: ObjectRef,
        tags: TagQuery,
        repos: dict[str, Repository],
        state: str = _USABLE,
    ) -> list[tuple[Path, tuple[Any, ...]]]:
        where, values = [state, "a.kind_alias <> ''"], list[Any]()
        add_kind(where, values, kind)
        add_name(where, values, name)
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
        kind, body, base = (row[10], row[11]), row[13], row[14]

        def read() -> tuple[dict[str, Any], dict[str, Any]]:
            meta = self._stored_meta(path, body)
            if meta is not None and not base:
                return meta, meta
            original = _read_again(path)
            if meta is not None:
                return meta, original
            merged = merge_chain(self._bases, original, ObjectRef(alias=kind[0], uid=kind[1]), path)
            return merged, original

        return Artifact(
            path=path,
            alias=row[8],
            uid=row[9],
            kind=kind,
            tags=tuple(json.loads(row[12])),
            repo=repo,
            read_meta=read,
        )

    def _stored_meta(self, path: Path, body: str | None) -> dict[str, Any] | None:
        try:
            return None if body is None else dict(json.loads(body))
        except (ValueError, TypeError):  # a foreign hand wrote into the file
            self.note_written(path)
            return None

    def _bases(self, kind: ObjectRef, name: ArtifactRef) -> list[Artifact]:
        """What a ``_base`` may mean, from the rows as they are."""
        repos = self._roots(name.repo)
        rows = self._select(kind, name.object, TagQuery(), repos, _READABLE)
        return [self._artifact(path, row, repos[row[5]]) for path, row in rows]

    def _refresh(self, kind: ObjectRef, *, thorough: bool) -> None:
        execute = self._database.connection.execute
        if self._generation != self._database.generation:
            self._generation = self._database.generation
            self.forget()
        token = (str(kind), "thorough" if thorough else "quick")
        if token in self._checked or (str(kind), "thorough") in self._checked:
            return
        relevant = self._relevant_folders(kind) if thorough else set()
        # Folders without metadata may get some, and files that had just been written may have changed.
        unsettled = {row[0] for row in execute(_UNSETTLED)}
        known = {
            (root, name): (number, mtime)
            for number, root, name, mtime in execute("SELECT id, repo, name, mtime FROM folder")
        }
        roots = self._roots(None)
        for root in roots:
            for name in list_folders(Path(root)):
                seen_at = time.time_ns()
                mtime = _mtime(f"{root}/{name}")
                number, old = known.pop((root, name), (0, 0))
                look = "all" if number in relevant else "loose" if number in unsettled else ""
                if not number or mtime != old or look:
                    stamp = mtime if number and mtime == old else settled_mtime(mtime, seen_at)
                    self._refresh_folder(
                        number, (root, name), stamp, look=look, listed=bool(number) and mtime == old
                    )
        gone = [
            number for (root, _), (number, _) in known.items() if root in roots or not Path(root).is_dir()
        ]
        self._forget_folders(gone)
        self._resolve_if_repositories_changed(roots)
        self._checked.add(token)
        self._warn_of_problems(kind)

    def _relevant_folders(self, kind: ObjectRef) -> set[int]:
        """Folders in which artifacts of this kind lie, or those from which others inherit."""
        numbers = self._folders_of(kind)
        for other in kinds_of_bases(self._database.connection):
            numbers |= self._folders_of(other)
        return numbers

    def _folders_of(self, kind: ObjectRef) -> set[int]:
        """Folders in which artifacts of this kind are known to lie."""
        where, values = ["1"], list[Any]()
        add_kind(where, values, kind)
        rows = self._database.connection.execute(
            f"SELECT DISTINCT folder FROM artifact a WHERE {' AND '.join(where)}", values
        )
        return {row[0] for row in rows}

    def _refresh_folder(
        self, number: int, folder: tuple[str, str], stamp: int, *, look: str, listed: bool
    ) -> None:
        """Compare one folder of artifacts with its rows.

        Args:
            folder: root of the repository and name.
            stamp: the time stamp to store.
            look: which artifacts to compare, not only their names: ``all``, ``loose`` (those without
                metadata or with a time stamp that cannot be trusted) or none.
            listed: the names are as stored.
        """
        place = Path(*folder)
        execute = self._database.connection.execute
        changed, gone = set[str](), set[str]()
        if not listed:
            stored = {row[0] for row in execute("SELECT name FROM artifact WHERE folder = ?", (number,))}
            present = set(list_folders(place))
            changed, gone = present - stored, {name for name in stored - present if can_be_looked_at(name)}
        if look:
            some = f" AND id IN (SELECT id FROM ({_UNSETTLED}))" if look == "loose" else ""
            rows = execute(f"SELECT name, {_ROW} FROM artifact WHERE folder = ?{some}", (number,)).fetchall()
            changed.update(name for name in changed_folders(str(place), rows) if name not in gone)
        looks = [(name, look_at(place / name)) for name in sorted(changed)]
        fresh = [finding for _, finding in looks if finding is not None]
        gone.update(name for name, finding in looks if finding is None)
        if listed and not fresh and not gone:
            return
        with self._database.writing() as connection:
            number = put_folder(connection, *folder, stamp)
            if concerns_heirs(connection, store(connection, number, place, fresh, gone)):
                resolve_bases(connection, self._bases)

    def _forget_folders(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        with self._database.writing() as connection:
            lost = [names for number in numbers for names in forget_folder(connection, number)]
            if concerns_heirs(connection, lost):
                resolve_bases(connection, self._bases)

    def _resolve_if_repositories_changed(self, roots: dict[str, Repository]) -> None:
        """A base may lie in a repository that was registered or removed while no file changed."""
        connection = self._database.connection
        if connection.execute("SELECT 1 FROM artifact WHERE base <> '' LIMIT 1").fetchone() is None:
            return
        current = json.dumps(list(roots))
        row = connection.execute("SELECT body FROM document WHERE path = ''").fetchone()
        if row is None or row[0] != current:
            with self._database.writing() as connection:
                resolve_bases(connection, self._bases)
                connection.execute("INSERT OR REPLACE INTO document VALUES ('', '', ?)", (current,))

    def _reread(self, path: Path) -> None:
        """Bring the row of one artifact up to date."""
        root = self._root_of(path.parent.parent)
        if root is None or path.name.startswith("."):
            return
        finding = look_at(path)
        with self._database.writing() as connection:
            number = folder_number(connection, root, path.parent.name)
            if number is None:
                # A new folder gets no trusted time stamp: others may have written into it meanwhile.
                number = put_folder(connection, root, path.parent.name, UNCERTAIN)
            found = [] if finding is None else [finding]
            gone = [] if found else [path.name]
            if concerns_heirs(connection, store(connection, number, path.parent, found, gone)):
                resolve_bases(connection, self._bases)

    def _root_of(self, folder: Path) -> str | None:
        """The root of the repository whose kinds lie in this folder, as the index writes it."""
        for repo in self._repos.list():
            if repo.root == folder:
                return str(repo.root)
        real = folder.resolve()
        return next((str(repo.root) for repo in self._repos.list() if repo.root.resolve() == real), None)

    def _warn_of_problems(self, kind: ObjectRef) -> None:
        rows = self._database.connection.execute(
            "SELECT f.repo, f.name, a.folder, a.problem FROM artifact a JOIN folder f ON f.id = a.folder"
            " WHERE a.problem <> ''"
        ).fetchall()
        if not rows:
            return
        roots, relevant = self._roots(None), self._folders_of(kind)
        for root, name, folder, problem in rows:
            concerns = folder in relevant or kind.matches(name, "")
            if root in roots and concerns and problem not in self._warned:
                self._warned.add(problem)
                self._warn(problem)


def _read_again(path: Path) -> dict[str, Any]:
    try:
        return read_meta(path)
    except NotFoundError as error:
        raise NotFoundError(f"{path} was removed in the meantime") from error


def _mtime(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - called for each folder of each repository
    except (OSError, UnicodeEncodeError):
        return 0
