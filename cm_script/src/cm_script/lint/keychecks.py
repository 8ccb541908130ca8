"""Checks of keys: known, misspelt, in the wrong place, twice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cm_script.lint.catalog import Catalog, static_tags
from cm_script.lint.document import Place
from cm_script.lint.finding import Finding
from cm_script.lint.keys import KNOWN, PLACES, WITHOUT_EFFECT, Level
from cm_script.lint.recipe import Entry, Recipe
from cm_script.options import RUN_OPTIONS

_ENV_KEY = re.compile(r"\+?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\Z")
_SWITCHED_OFF = re.compile(r"_(off|disabled?|old|orig|todo|unused)\Z", re.IGNORECASE)
_ALIKE = 0.8
_OPTIONS = frozenset(option.name for option in RUN_OPTIONS) | {
    "quiet",
    "force_new_env_keys",
    "force_new_state_keys",
    "docker",
}


def check_duplicates(recipe: Recipe) -> Iterator[Finding]:
    """Keys that stand twice in one file."""
    for document in recipe.documents:
        for twice in document.duplicates:
            rule, said, fix = "duplicate-key", "what line {} says is lost", "join the two, or remove one"
            if twice.same:
                rule, said, fix = "repeated-key", "line {} says the same", "remove one of them"
            yield Finding(
                path=document.path,
                line=twice.line,
                rule=rule,
                message=f"the key '{twice.place[-1]}' stands here again; {said.format(twice.first_line)}",
                fix=fix,
                artifact=recipe.name,
            )


def check_keys(recipe: Recipe) -> Iterator[Finding]:
    """Keys of the top level, of variations, versions and container settings."""
    for block in recipe.blocks:
        yield from _unknown_keys(recipe, block.level, block.place, block.raw)
        docker = block.raw.get("docker")
        if isinstance(docker, Mapping):
            yield from _misspelt_only(recipe, (*block.place, "docker"), docker)


def check_entry_keys(recipe: Recipe, catalog: Catalog) -> Iterator[Finding]:
    """Keys of dependency entries: instructions, options, or inputs of the script that is meant."""
    for entry in recipe.entries:
        for key in entry.raw:
            name = str(key)
            if name in KNOWN["dependency"] or name in _OPTIONS or name.startswith("docker_"):
                continue
            finding = _entry_key(recipe, entry, name, catalog)
            if finding:
                yield finding


def _unknown_keys(recipe: Recipe, level: Level, place: Place, raw: Mapping[Any, Any]) -> Iterator[Finding]:
    for key in raw:
        name = str(key)
        if name in KNOWN[level]:
            continue
        here, where = (*place, name), PLACES[level]
        if advice := WITHOUT_EFFECT.get((level, name)):
            yield recipe.finding("key-without-effect", here, f"'{name}' has no effect {where}", advice)
        elif other := _level_of(name):
            yield _misplaced(recipe, here, where, other, _nearest(name, KNOWN[level]))
        else:
            yield _misspelt_or_unknown(recipe, here, where, KNOWN[level])


def _misplaced(recipe: Recipe, place: Place, where: str, other: Level, meant: str) -> Finding:
    name = place[-1].strip()
    message = f"'{name}' has no effect {where}: it means something {PLACES[other]}"
    fix = f"move it, or write '{meant}'" if meant else "move it (look at the indentation), or remove it"
    return recipe.finding("key-without-effect", place, message, fix)


def _misspelt_or_unknown(recipe: Recipe, place: Place, where: str, known: Iterable[str]) -> Finding:
    name = place[-1]
    if _ENV_KEY.match(name):
        message = f"'{name}' looks like a key of the environment, but stands directly {where}"
        return recipe.finding("misspelt-key", place, message, f"put '{name}' into 'env'")
    if meant := _nearest(name, known):
        message = f"the key '{name}' is unknown {where}; did you mean '{meant}'?"
        return recipe.finding("misspelt-key", place, message, f"write '{meant}'")
    return recipe.finding("unknown-key", place, f"nobody reads the key '{name}' {where}", "remove it")


def _misspelt_only(recipe: Recipe, place: Place, raw: Mapping[Any, Any]) -> Iterator[Finding]:
    """Container settings: plugins may know more of them than we do, so only slips are reported."""
    for key in raw:
        name = str(key)
        meant = "" if name in KNOWN["docker"] else _nearest(name, KNOWN["docker"])
        if meant:
            message = f"the key '{name}' is unknown in 'docker'; did you mean '{meant}'?"
            yield recipe.finding("misspelt-key", (*place, name), message, f"write '{meant}'")


def _entry_key(recipe: Recipe, entry: Entry, name: str, catalog: Catalog) -> Finding | None:
    place = (*entry.place, name)
    tags = static_tags(entry.raw.get("tags"), dynamic=entry.block.name.endswith(".#"))
    candidates = catalog.select(tags) if tags and tags.required else []
    if any(script.uses_input(name) for script in candidates):
        return None
    if advice := WITHOUT_EFFECT.get(("dependency", name)):
        return recipe.finding("key-without-effect", place, f"'{name}' has no effect in a dependency", advice)
    inputs = {word for script in candidates for word in script.inputs}
    meant = _nearest(name, {*KNOWN["dependency"], *_OPTIONS, *inputs})
    if other := _level_of(name):
        return _misplaced(recipe, place, PLACES["dependency"], other, meant)
    if meant:
        message = f"the key '{name}' is unknown in a dependency; did you mean '{meant}'?"
        return recipe.finding("misspelt-key", place, message, f"write '{meant}'")
    if not candidates:
        return None
    names = " or ".join(sorted(script.alias for script in candidates)[:3])
    return recipe.finding(
        "unknown-input",
        place,
        f"'{name}' is an input that {names} does not have",
        "remove it, or add it to 'input_mapping' there",
    )


def _level_of(name: str) -> Level | None:
    """The level at which a key has a meaning."""
    for level in ("variation", "script", "dependency"):
        if name.strip() in KNOWN[level]:
            return level
    return None


def _nearest(name: str, known: Iterable[str]) -> str:
    """The key that somebody probably meant; ``""`` when none is alike, or the name says that it is off."""
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if _SWITCHED_OFF.search(word):
        return ""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=_ALIKE)
    return near[0] if near and near[0] != name else ""
