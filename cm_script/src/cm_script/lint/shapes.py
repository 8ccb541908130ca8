"""Checks of values: of the kind that their key needs, and conditions that can match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_core.meta import kind_of
from cm_script.lint.document import Place
from cm_script.lint.finding import Finding
from cm_script.lint.keys import CONDITION_KEYS, ENV_KEYS, KNOWN
from cm_script.lint.recipe import Recipe
from cm_script.model.resolved import DEPENDENCY_KINDS

_WANTED = {
    "mapping": "keys and values",
    "list": "a list",
    "words": "a list of words",
    "names": "a list of words",
    "text": "text",
}


def check_shapes(recipe: Recipe) -> Iterator[Finding]:
    """Values of another kind than their key needs."""
    for block in recipe.blocks:
        yield from _wrong_shapes(recipe, KNOWN[block.level], block.place, block.raw)
        for key in ENV_KEYS:
            yield from _env_values(recipe, (*block.place, key), block.raw.get(key))
        for kind in DEPENDENCY_KINDS:
            entries = block.raw.get(kind)
            for position, entry in enumerate(entries if isinstance(entries, list) else ()):
                if not isinstance(entry, Mapping):
                    place = (*block.place, kind, str(position))
                    yield _shape(recipe, place, f"an entry of '{kind}'", "keys and values", entry)
    for entry in recipe.entries:
        yield from _wrong_shapes(recipe, KNOWN["dependency"], entry.place, entry.raw)
        for key in ENV_KEYS:
            yield from _env_values(recipe, (*entry.place, key), entry.raw.get(key))
    yield from _special_shapes(recipe)


def check_conditions(recipe: Recipe) -> Iterator[Finding]:
    """Conditions whose values are not lists."""
    for place, raw in _conditional(recipe):
        for key in CONDITION_KEYS:
            spec = raw.get(key)
            for name, values in spec.items() if isinstance(spec, Mapping) else ():
                if isinstance(values, list):
                    continue
                message = f"the condition '{key}: {name}' is {kind_of(values)}, not a list of values"
                message += "; it never matches" if isinstance(values, str) else ""
                fix = f"write {name}: [{_as_word(values)}]"
                yield recipe.finding("condition-not-a-list", (*place, key, str(name)), message, fix)


def _conditional(recipe: Recipe) -> Iterator[tuple[Place, Mapping[Any, Any]]]:
    """Everything that may have conditions."""
    for entry in recipe.entries:
        yield entry.place, entry.raw
    for update in recipe.updates:
        yield update.place, update.raw
    for block in recipe.blocks:
        items = block.raw.get("update_meta_if_env")
        for position, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                yield (*block.place, "update_meta_if_env", str(position)), item


def _wrong_shapes(
    recipe: Recipe, known: Mapping[str, str], place: Place, raw: Mapping[Any, Any]
) -> Iterator[Finding]:
    for key, value in raw.items():
        shape = known.get(str(key), "any")
        if value is not None and not _has_shape(value, shape):
            yield _shape(recipe, (*place, str(key)), f"'{key}'", _WANTED[shape], value)


def _has_shape(value: object, shape: str) -> bool:
    if shape == "mapping":
        return isinstance(value, Mapping)
    if shape == "list":
        return isinstance(value, list)
    if shape == "text":
        return not isinstance(value, bool | list | dict)
    if shape in ("words", "names"):
        if isinstance(value, str):
            return shape == "names"
        return isinstance(value, list) and not any(
            item is None or isinstance(item, list | dict) for item in value
        )
    return True


def _shape(recipe: Recipe, place: Place, what: str, wanted: str, value: object) -> Finding:
    message = f"{what} must be {wanted}, not {kind_of(value)}"
    return recipe.finding("wrong-shape", place, message, f"write {wanted}")


def _env_values(recipe: Recipe, place: Place, env: object) -> Iterator[Finding]:
    for key, value in env.items() if isinstance(env, Mapping) else ():
        here = (*place, str(key))
        if str(key).startswith("+") and not isinstance(value, list):
            yield _shape(recipe, here, f"'{key}'", "a list", value)
        elif value is None:
            dynamic = any("#" in part for part in place)
            message = f"'{key}' has no value" + ("; an unquoted # starts a comment" if dynamic else "")
            fix = f'write {key}: "{"#" if dynamic else ""}"'
            yield recipe.finding("null-in-env", here, message, fix)


def _special_shapes(recipe: Recipe) -> Iterator[Finding]:
    meta = recipe.meta
    if isinstance(meta.get("cache"), str):
        message = f"'cache' is the text '{meta['cache']}', not a yes/no value"
        yield recipe.finding("cache-as-text", ("cache",), message, "remove the quotes")
    for key in ("variations", "versions"):
        blocks = meta.get(key)
        for name, block in blocks.items() if isinstance(blocks, Mapping) else ():
            if block is not None and not isinstance(block, Mapping):
                yield _shape(recipe, (key, str(name)), f"'{name}' in '{key}'", "keys and values", block)
            if key == "versions" and not isinstance(name, str):
                message = f"the version {name} is a number, not text"
                yield recipe.finding("version-not-text", (key, str(name)), message, "put it in quotes")


def _as_word(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
