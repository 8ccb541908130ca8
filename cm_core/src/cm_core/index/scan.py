"""What the disk says about artifacts: folders, signatures, and the record the index keeps of each."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cm_core.base.frozen import frozen, replace
from cm_core.base.fsio import UNCERTAIN, settled_mtime
from cm_core.errors import CMError, NotFoundError
from cm_core.index.database import as_faithful_json
from cm_core.meta import META_NAME, check_identity, read_meta
from cm_core.model.tags import split_tags

YAML_FILE = f"{META_NAME}.yaml"
JSON_FILE = f"{META_NAME}.json"
_LOOKALIKES = (f"{META_NAME}.yml", "cm.yaml", "cm.yml", "cm.json")


class Signature(NamedTuple):
    """Times (ns) and sizes that change whenever an artifact's metadata do; 0 for a missing file."""

    dir_mtime: int = 0
    yaml_mtime: int = 0
    yaml_size: int = 0
    json_mtime: int = 0
    json_size: int = 0


@frozen
class Record:
    """One row of the index.

    Attributes:
        name: the folder's name.
        meta: the metadata as JSON; ``None`` when JSON cannot hold them and the files must be read.
        base: the artifact from which it inherits; ``""`` for most.
        problem: why it cannot be used; ``""`` when it can. A folder without metadata has no kind, and a
            problem only when a file has nearly the right name.
    """

    name: str
    signature: Signature
    alias: str = ""
    uid: str = ""
    kind_alias: str = ""
    kind_uid: str = ""
    tags: tuple[str, ...] = ()
    meta: str | None = None
    base: str = ""
    problem: str = ""


def sign(folder: str) -> Signature | None:
    """The signature of an artifact's folder, or ``None`` when there is no such folder."""
    try:
        directory = os.stat(folder).st_mtime_ns  # noqa: PTH116 - called for each artifact, a Path costs more
    except (OSError, UnicodeEncodeError):  # the latter where the locale knows fewer letters than the index
        return None
    times = []
    for name in (YAML_FILE, JSON_FILE):
        try:
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116
            times += [status.st_mtime_ns, status.st_size]
        except OSError:
            times += [0, 0]
    return Signature(directory, *times)


@frozen
class Finding:
    """What a look at an artifact's folder gave: its record, and its signature before it was read."""

    signature: Signature
    record: Record


def look_at(folder: Path) -> Finding | None:
    """Read an artifact's own metadata, or ``None`` when there is no such folder.

    Inheritance is resolved later, by the index.
    """
    seen_at = time.time_ns()
    signature = sign(str(folder))
    if signature is None:
        return None
    return Finding(signature=signature, record=_read_record(folder, signature, seen_at))


def changed_folders(place: str, rows: Iterable[tuple[str, int, int, int, int, int]]) -> Iterator[str]:
    """Names of the artifacts' folders that no longer have the signature of their row.

    This is the inner loop of every search: two system calls for an artifact that did not change. A file
    that did not exist needs no look, since its folder's time stamp changes when it appears.

    Args:
        place: the folder of the kind.
        rows: name and signature, as stored.
    """
    look = os.stat
    folder = None
    if look in os.supports_dir_fd:
        try:
            folder = os.open(place, os.O_RDONLY)
        except OSError:  # removed or locked away meanwhile
            yield from (row[0] for row in rows)
            return
    prefix = "" if folder is not None else f"{place}/"
    try:
        for name, dir_mtime, yaml_mtime, yaml_size, json_mtime, json_size in rows:
            path = prefix + name
            try:
                same = look(path, dir_fd=folder).st_mtime_ns == dir_mtime
                if same and yaml_mtime:
                    status = look(f"{path}/{YAML_FILE}", dir_fd=folder)
                    same = status.st_mtime_ns == yaml_mtime and status.st_size == yaml_size
                if same and json_mtime:
                    status = look(f"{path}/{JSON_FILE}", dir_fd=folder)
                    same = status.st_mtime_ns == json_mtime and status.st_size == json_size
            except UnicodeEncodeError:
                same = True  # nothing can be said of it
            except OSError:
                same = False
            if not same:
                yield name
    finally:
        if folder is not None:
            os.close(folder)


def can_be_looked_at(name: str) -> bool:
    """Whether the locale of this process has the letters of a name; the index may be of one that has more."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def _read_record(folder: Path, signature: Signature, seen_at: int) -> Record:
    times = (signature.dir_mtime, signature.yaml_mtime, signature.json_mtime)
    # Of a folder that is closed to this user, others who use the index may see more.
    is_open = os.access(folder, os.X_OK)
    certain = is_open and all(settled_mtime(mtime, seen_at) == mtime for mtime in times if mtime)
    mark = signature if certain else signature._replace(dir_mtime=UNCERTAIN)
    empty = Record(name=folder.name, signature=mark)
    if not signature.yaml_mtime and not signature.json_mtime:
        near = misnamed_meta(folder) if is_open else None
        return replace(empty, problem=f"{near} {MISNAMED}") if near else empty
    try:
        meta = read_meta(folder)
        check_identity(meta, str(folder / (YAML_FILE if signature.yaml_mtime else JSON_FILE)))
    except NotFoundError:
        return empty
    except CMError as error:
        return replace(empty, problem=str(error))
    return make_record(empty, meta, folder.parent.name)


MISNAMED = f"is not read: metadata are in {YAML_FILE} or {JSON_FILE}, so rename it"


def misnamed_meta(folder: Path) -> Path | None:
    """A file of a folder without metadata that was probably meant to hold them."""
    return next((path for name in _LOOKALIKES if (path := folder / name).is_file()), None)


def make_record(empty: Record, meta: Mapping[str, Any], kind_folder: str) -> Record:
    """Fill in what searches need from (merged) metadata."""
    return replace(
        empty,
        alias=meta.get("alias") or "",
        uid=(meta.get("uid") or "").lower(),
        # Metadata of other tools may not name their kind; then the folder does, as in the original.
        kind_alias=meta.get("automation_alias") or kind_folder,
        kind_uid=(meta.get("automation_uid") or "").lower(),
        tags=split_tags(meta.get("tags")),
        meta=as_faithful_json(dict(meta)),
        base=str(meta.get("_base") or ""),
    )


def list_folders(path: Path) -> Iterator[str]:
    """Names of the visible sub-folders, including links to folders; none if the folder cannot be read.

    Names that are not text are left out, since no index and no JSON document could hold them.
    """
    try:
        entries = os.scandir(path)
    except OSError:
        return
    with entries:
        for entry in entries:
            try:
                if not entry.name.startswith(".") and entry.is_dir():
                    entry.name.encode()
                    yield entry.name
            except (OSError, UnicodeEncodeError):
                continue


def row_of(record: Record, folder: int) -> tuple[Any, ...]:
    """The values of the table ``artifact`` after ``id``."""
    mark = record.signature
    return (
        folder,
        record.name,
        mark.dir_mtime,
        mark.yaml_mtime,
        mark.yaml_size,
        mark.json_mtime,
        mark.json_size,
        record.alias,
        record.alias.lower(),
        record.uid,
        record.kind_alias.lower(),
        record.kind_uid,
        json.dumps(record.tags, ensure_ascii=False),
        record.meta,
        record.base,
        record.problem,
    )
