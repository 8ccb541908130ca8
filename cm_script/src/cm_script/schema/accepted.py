"""What one recipe accepts, as a JSON Schema: for forms, editors, assistants and checks before a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cm_core import jsonable
from cm_core.model.keys import DIALECT, Schema
from cm_script.schema import keys
from cm_script.schema.defaults import fitting_default
from cm_script.schema.interface import Group, Input, Interface, Variation, interface_of

_TYPES: Mapping[str, Schema] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "file": {"type": "string", "format": "path"},
    "folder": {"type": "string", "format": "path"},
}
# The characters that have a meaning in the regular expressions of JSON Schema; no other may be escaped there.
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/]")
# Keys of inputs that are paths by their name; a hint, never a rule.
_PATH_KEY = re.compile(r"_(PATH|DIR|FILE|FOLDER)\Z")


def accepted(raw: Mapping[str, Any]) -> Schema:
    """The schema of a request for a recipe with these metadata.

    A request has ``groups`` (group -> variation), ``variations`` (those in no group: a switch, or the value
    of a pattern such as ``batch.#``), ``inputs`` and ``version``.
    """
    interface = interface_of(raw)
    free = [variation for group in interface.groups if not group.name for variation in group.variations]
    named = [group for group in interface.groups if group.name]
    defaults = keys.DEFAULT_ENV.or_empty(raw)
    parts = {
        "groups": _object({group.name: _one_of(group) for group in named}),
        "variations": _object({variation.name: _switch(variation) for variation in free}),
        "inputs": _object({item.flag: _input(item, defaults) for item in interface.inputs}),
        "version": _version(interface),
    }
    required = [item.flag for item in interface.inputs if keys.INPUT_REQUIRED.or_empty(item.facts)]
    if required:
        parts["inputs"]["required"] = required
    about = keys.ABOUT.or_empty(raw) or keys.TITLE.or_empty(raw)
    schema: Schema = {
        "$schema": DIALECT,
        "title": keys.ALIAS.or_empty(raw) or keys.UID.or_empty(raw),
        **({"description": about} if about else {}),
        **_object(parts),
        **({"required": ["inputs"]} if required else {}),
    }
    if rules := _combinations(raw, interface):
        schema["allOf"] = rules
    checked: Schema = jsonable(schema)
    return checked


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _one_of(group: Group) -> Schema:
    """The members of a group; values of patterns count as members."""
    literal = [variation.name for variation in group.variations if not variation.is_pattern]
    patterns = [_pattern(variation) for variation in group.variations if variation.is_pattern]
    schema: Schema = {"type": "string"}
    if not patterns:
        schema["enum"] = literal
    else:
        schema["anyOf"] = [*([{"enum": literal}] if literal else []), *patterns]
    defaults = [name for name in literal if any(one.default and one.name == name for one in group.variations)]
    return {**schema, "default": defaults[0]} if defaults else schema


def _pattern(variation: Variation) -> Schema:
    before = _SPECIAL.sub(r"\\\g<0>", variation.name.removesuffix("#"))
    return {"pattern": f"^{before}.+$"}


def _switch(variation: Variation) -> Schema:
    if variation.is_pattern:
        return {"type": "string", "minLength": 1, "description": f"the value in _{variation.name}"}
    return {"type": "boolean", "default": variation.default}


def _input(item: Input, defaults: Mapping[str, Any]) -> Schema:
    schema: Schema = {"description": item.about or f"sets {', '.join(item.keys)}"}
    if item.choices:
        schema["enum"] = list(item.choices)
    elif item.kind in _TYPES:
        schema |= _TYPES[item.kind]
    else:
        schema["type"] = "string"
        if any(_PATH_KEY.search(key) for key in item.keys):
            schema["format"] = "path"
    number = item.kind in ("integer", "number")
    for key, word in ((keys.INPUT_LOWEST, "minimum"), (keys.INPUT_HIGHEST, "maximum")):
        if number and key.name in item.facts:
            schema[word] = key.or_empty(item.facts)
    if pattern := keys.INPUT_PATTERN.or_empty(item.facts):
        schema["pattern"] = pattern
    default = item.facts.get("default", next((defaults[key] for key in item.keys if key in defaults), None))
    if default in (None, "") or (fitting := fitting_default(default, schema)) is None:
        return schema
    return {**schema, "default": fitting}


def _version(interface: Interface) -> Schema:
    """Any version may be asked for; those that the recipe knows are named."""
    schema: Schema = {"type": "string"}
    if interface.versions:
        schema["anyOf"] = [{"enum": list(interface.versions)}, {"type": "string"}]
    default = interface.default_version
    return {**schema, "default": default} if default else schema


def _combinations(raw: Mapping[str, Any], interface: Interface) -> list[Schema]:
    """Which variations go together.

    What variations switch on besides cannot be seen here, so the possible combinations count only in recipes
    where none does.
    """
    conditions = {
        variation.name: _is_on(group, variation)
        for group in interface.groups
        for variation in group.variations
    }
    blocks = keys.VARIATIONS.or_empty(raw).values()
    explicit = not any(block.get("base") or block.get("default_variations") for block in blocks)
    rules: list[Schema] = []
    possible = keys.VALID_COMBINATIONS.or_empty(raw)
    # A combination that cannot be told would be refused by the others.
    if explicit and possible and len(valid := _all_on(possible, conditions)) == len(possible):
        rules.append({"anyOf": valid})
    return [*rules, *({"not": on} for on in _all_on(keys.INVALID_COMBINATIONS.or_empty(raw), conditions))]


def _all_on(combinations: Iterable[Iterable[str]], conditions: Mapping[str, Schema]) -> list[Schema]:
    return [
        {"allOf": [conditions[name] for name in names]}
        for names in combinations
        if all(name in conditions for name in names)
    ]


def _is_on(group: Group, variation: Variation) -> Schema:
    """A default of a group is on when nothing is said about the group; a pattern, with any value."""
    if group.name:
        part, name = "groups", group.name
        wanted = _pattern(variation) if variation.is_pattern else {"const": variation.name}
    else:
        part, name = "variations", variation.name
        wanted = {"minLength": 1} if variation.is_pattern else {"const": True}
    inner: Schema = {"properties": {name: wanted}}
    if variation.default and group.name:
        return {"properties": {part: inner}}
    return {"properties": {part: {**inner, "required": [name]}}, "required": [part]}
