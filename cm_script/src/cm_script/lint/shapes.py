"""Checks of values: of the kind that their key needs, and conditions that can match."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cm_core import kind_of
from cm_core.model.keys import BlocksKey, EntriesKey, Key, MappingKey
from cm_script.lint.document import Place
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Recipe
from cm_script.model.versiontext import numeric_versions
from cm_script.schema import keys
from cm_script.schema.interface import inputs_of
from cm_script.schema.table import KeyTable

_ENVS = tuple(key.name for key in keys.ENVS)


def check_shapes(recipe: Recipe, table: KeyTable) -> Iterator[Finding]:
    """Values of another kind than their key needs."""
    for block in recipe.blocks:
        yield from _wrong_shapes(recipe, table.at(block.level), block.place, block.raw)
        if tool := block.find_tool:
            level, place, raw = tool
            yield from _wrong_shapes(recipe, table.at(level), place, raw)
    for entry in recipe.entries:
        yield from _wrong_shapes(recipe, table.at("dependency"), entry.place, entry.raw)
    yield from _special_shapes(recipe)


def check_conditions(recipe: Recipe) -> Iterator[Finding]:
    """Conditions whose values are not lists."""
    for place, raw in _conditional(recipe):
        for key in keys.CONDITIONS:
            spec = raw.get(key.name)
            for name, values in spec.items() if isinstance(spec, Mapping) else ():
                if isinstance(values, list):
                    continue
                message = f"the condition '{key.name}: {name}' is {kind_of(values)}, not a list of values"
                message += ", so it never matches" if isinstance(values, str) else ""
                fix = f"write {name}: [{_as_word(values)}]"
                yield recipe.finding("condition-not-a-list", (*place, key.name, str(name)), message, fix)


def check_defaults(recipe: Recipe) -> Iterator[Finding]:
    """Defaults of inputs that are none of their choices."""
    for item in inputs_of(recipe.meta):
        default = item.facts.get("default")
        if item.choices and default not in (None, "", *item.choices):
            choices = ", ".join(map(str, item.choices))
            message = f"the default '{default}' of the input '{item.flag}' is not one of its choices"
            here = ("input_description", item.flag, "default")
            yield recipe.finding("default-not-a-choice", here, message, f"write one of {choices}")


def _conditional(recipe: Recipe) -> Iterator[tuple[Place, Mapping[Any, Any]]]:
    """Everything that may have conditions."""
    for entry in recipe.entries:
        yield entry.place, entry.raw
    for update in recipe.updates:
        yield update.place, update.raw
    for block in recipe.blocks:
        yield from block.conditional


def _wrong_shapes(
    recipe: Recipe, known: Mapping[str, Key[Any]], place: Place, raw: Mapping[Any, Any]
) -> Iterator[Finding]:
    for name, value in raw.items():
        key, here = known.get(str(name)), (*place, str(name))
        # What an artifact is known by has rules of its own.
        if key is None or value is None or key.owner == "core":
            continue
        if (isinstance(key, EntriesKey) and isinstance(value, list)) or (
            isinstance(key, BlocksKey) and isinstance(value, Mapping)
        ):
            yield from _wrong_parts(recipe, here, value)
        elif not key.has_shape(value):
            yield _shape(recipe, here, f"'{name}'", key.wanted, value)
        elif wanted := _missed(key.values or {}, value):
            message = f"'{name}' must be {wanted}, not {value}"
            yield recipe.finding("wrong-shape", here, message, f"write {wanted}")
        elif name in _ENVS:
            yield from _env_values(recipe, here, value)


def _missed(limits: Mapping[str, Any], value: object) -> str:
    """What a value must be and is not, of the limits that the declaration of its key sets."""
    choices = limits.get("enum")
    if choices and value not in choices:
        return f"one of {', '.join(map(str, choices))}"
    if isinstance(value, str) and (pattern := limits.get("pattern")) and not re.search(pattern, value):
        return f"like {pattern}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < limits.get("minimum", value):
            return f"at least {limits['minimum']}"
        if value > limits.get("maximum", value):
            return f"at most {limits['maximum']}"
    return ""


def _wrong_parts(recipe: Recipe, place: Place, value: Mapping[Any, Any] | list[Any]) -> Iterator[Finding]:
    """What should be a dictionary in a list of entries or among blocks; a block may be empty."""
    name = place[-1]
    if isinstance(value, list):
        parts = {str(position): (f"an entry of '{name}'", entry) for position, entry in enumerate(value)}
    else:
        parts = {
            str(title): (f"'{title}' in '{name}'", {} if block is None else block)
            for title, block in value.items()
        }
    for part, (what, content) in parts.items():
        if not isinstance(content, Mapping):
            yield _shape(recipe, (*place, part), what, MappingKey.wanted, content)


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
    for place, message in numeric_versions(meta):
        yield recipe.finding("version-not-text", place, message, "put it in quotes")
    versions = meta.get("versions")
    for name in versions if isinstance(versions, Mapping) else ():
        if not isinstance(name, str | float):
            message = f"the version {name} is a number, not text"
            yield recipe.finding("version-not-text", ("versions", str(name)), message, "put it in quotes")


def _as_word(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
