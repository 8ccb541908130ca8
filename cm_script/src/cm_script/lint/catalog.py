"""All scripts that dependencies may mean, and all artifacts that may be mistaken for one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from cm_core import Repository, TagQuery, UsageError, frozen
from cm_script.lint.recipe import iterate_blocks, iterate_entries
from cm_script.model.meta import ScriptMeta
from cm_script.model.scripttags import ScriptTags, parse_script_tags
from cm_script.model.variation import missing_variations
from cm_script.schema.interface import declared_inputs


@frozen
class Identity:
    """How an artifact is known."""

    kind: str
    alias: str
    uid: str
    path: Path
    repo: Repository


@frozen
class KnownScript:
    """What others need to know of a script.

    Attributes:
        meta: with inheritance.
    """

    path: Path
    alias: str
    tags: frozenset[str]
    meta: Mapping[Any, Any]

    @cached_property
    def variations(self) -> ScriptMeta:
        """Its variations only, whatever else is wrong with the metadata."""
        declared = self.meta.get("variations")
        names = declared if isinstance(declared, Mapping) else {}
        return ScriptMeta.from_mapping(
            {"alias": self.alias, "variations": {str(name): {} for name in names}}, source=str(self.path)
        )

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The inputs that it maps or describes."""
        return frozenset(declared_inputs({str(key): value for key, value in self.meta.items()}))

    def uses_input(self, name: str) -> bool:
        """Whether it declares an input, or its ``customize.py`` names it."""
        return name in self.inputs or f"'{name}'" in self._hooks or f'"{name}"' in self._hooks

    @cached_property
    def _hooks(self) -> str:
        try:
            return (self.path / "customize.py").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


class Catalog:
    """The known scripts, searchable by tags and by the names of their dependencies."""

    def __init__(self, scripts: Iterable[KnownScript], identities: Iterable[Identity]) -> None:
        self.scripts = tuple(scripts)
        self._by_tag: dict[str, set[int]] = defaultdict(set)
        for number, script in enumerate(self.scripts):
            for tag in script.tags:
                self._by_tag[tag].add(number)
        self._twins: dict[tuple[str, str, str], list[Identity]] = defaultdict(list)
        for identity in identities:
            if identity.uid:
                self._twins[identity.kind, "uid", identity.uid.lower()].append(identity)
            if identity.alias:
                self._twins[identity.kind, "alias", identity.alias.lower()].append(identity)

    @property
    def tags(self) -> list[str]:
        """All tags of scripts."""
        return sorted(self._by_tag)

    @cached_property
    def dependency_names(self) -> Mapping[str, tuple[object, ...]]:
        """Name of dependencies anywhere -> the tags of the entries that have it."""
        names: dict[str, list[object]] = defaultdict(list)
        for script in self.scripts:
            for block in iterate_blocks(script.meta):
                for entry in iterate_entries(block):
                    for name in names_in(entry.raw):
                        names[name].append(entry.raw.get("tags"))
        return {name: tuple(tags) for name, tags in names.items()}

    def select(self, tags: ScriptTags) -> list[KnownScript]:
        """Scripts that have the tags; variations are left aside."""
        if tags.required:
            numbers = set.intersection(*(self._by_tag.get(tag, set()) for tag in tags.required))
        else:
            numbers = set(range(len(self.scripts)))
        query = TagQuery(excluded=tags.excluded)
        return [
            self.scripts[number] for number in sorted(numbers) if query.matches(self.scripts[number].tags)
        ]

    def twins(self, identity: Identity, by: str) -> Sequence[Identity]:
        """Others of the kind with the same ``uid`` or ``alias``, whichever ``by`` names."""
        key = identity.uid if by == "uid" else identity.alias
        found = self._twins.get((identity.kind, by, key.lower()), [])
        return [other for other in found if other.path != identity.path]


def names_in(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """The names of a dependency entry, whatever shape they have."""
    value = raw.get("names")
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def static_tags(value: object, *, dynamic: bool = False) -> ScriptTags | None:
    """The tags of an entry as far as they are known before anything runs.

    Args:
        dynamic: the entry belongs to a variation ``name.#``, so ``#`` stands for something.

    Returns:
        ``None`` when they contradict one another.
    """
    words = [word.strip() for word in str(value).split(",")]
    words = [word for word in words if "<<<" not in word and not (dynamic and word.lstrip("-_~") == "#")]
    if dynamic:
        words = [word.replace("#", "1") if word.startswith(("_", "-_")) else word for word in words]
        words = [word for word in words if "#" not in word]
    try:
        return parse_script_tags(words)
    except UsageError:
        return None


def unknown_in(candidates: Iterable[KnownScript], tags: ScriptTags) -> tuple[str, ...]:
    """The variations because of which none of the candidates can be selected; ``()`` when one can."""
    fewest: tuple[str, ...] = ()
    for script in candidates:
        missing = missing_variations(script.variations, tags)
        if not missing:
            return ()
        if not fewest or len(missing) < len(fewest):
            fewest = missing
    return fewest
