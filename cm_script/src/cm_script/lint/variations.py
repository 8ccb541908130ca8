"""Checks of variations and their groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cm_core.base import nearest
from cm_script.lint.document import Place
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Block, Recipe
from cm_script.model.meta import ScriptMeta
from cm_script.model.variation import match_variation


def check_variations(recipe: Recipe) -> Iterator[Finding]:
    """Names of variations and groups inside one script."""
    declared = recipe.known.get("variations")
    names = [str(name) for name in declared] if isinstance(declared, Mapping) else []
    known = _Known(recipe, ScriptMeta.from_mapping({"variations": {name: {} for name in names}}))
    yield from known.expect(recipe.meta.get("default_variation"), ("default_variation",), "default_variation")
    for key in ("valid_variation_combinations", "invalid_variation_combinations"):
        lists = recipe.meta.get(key)
        for number, words in enumerate(lists if isinstance(lists, list) else ()):
            for position, word in enumerate(words if isinstance(words, list) else ()):
                yield from known.expect(word, (key, str(number), str(position)), key)
    groups = _groups(recipe)
    for block in recipe.blocks:
        if block.level == "variation":
            yield from _check_block(recipe, block, known, groups)
    yield from _check_groups(recipe)


class _Known:
    """The variations of a recipe."""

    def __init__(self, recipe: Recipe, variations: ScriptMeta) -> None:
        self._recipe = recipe
        self._variations = variations

    def expect(self, name: object, place: Place, where: str) -> Iterator[Finding]:
        """A finding when there is no such variation; what is no text is another check's business."""
        if name is None or isinstance(name, bool | list | dict):
            return
        word = str(name).strip()
        if not word or "<<<" in word or match_variation(self._variations, word):
            return
        yield self._recipe.finding(
            "unknown-variation",
            place,
            f"{where} names the variation '{word}', which does not exist",
            suggestion(word, self._variations),
        )


def suggestion(name: str, variations: ScriptMeta) -> str:
    """What to do about an unknown variation."""
    if name.startswith("_") and match_variation(variations, name[1:]):
        return f"write {name[1:]}, without the underscore"
    single = [word for word in variations.variations if "," not in word]
    near = nearest(name, single, count=2)
    return f"write {' or '.join(near)}, or declare it" if near else "declare it, or remove it here"


def _check_block(
    recipe: Recipe, block: Block, known: _Known, groups: Mapping[str, list[str]]
) -> Iterator[Finding]:
    raw, place = block.raw, block.place
    parts = [part.strip() for part in block.name.split(",")] if "," in block.name else []
    for part in parts:
        yield from known.expect(part, place, f"the combination '{block.name}'")
    yield from _impossible(recipe, block, parts, groups)
    bases = raw.get("base")
    for position, base in enumerate(bases if isinstance(bases, list) else ()):
        # `#` in a base is replaced by the value of this variation.
        if "#" not in str(base):
            yield from known.expect(base, (*place, "base", str(position)), f"'base' of '{block.name}'")
    yield from known.expect(raw.get("alias"), (*place, "alias"), f"'alias' of '{block.name}'")
    defaults = raw.get("default_variations")
    for group, name in defaults.items() if isinstance(defaults, Mapping) else ():
        here = (*place, "default_variations", str(group))
        if str(group) not in groups and recipe.inherited is None:
            message = (
                f"'default_variations' of '{block.name}' names the group '{group}', which does not exist"
            )
            near = nearest(str(group), groups, count=2)
            fix = f"write {' or '.join(near)}" if near else "give the variations of the group that 'group'"
            yield recipe.finding("unknown-group", here, message, fix)
        yield from known.expect(name, here, f"'default_variations' of '{block.name}'")
    if raw.get("alias") and ("group" in raw or "default" in raw):
        message = (
            f"the variation '{block.name}' has both 'alias' and '{'group' if 'group' in raw else 'default'}'"
        )
        yield recipe.finding("alias-and-group", place, message, "remove one of them")
    elif "default" in raw and not raw.get("group"):
        message = f"'default' of the variation '{block.name}' has no effect without 'group'"
        fix = "add 'group', or write 'default_variation' at the top level"
        yield recipe.finding("default-without-group", (*place, "default"), message, fix)


def _impossible(
    recipe: Recipe, block: Block, parts: list[str], groups: Mapping[str, list[str]]
) -> Iterator[Finding]:
    for group, members in groups.items():
        together = [part for part in dict.fromkeys(parts) if part in members]
        if len(together) > 1:
            message = (
                f"'{together[0]}' and '{together[1]}' are in the same group '{group}', so never on together"
            )
            yield recipe.finding("impossible-combination", block.place, message, "remove the combination")


def _groups(recipe: Recipe) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for block in recipe.blocks:
        if block.level == "variation" and block.raw.get("group"):
            groups[str(block.raw["group"]).strip()].append(block.name)
    return groups


def _check_groups(recipe: Recipe) -> Iterator[Finding]:
    defaults: dict[str, str] = {}
    for block in recipe.blocks:
        group = str(block.raw.get("group") or "").strip()
        if block.level != "variation" or not group or "default" not in block.raw:
            continue
        if group in defaults:
            message = f"the group '{group}' has two defaults, '{defaults[group]}' and '{block.name}'"
            fix = "remove 'default' from one of them ('default: false' counts too)"
            yield recipe.finding("two-defaults", (*block.place, "default"), message, fix)
        else:
            defaults[group] = block.name
