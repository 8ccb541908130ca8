"""A recipe under examination: its files, its blocks and its dependency entries with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cm_core import META_NAME, MISNAMED, Repository, frozen, misnamed_meta
from cm_script.lint.document import Document, Place, read_document
from cm_script.lint.finding import Finding
from cm_script.model.resolved import DEPENDENCY_KINDS
from cm_script.schema import keys


@frozen
class Block:
    """A set of keys that is applied together: the top level, a variation or a version.

    Attributes:
        name: of the variation or version, ``""`` for the top level.
    """

    level: str
    place: Place
    raw: Mapping[Any, Any]
    name: str = ""

    @property
    def conditional(self) -> Iterator[tuple[Place, Mapping[Any, Any]]]:
        """Places and entries of ``update_meta_if_env``."""
        name = keys.CONDITIONAL.name
        items = self.raw.get(name)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                yield (*self.place, name, str(position)), item

    @property
    def find_tool(self) -> tuple[str, Place, Mapping[Any, Any]] | None:
        """Level, place and content of ``find_tool``."""
        name = keys.FIND_TOOL.name
        described = self.raw.get(name)
        return (name, (*self.place, name), described) if isinstance(described, Mapping) else None


@frozen
class Entry:
    """A dependency entry.

    Attributes:
        listed: the key of its list, such as ``deps``.
        block: where that list is.
    """

    place: Place
    raw: Mapping[Any, Any]
    listed: str
    block: Block

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the dependency '{self.raw.get('tags') or '?'}'"


@frozen
class Update:
    """What ``ad`` or ``adr`` say about the dependencies of one name."""

    key: str
    name: str
    place: Place
    raw: Mapping[Any, Any]
    block: Block


@frozen
class Recipe:
    """An artifact's folder as it is on disk.

    Attributes:
        documents: its metadata files, those that win last.
        inherited: the metadata with what ``_base`` brings; only names are looked up in it.
    """

    folder: Path
    repo: Repository
    documents: tuple[Document, ...]
    inherited: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, folder: Path, repo: Repository) -> Recipe:
        """Read the metadata files of a folder, those that exist; or the file that was meant to be one."""
        paths = (folder / f"{META_NAME}.yaml", folder / f"{META_NAME}.json")
        documents = [read_document(path) for path in paths if path.is_file()]
        if not documents and (near := misnamed_meta(folder)):
            documents = [Document(path=near, problem=MISNAMED)]
        return cls(folder=folder, repo=repo, documents=tuple(documents))

    @cached_property
    def meta(self) -> dict[Any, Any]:
        """The metadata as written."""
        merged: dict[Any, Any] = {}
        for document in self.documents:
            merged.update(document.data)
        return merged

    @property
    def known(self) -> Mapping[Any, Any]:
        """The metadata with inheritance, for looking up what is declared."""
        return self.meta if self.inherited is None else self.inherited

    @property
    def name(self) -> str:
        """What reports call it."""
        return str(self.meta.get("alias") or self.folder.name)

    @property
    def is_readable(self) -> bool:
        """Whether all its metadata could be read."""
        return not any(document.problem for document in self.documents)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The top level, then all variations and versions that are blocks."""
        return tuple(iterate_blocks(self.meta))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All dependency entries."""
        return tuple(entry for block in self.blocks for entry in iterate_entries(block))

    @cached_property
    def updates(self) -> tuple[Update, ...]:
        """All updates of dependencies."""
        return tuple(update for block in self.blocks for update in iterate_updates(block))

    def finding(self, rule: str, place: Place, message: str, fix: str) -> Finding:
        """A finding about a place in the metadata."""
        document = self._document_of(place)
        return Finding(
            path=document.path if document else self.folder,
            line=document.line_of(place) if document else 1,
            rule=rule,
            message=message,
            fix=fix,
            artifact=self.name,
        )

    def _document_of(self, place: Place) -> Document | None:
        for document in reversed(self.documents):
            if place[:1] in document.lines:
                return document
        return self.documents[-1] if self.documents else None


def iterate_blocks(meta: Mapping[Any, Any]) -> Iterator[Block]:
    """The top level, then all variations and versions; what is no block is left out."""
    yield Block(level="script", place=(), raw=meta)
    levels: tuple[tuple[str, str], ...] = (("variations", "variation"), ("versions", "version"))
    for key, level in levels:
        blocks = meta.get(key)
        for name, raw in blocks.items() if isinstance(blocks, Mapping) else ():
            if isinstance(raw, Mapping):
                yield Block(level=level, place=(key, str(name)), raw=raw, name=str(name))


def iterate_entries(block: Block) -> Iterator[Entry]:
    """The dependency entries of a block, those for containers among them."""
    for kind in DEPENDENCY_KINDS:
        yield from _listed_entries(block, block.raw, (kind,), kind)
    docker = block.raw.get("docker")
    if isinstance(docker, Mapping):
        for key in ("deps", "build_deps"):
            yield from _listed_entries(block, docker, ("docker", key), f"docker.{key}")


def iterate_updates(block: Block) -> Iterator[Update]:
    """The updates of a block, then those that its entries hand on."""
    yield from _updates(block, block.raw, block.place)
    for entry in iterate_entries(block):
        yield from _updates(block, entry.raw, entry.place)


def _listed_entries(block: Block, raw: Mapping[Any, Any], where: Place, listed: str) -> Iterator[Entry]:
    entries = raw.get(where[-1])
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, Mapping):
            place = (*block.place, *where, str(position))
            yield Entry(place=place, raw=entry, listed=listed, block=block)


def _updates(block: Block, raw: Mapping[Any, Any], place: Place) -> Iterator[Update]:
    for key in (key.name for key in keys.UPDATES):
        updates = raw.get(key)
        for name, update in updates.items() if isinstance(updates, Mapping) else ():
            if isinstance(update, Mapping):
                here = (*place, key, str(name))
                yield Update(key=key, name=str(name), place=here, raw=update, block=block)
