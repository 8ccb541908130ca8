"""The SQLite file behind the index: schema, connection, repair. Everything in it can be rebuilt."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from cm_core.base.fsio import replacing
from cm_core.errors import CMError

_Answer = TypeVar("_Answer")
SCHEMA_VERSION = 3
_BUSY_SECONDS = 60.0
# After this long, it is time to ask whether the file system knows locks at all.
_BUSY_AT_FIRST_SECONDS = 2.0
_SCHEMA = """
CREATE TABLE document(path TEXT PRIMARY KEY, signature TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE folder(
  id INTEGER PRIMARY KEY, repo TEXT NOT NULL, name TEXT NOT NULL, mtime INTEGER NOT NULL, UNIQUE(repo, name));
CREATE TABLE artifact(
  id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, name TEXT NOT NULL,
  dir_mtime INTEGER NOT NULL, yaml_mtime INTEGER NOT NULL, yaml_size INTEGER NOT NULL,
  json_mtime INTEGER NOT NULL, json_size INTEGER NOT NULL,
  alias TEXT NOT NULL, alias_key TEXT NOT NULL, uid TEXT NOT NULL,
  kind_alias TEXT NOT NULL, kind_uid TEXT NOT NULL, tags TEXT NOT NULL,
  meta TEXT, base TEXT NOT NULL, problem TEXT NOT NULL, UNIQUE(folder, name));
CREATE INDEX artifact_signature ON artifact(
  folder, name, dir_mtime, yaml_mtime, yaml_size, json_mtime, json_size);
CREATE INDEX artifact_by_kind ON artifact(kind_uid, folder, alias_key);
CREATE INDEX artifact_by_alias ON artifact(alias_key);
CREATE INDEX artifact_without_kind ON artifact(folder) WHERE kind_alias = '';
CREATE INDEX artifact_unsettled ON artifact(folder) WHERE dir_mtime < 0;
CREATE INDEX artifact_by_uid ON artifact(uid);
CREATE INDEX artifact_by_base ON artifact(base) WHERE base <> '';
CREATE INDEX artifact_by_problem ON artifact(problem) WHERE problem <> '';
CREATE TABLE tag(tag TEXT NOT NULL, artifact INTEGER NOT NULL, PRIMARY KEY(tag, artifact)) WITHOUT ROWID;
CREATE INDEX tag_by_artifact ON tag(artifact);
"""


class IndexDatabase:
    """A connection that repairs itself: a damaged or outdated file is replaced by an empty one.

    Where the file cannot be written or locked (a read-only home), a private copy of it is used, and where
    that is impossible, too, one in memory. Whoever forgets to :meth:`close` it leaves no open file behind:
    that happens with the last reference.

    Args:
        private: where the private copy lies; ``None`` when there is no place for one.
    """

    def __init__(self, path: Path, *, private: Callable[[], Path | None] = lambda: None) -> None:
        self._path = path
        self._private = private
        self._connection: sqlite3.Connection | None = None
        self._closing: weakref.finalize[[sqlite3.Connection], IndexDatabase] | None = None
        self._repairing = False
        self._is_private = False
        self._had_no_home = False
        # Changes whenever another, perhaps empty, database was opened.
        self.generation = 0

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection, in autocommit mode."""
        if self._connection is None:
            self._had_no_home = not self._has_home()
            return self._keep(self._open())
        return self._connection

    @property
    def file(self) -> Path | None:
        """The file in use; ``None`` when the index could not be stored on disk."""
        name = self.connection.execute("PRAGMA database_list").fetchone()[2]
        return (self._private() if self._is_private else self._path) if name else None

    def close(self) -> None:
        if self._closing is not None:
            self._closing()
        self._connection = self._closing = None

    def __del__(self) -> None:
        # A session that nobody closed must not keep files open; another thread may not close it, though.
        with contextlib.suppress(sqlite3.Error):
            self.close()

    def reset(self) -> None:
        """Throw the whole index away."""
        self.close()
        for path in filter(None, (self._path, self._private())):
            for suffix in ("", "-wal", "-shm", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that other processes see whole or not at all."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def repairing(self, work: Callable[[], _Answer]) -> _Answer:
        """Run work on the database; a damaged or unusable file is replaced, and the work runs again.

        Raises:
            CMError: when it fails in an empty database, too.
        """
        if self._repairing:
            return work()
        if self._had_no_home and self._has_home():
            self.close()  # The home was created meanwhile: leave the memory.
            self._had_no_home = False
        self._repairing = True
        try:
            return work()
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise  # A defect of ours, not of the file.
        except sqlite3.OperationalError as error:
            # Full, read-only, or locked for a minute: what is needed now can be computed without the file.
            if str(error).startswith("no such"):
                self.reset()
            else:
                self._leave_file()
        except (sqlite3.DatabaseError, json.JSONDecodeError):  # the latter when a foreign hand wrote into it
            self.reset()
        finally:
            self._repairing = False
        try:
            return work()
        except sqlite3.DatabaseError:
            self.close()
            # Windows does not let go of a damaged file that others have open.
            self._keep(self._in_memory(empty=True))
        try:
            return work()
        except sqlite3.Error as error:
            raise CMError(f"the index cannot be used: {error}", hint="run: cm doctor") from error

    def kept_document(self, path: Path, signature: str, read: Callable[[], Any]) -> Any:
        """A parsed file, from the index while its signature is the same, else by ``read()``.

        Args:
            signature: changes when the file does; ``""`` when that cannot be told yet.
        """
        return self.repairing(lambda: self._kept_document(path, signature, read)) if signature else read()

    def _kept_document(self, path: Path, signature: str, read: Callable[[], Any]) -> Any:
        row = self.connection.execute(
            "SELECT body FROM document WHERE path = ? AND signature = ?", (str(path), signature)
        ).fetchone()
        if row is not None:
            return json.loads(row[0])
        data = read()
        body = as_faithful_json(data)
        if body is not None:
            with self.writing() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (str(path), signature, body)
                )
        return data

    def _has_home(self) -> bool:
        # Path.is_dir raises for a home that one may not enter.
        return os.path.isdir(self._path.parent)  # noqa: PTH112

    def _leave_file(self) -> None:
        """Go on with the private copy, or in memory when that is what cannot be used."""
        self.close()
        self._keep(self._in_memory() if self._is_private else self._elsewhere())

    def _keep(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._connection = connection
        self._closing = weakref.finalize(self, _close, connection)
        self.generation += 1
        return connection

    def _open(self) -> sqlite3.Connection:
        self._is_private = False
        if not self._is_usable():
            return self._elsewhere()
        for patience in (_BUSY_AT_FIRST_SECONDS, _BUSY_SECONDS):
            try:
                return self._connect(self._path, patience)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or not _has_locks(self._path.parent):
                    break
            except sqlite3.DatabaseError:
                self.reset()
        return self._elsewhere()

    def _is_usable(self) -> bool:
        """Whether the file may be written and, as far as is known, locked."""
        if not os.path.exists(self._path):  # noqa: PTH110 - as for the home
            return True
        if not os.access(self._path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return False
        private = self._private()
        return private is None or not private.exists() or _has_locks(self._path.parent)

    def _elsewhere(self) -> sqlite3.Connection:
        private = self._private() if self._has_home() else None
        if private is None:
            return self._in_memory()
        with contextlib.suppress(OSError, CMError, sqlite3.Error):
            _make_private(private.parent)
            if not private.exists() and self._path.is_file() and not on_network(private.parent):
                from shutil import copyfile

                # Begin with what the file says; that it is old, or was half written, is noticed later.
                with replacing(private) as copy:
                    copyfile(self._path, copy)
            if _has_locks(private.parent):
                connection = self._connect(private, _BUSY_SECONDS)
                self._is_private = True
                return connection
        return self._in_memory()

    def _in_memory(self, *, empty: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        address = f"{self._path.absolute().as_uri()}?immutable=1"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(address, uri=True)) as source,
        ):
            if not empty and _is_current(source):
                source.backup(connection)
        if not _is_current(connection):
            _create(connection)
        return connection

    def _connect(self, path: Path, patience: float) -> sqlite3.Connection:
        if not os.path.exists(path):  # noqa: PTH110 - as for the home
            # SQLite itself would keep a group from writing, whatever the umask.
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            # The index can be rebuilt, so commits do not wait for the disk; a killed process loses nothing.
            connection.execute("PRAGMA synchronous = NORMAL")
            if not _is_current(connection):
                self._create_alone(connection, path)
            if patience != _BUSY_SECONDS:
                connection.execute(f"PRAGMA busy_timeout = {int(1000 * _BUSY_SECONDS)}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_alone(self, connection: sqlite3.Connection, path: Path) -> None:
        """Create the tables while no other process does: two that switch to logging wait for each other."""
        from cm_core.base.locks import file_lock

        try:
            with file_lock(path.parent / "locks" / "index.lock"):
                if _is_current(connection):
                    return
                if not on_network(path.parent):
                    # Write-ahead logging lets readers and a writer work together; it needs shared memory.
                    connection.execute("PRAGMA journal_mode = WAL")
                _create(connection)
        except CMError as error:
            raise sqlite3.OperationalError(str(error)) from error


def _has_locks(folder: Path) -> bool:
    """Whether the file system has the locks that SQLite needs."""
    from cm_core.base.locks import way_of_locking

    try:
        return way_of_locking(folder) != "lock files"
    except OSError:
        return True


def _make_private(folder: Path) -> None:
    """Make a folder of this user alone: whoever wrote into the index could lead commands to other files.

    Raises:
        OSError: when it cannot be made or belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32" and folder.stat().st_uid != os.geteuid():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _close(connection: sqlite3.Connection) -> None:
    # Garbage may be collected in another thread, where a connection must not be touched.
    with contextlib.suppress(sqlite3.ProgrammingError):
        connection.close()


def _is_current(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        connection.execute(f'DROP TABLE "{table}"')
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def as_faithful_json(data: Any) -> str | None:
    """JSON from which exactly the same data can be read, or ``None`` (dates, keys that are numbers)."""
    try:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        body.encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return body if json.loads(body) == data else None


def on_network(folder: Path) -> bool:
    """Whether a folder is on a file system shared between machines, as far as Linux tells."""
    remote = ("nfs", "cifs", "smb", "lustre", "gpfs", "beegfs", "ceph", "fuse.sshfs", "9p", "afs", "panfs")
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place = str(folder.absolute())
    mounts = [(line.split()[1], line.split()[2]) for line in lines if line.count(" ") > 1]
    inside = [
        (point, kind) for point, kind in mounts if place == point or place.startswith(point.rstrip("/") + "/")
    ]
    return bool(inside) and max(inside, key=lambda mount: len(mount[0]))[1].startswith(remote)
