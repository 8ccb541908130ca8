"""Which scripts a script needs, as far as metadata tell it before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_script.lint.catalog import Catalog, KnownScript, static_tags
from cm_script.lint.recipe import iterate_blocks, iterate_entries
from cm_script.model.scripttags import ScriptTags
from cm_script.model.variation import missing_variations
from cm_script.search import find_scripts

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_script.lint.recipe import Block, Entry

_CONDITIONS = (
    ("enable_if_env", "if", "and"),
    ("enable_if_any_env", "if", "or"),
    ("skip_if_env", "unless", "and"),
    ("skip_if_any_env", "unless", "or"),
)
_VERSIONS = (("version", ""), ("version_min", "≥ "), ("version_max", "≤ "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A script that a dependency may mean: its name and its folder."""

    name: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When an entry counts: ``word`` (if, unless) the tests hold, joined by ``joint`` (and, or).

    Attributes:
        tests: env key, and what its value may be.
    """

    word: str
    joint: str
    tests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An entry of a list of dependencies.

    Attributes:
        phase: ``deps``, ``prehook_deps``, ``posthook_deps``, ``post_deps`` or ``docker.deps``.
        names: by which ``--ad`` and ``--adr`` find it.
        only_with: the variation or version that brings it; empty for one that is always there.
        version: what is asked of the version.
        targets: scripts with these tags; several mean a choice.
    """

    phase: str
    tags: str
    names: tuple[str, ...] = ()
    only_with: str = ""
    conditions: tuple[Condition, ...] = ()
    version: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it runs every time."""
        return not (self.only_with or self.conditions)


class Dependencies:
    """Looks up what the scripts of a session need."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[Path, tuple[Dependency, ...]] = {}

    def of(self, path: Path) -> tuple[Dependency, ...]:
        """The dependencies of the script in a folder, in the order of its metadata."""
        if path not in self._found:
            artifact = self._artifacts.get(path)
            self._found[path] = tuple(self._read(artifact.meta)) if artifact else ()
        return self._found[path]

    def use_input(self, path: Path, name: str) -> bool:
        """Whether a script, or one that it may need, declares an input or reads one of this name."""
        waiting, seen = [path], {path}
        for folder in waiting:
            if folder in self._scripts and self._scripts[folder].uses_input(name):
                return True
            targets = {Path(target.folder) for dependency in self.of(folder) for target in dependency.targets}
            waiting += sorted(targets - seen)
            seen |= targets
        return False

    @cached_property
    def _artifacts(self) -> Mapping[Path, Artifact]:
        return {artifact.path: artifact for artifact in find_scripts(self._session, "", ScriptTags())}

    @cached_property
    def _scripts(self) -> Mapping[Path, KnownScript]:
        return {
            path: KnownScript(path=path, alias=item.name, tags=frozenset(item.tags), meta=item.meta)
            for path, item in self._artifacts.items()
        }

    @cached_property
    def _catalog(self) -> Catalog:
        return Catalog(self._scripts.values(), ())

    def _read(self, meta: Mapping[Any, Any]) -> Iterator[Dependency]:
        for block in iterate_blocks(meta):
            for entry in iterate_entries(block):
                if entry.raw.get("tags"):
                    yield self._dependency(entry, block)

    def _dependency(self, entry: Entry, block: Block) -> Dependency:
        raw = entry.raw
        names = raw.get("names")
        shown = {"variation": f"_{block.name}", "version": f"version {block.name}"}
        return Dependency(
            phase=entry.listed,
            tags=",".join(part.strip() for part in str(raw["tags"]).split(",") if part.strip()),
            names=tuple(map(str, names)) if isinstance(names, list) else (),
            only_with=shown.get(block.level, ""),
            conditions=tuple(_conditions(raw)),
            version=" ".join(f"{sign}{raw[key]}" for key, sign in _VERSIONS if raw.get(key)),
            targets=tuple(self._targets(raw["tags"], dynamic="#" in block.name)),
        )

    def _targets(self, tags: object, *, dynamic: bool) -> Iterator[Target]:
        wanted = static_tags(tags, dynamic=dynamic)
        if wanted is None or not wanted.required:
            return
        fitting = [
            script
            for script in self._catalog.select(wanted)
            if not missing_variations(script.variations, wanted)
        ]
        for script in self._first_repository(fitting):
            yield Target(name=script.alias, folder=str(script.path))

    def _first_repository(self, scripts: Iterable[KnownScript]) -> list[KnownScript]:
        """Those of the repository that comes first in the search order: only they are candidates."""
        ranked = [(self._artifacts[script.path].repo.rank, script) for script in scripts]
        best = min((rank for rank, _ in ranked), default=0)
        return [script for rank, script in ranked if rank == best]


def _conditions(raw: Mapping[Any, Any]) -> Iterator[Condition]:
    for key, word, joint in _CONDITIONS:
        declared = raw.get(key)
        if isinstance(declared, Mapping) and declared:
            tests = tuple((str(name), _values(values)) for name, values in declared.items())
            yield Condition(word=word, joint=joint, tests=tests)
    if raw.get("skip_if_fake_run"):
        yield Condition(word="unless", joint="and", tests=(("--fake_run", "yes"),))


def _values(values: object) -> str:
    listed = values if isinstance(values, list) else [values]
    return " or ".join("yes" if item is True else "no" if item is False else str(item) for item in listed)
