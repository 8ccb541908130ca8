"""Checks of dependencies against the scripts that are known."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from cm_core.base import nearest
from cm_script.lint.catalog import Catalog, KnownScript, names_in, static_tags, unknown_in
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Block, Entry, Recipe, Update, iterate_blocks, iterate_entries
from cm_script.lint.variations import suggestion
from cm_script.model.resolved import DEPENDENCY_KINDS
from cm_script.model.scripttags import ScriptTags
from cm_script.schema import keys

# Placeholders, and names with which people switch an update off.
_MEANT_TO_BE_NOTHING = re.compile(r"<<<|#|[-_](off|disabled)\Z")

_SHOWN = 3
_STRICT = tuple(key.name for key in keys.STRICT_UPDATES)


def check_entries(recipe: Recipe, catalog: Catalog) -> Iterator[Finding]:
    """Whether each entry selects a script that has the variations."""
    for entry in recipe.entries:
        value = entry.raw.get("tags")
        if value is None or value == "":
            message = f"an entry of '{entry.listed}' has no tags, so it never runs"
            meant = nearest("tags", map(str, entry.raw.keys() - {"tags"}), count=1)
            fix = f"write 'tags' instead of '{meant[0]}'" if meant else "add 'tags', or remove it"
            yield recipe.finding("dependency-without-tags", entry.place, message, fix)
        elif not isinstance(value, bool | list | dict):
            yield from _check_tags(recipe, entry, catalog)


def check_updates(recipe: Recipe, catalog: Catalog) -> Iterator[Finding]:
    """Whether ``ad`` and ``adr`` name dependencies, and ask them for variations that they have."""
    own: dict[str, list[Entry]] = {}
    for block in iterate_blocks(recipe.known):
        for entry in iterate_entries(block):
            for name in names_in(entry.raw):
                own.setdefault(name, []).append(entry)
    for update in recipe.updates:
        # What an entry hands on is about the dependencies of that dependency.
        is_own = len(update.place) == len(update.block.place) + 2
        strict = update.key in _STRICT and is_own
        mine = own.get(update.name, []) if is_own else []
        targets = [entry.raw.get("tags") for entry in mine]
        if not strict and not any(_is_there(entry, update.block) for entry in mine):
            targets += catalog.dependency_names.get(update.name, ())
        if targets:
            yield from _check_update(recipe, update, targets, catalog)
            if strict:
                yield from _check_order(recipe, update, mine)
        elif strict:
            yield _unknown_name(recipe, update, "unknown-dependency", list(own))
        elif not _MEANT_TO_BE_NOTHING.search(update.name):
            yield _unknown_name(recipe, update, "unknown-dependency-anywhere", list(catalog.dependency_names))


class Cycles:
    """Circles of dependencies that are on whatever the env and the variations."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._targets: dict[Path, tuple[KnownScript, ...]] = {}

    def check(self, recipe: Recipe) -> Iterator[Finding]:
        """Entries that lead back to the script itself."""
        for entry in recipe.entries:
            target = _certain_target(entry, self._catalog)
            circle = self._way(target, recipe.folder) if target else []
            if circle:
                names = " -> ".join([recipe.name, *circle])
                yield recipe.finding(
                    "dependency-cycle",
                    entry.place,
                    f"the scripts depend on each other: {names}",
                    "give one of these dependencies a condition, or remove it",
                )

    def _way(self, start: KnownScript, goal: Path) -> list[str]:
        """Names of the scripts from ``start`` to the one in the folder ``goal``, if there is a way."""
        came_from: dict[Path, KnownScript | None] = {start.path: None}
        waiting = deque([start])
        while waiting:
            script = waiting.popleft()
            if script.path == goal:
                names = []
                step: KnownScript | None = script
                while step is not None:
                    names.append(step.alias)
                    step = came_from[step.path]
                return names[::-1]
            for target in self._targets_of(script):
                if target.path not in came_from:
                    came_from[target.path] = script
                    waiting.append(target)
        return []

    def _targets_of(self, script: KnownScript) -> tuple[KnownScript, ...]:
        if script.path not in self._targets:
            entries = iterate_entries(next(iterate_blocks(script.meta)))
            found = (_certain_target(entry, self._catalog) for entry in entries)
            self._targets[script.path] = tuple(target for target in found if target)
        return self._targets[script.path]


def _check_tags(recipe: Recipe, entry: Entry, catalog: Catalog) -> Iterator[Finding]:
    tags = static_tags(entry.raw["tags"], dynamic=_is_dynamic(entry.block))
    place = (*entry.place, "tags")
    if tags is None:
        message = f"the tags '{entry.raw['tags']}' both request and exclude something"
        yield recipe.finding("unmatched-dependency", place, message, "remove one of the two")
        return
    if tags.is_empty:
        return
    candidates = catalog.select(tags)
    if not candidates:
        message = f"no known script has the tags '{','.join(tags.required)}'"
        yield recipe.finding("unmatched-dependency", place, message, _tag_advice(tags, catalog))
    elif missing := unknown_in(candidates, tags):
        yield _unknown_variation(recipe, place, entry.title, missing, candidates)


def _unknown_variation(
    recipe: Recipe, place: tuple[str, ...], what: str, missing: tuple[str, ...], candidates: list[KnownScript]
) -> Finding:
    message = f"{what} requests the variation '{missing[0]}', which {_names(candidates)} does not have"
    return recipe.finding(
        "unknown-variation", place, message, suggestion(missing[0], candidates[0].variations)
    )


def _check_update(
    recipe: Recipe, update: Update, targets: list[object], catalog: Catalog
) -> Iterator[Finding]:
    """The variations of an update have to exist in a script that one of the targets may select."""
    value = update.raw.get("tags")
    if not isinstance(value, str):
        return
    wanted = static_tags(value, dynamic=_is_dynamic(update.block))
    if wanted is None or not (wanted.variations or wanted.required):
        return
    candidates: dict[Path, KnownScript] = {}
    for tags in targets:
        known = static_tags(tags, dynamic=True)
        if known is None or not known.required:
            return
        candidates.update({script.path: script for script in catalog.select(known)})
    place, what = (*update.place, "tags"), f"'{update.key}' for '{update.name}'"
    fitting = [script for script in candidates.values() if script.tags.issuperset(wanted.required)]
    if candidates and not fitting:
        asked = ",".join(wanted.required)
        message = f"{what} requests the tags '{asked}', which {_names(candidates.values())} does not have"
        fix = "write an underscore before variations, or correct the tags"
        yield recipe.finding("unmatched-dependency", place, message, fix)
    elif missing := unknown_in(fitting, ScriptTags(variations=wanted.variations)):
        yield _unknown_variation(recipe, place, what, missing, fitting)


def _names(scripts: Iterable[KnownScript]) -> str:
    names = sorted({script.alias for script in scripts})
    rest = f" or {len(names) - _SHOWN} others" if len(names) > _SHOWN else ""
    return " or ".join(names[:_SHOWN]) + rest


def _is_there(entry: Entry, block: Block) -> bool:
    """Whether an entry is among the dependencies whenever a block is on."""
    return entry.block.level == "script" or entry.block.place == block.place


def _check_order(recipe: Recipe, update: Update, targets: list[Entry]) -> Iterator[Finding]:
    """``ad`` changes what is there when its block is applied: later variations have not brought theirs."""
    block = update.block
    before = {block.name, *_bases(block), *block.name.split(",")[:1]}
    if any(entry.block.level != "variation" or entry.block.name in before for entry in targets):
        return
    others = " or ".join(sorted({f"_{entry.block.name}" for entry in targets})[:3])
    yield recipe.finding(
        "dependency-of-variation",
        update.place,
        f"'{update.key}' names '{update.name}', which only {others} adds; this fails unless it comes first",
        f"write 'adr', or make {others} a base of this variation",
    )


def _bases(block: Block) -> set[str]:
    bases = block.raw.get("base")
    found = {str(base) for base in bases} if isinstance(bases, list) else set()
    return found | {f"{base.partition('.')[0]}.#" for base in found if "." in base}


def _unknown_name(recipe: Recipe, update: Update, rule: str, known: list[str]) -> Finding:
    near = nearest(update.name, known, count=2)
    whose = "of this script" if rule == "unknown-dependency" else "of a known script"
    message = f"'{update.key}' names '{update.name}', but no dependency {whose} has this name"
    fix = f"write {' or '.join(near)}" if near else "add it to the 'names' of the dependency, or remove it"
    return recipe.finding(rule, update.place, message, fix)


def _tag_advice(tags: ScriptTags, catalog: Catalog) -> str:
    known = catalog.tags
    for tag in tags.required:
        if tag not in known:
            near = nearest(tag, known, count=2)
            meant = f"did you mean {' or '.join(near)}? if not, " if near else ""
            return f"{meant}register the repository that has such a script"
    return "correct the tags, or register the repository that has such a script"


def _is_dynamic(block: Block) -> bool:
    return any(part.endswith(".#") for part in block.name.split(","))


def _certain_target(entry: Entry, catalog: Catalog) -> KnownScript | None:
    """The script that an entry runs whatever happens, if there is exactly one."""
    raw = entry.raw
    if entry.block.level != "script" or entry.listed not in DEPENDENCY_KINDS:
        return None
    uncertain = (
        *keys.CONDITIONS,
        keys.SKIP_IF_FAKE_RUN,
        keys.UPDATE_TAGS_FROM_ENV,
        keys.UPDATE_TAGS_WITH_PREFIX,
    )
    if any(raw.get(key.name) for key in uncertain) or "<<<" in str(raw.get("tags")):
        return None
    tags = static_tags(raw.get("tags"))
    # With variations it is another run of the script, perhaps one without this dependency.
    if tags is None or not tags.required or tags.variations:
        return None
    found = catalog.select(tags)
    return found[0] if len(found) == 1 else None
