"""Checks of keys: known, misspelt, in the wrong place, twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cm_script.flags import Run
from cm_script.lint.catalog import Catalog, static_tags
from cm_script.lint.document import Place
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Entry, Recipe
from cm_script.schema.table import PLACES, KeyTable, meant_key

_ENV_KEY = re.compile(r"\+?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\Z")
_OPTIONS = frozenset(Run.__by_key__)
# Dictionaries whose keys people put beside them instead of into them.
_INSIDE = ("docker", "find_tool")

# Keys that look as if they did something: (level, key) -> what to do.
_WITHOUT_EFFECT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("script", "docker_input_mapping"): "put it into 'docker', or remove it",
        ("script", "force_cache"): "write 'cache: true', or 'can_force_cache: true' to leave it to the user",
        ("script", "const"): "write 'env', or put 'const' into a variation",
        ("script", "const_state"): "write 'state', or put 'const_state' into a variation",
        ("variation", "default_variation"): "write 'default_variations' with a group for each, or 'base'",
        ("variation", "warnings"): "write 'warning' with one sentence",
        ("variation", "names"): "name dependencies in 'deps', or remove it",
        ("variation", "default_gui"): "remove it",
        ("variation", "add_deps_tags"): "write 'ad' with the name of a dependency and its 'tags'",
        ("version", "warnings"): "write 'warning' with one sentence",
        ("dependency", "extra_cache_rm_tags"): "remove it",
    }
)


def check_duplicates(recipe: Recipe) -> Iterator[Finding]:
    """Keys that stand twice in one file."""
    for document in recipe.documents:
        for twice in document.duplicates:
            rule, said, fix = "duplicate-key", "the value in line {} is lost", "join the two, or remove one"
            if twice.same:
                rule, said, fix = "repeated-key", "line {} has the same value", "remove one of them"
            yield Finding(
                path=document.path,
                line=twice.line,
                rule=rule,
                message=f"the key '{twice.place[-1]}' is repeated here; {said.format(twice.first_line)}",
                fix=fix,
                artifact=recipe.name,
            )


def check_keys(recipe: Recipe, table: KeyTable) -> Iterator[Finding]:
    """Keys of the top level, of variations, versions, container settings and descriptions of inputs."""
    check = _Check(recipe, table)
    for block in recipe.blocks:
        yield from check.unknown(block.level, block.place, block.raw)
        docker = block.raw.get("docker")
        if isinstance(docker, Mapping):
            yield from check.misspelt("docker", (*block.place, "docker"), docker)
        if tool := block.find_tool:
            yield from check.unknown(*tool)
        for place, update in block.conditional:
            yield from check.unknown("conditional", place, update)
    described = recipe.meta.get("input_description")
    for name, facts in described.items() if isinstance(described, Mapping) else ():
        if isinstance(facts, Mapping):
            yield from check.unknown("input", ("input_description", str(name)), facts)


def check_entry_keys(recipe: Recipe, catalog: Catalog, table: KeyTable) -> Iterator[Finding]:
    """Keys of dependency entries: instructions, options, or inputs of the script that is meant."""
    check = _Check(recipe, table)
    for entry in recipe.entries:
        for key in entry.raw:
            name = str(key)
            if name in table.at("dependency") or name in _OPTIONS or name.startswith("docker_"):
                continue
            finding = check.entry_key(entry, name, catalog)
            if finding:
                yield finding


class _Check:
    """Looks keys of one recipe up in the table."""

    def __init__(self, recipe: Recipe, table: KeyTable) -> None:
        self._recipe = recipe
        self._table = table

    def unknown(self, level: str, place: Place, raw: Mapping[Any, Any]) -> Iterator[Finding]:
        """Keys that nobody reads at a level."""
        known = self._table.at(level)
        for key in raw:
            name = str(key)
            if name in known:
                continue
            here, where = (*place, name), PLACES[level]
            if advice := _WITHOUT_EFFECT.get((level, name)):
                message = f"'{name}' has no effect {where}"
                yield self._recipe.finding("key-without-effect", here, message, advice)
            elif other := self._table.level_of(name, *_INSIDE):
                yield self._misplaced_finding(here, where, other, meant_key(name, known))
            else:
                yield self._misspelt_or_unknown(here, where, known)

    def misspelt(self, level: str, place: Place, raw: Mapping[Any, Any]) -> Iterator[Finding]:
        """Slips only: plugins may know more keys than they announce."""
        known = self._table.at(level)
        for key in raw:
            name = str(key)
            if meant := "" if name in known else meant_key(name, known):
                yield self._misspelt((*place, name), PLACES[level], meant)

    def entry_key(self, entry: Entry, name: str, catalog: Catalog) -> Finding | None:
        """A key of a dependency that is neither an instruction nor an option."""
        place = (*entry.place, name)
        tags = static_tags(entry.raw.get("tags"), dynamic=entry.block.name.endswith(".#"))
        candidates = catalog.select(tags) if tags and tags.required else []
        if any(script.uses_input(name) for script in candidates):
            return None
        where = PLACES["dependency"]
        if advice := _WITHOUT_EFFECT.get(("dependency", name)):
            return self._recipe.finding(
                "key-without-effect", place, f"'{name}' has no effect {where}", advice
            )
        inputs = {word for script in candidates for word in script.inputs}
        meant = meant_key(name, {*self._table.at("dependency"), *_OPTIONS, *inputs})
        if other := self._table.level_of(name):
            return self._misplaced_finding(place, where, other, meant)
        if meant:
            return self._misspelt(place, where, meant)
        if not candidates:
            return None
        names = " or ".join(sorted(script.alias for script in candidates)[:3])
        return self._recipe.finding(
            "unknown-input",
            place,
            f"'{name}' is an input that {names} does not have",
            "remove it, or add it to 'input_mapping' there",
        )

    def _misplaced_finding(self, place: Place, where: str, other: str, meant: str) -> Finding:
        name = place[-1].strip()
        message = f"'{name}' has no effect {where}: it only has a meaning {PLACES[other]}"
        fix = f"move it, or write '{meant}'" if meant else "move it (look at the indentation), or remove it"
        return self._recipe.finding("key-without-effect", place, message, fix)

    def _misspelt(self, place: Place, where: str, meant: str) -> Finding:
        message = f"the key '{place[-1]}' is unknown {where}; did you mean '{meant}'?"
        return self._recipe.finding("misspelt-key", place, message, f"write '{meant}'")

    def _misspelt_or_unknown(self, place: Place, where: str, known: Iterable[str]) -> Finding:
        name = place[-1]
        if _ENV_KEY.match(name):
            message = f"'{name}' looks like an environment key, but is directly {where}"
            return self._recipe.finding("misspelt-key", place, message, f"put '{name}' into 'env'")
        if meant := meant_key(name, known):
            return self._misspelt(place, where, meant)
        return self._recipe.finding(
            "unknown-key", place, f"nothing reads the key '{name}' {where}", "remove it"
        )
