"""The JSON Schema of a file for ``cm run experiment NAME @file.yaml``: the flags of the verb as keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core.hookspecs import Option
from cm_core.model.keys import DIALECT, Schema
from cm_experiment.options import RUN

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_KINDS: Mapping[str, Schema] = {
    "text": _SCALAR,
    "flag": {"type": "boolean"},
    "list": {"type": ["array", "string"], "items": _SCALAR},
    "mapping": {"type": "object"},
}
_POINT: Schema = {"type": "object", "minProperties": 1}
# What can be written in more ways than a flag says.
_MORE: Mapping[str, Schema] = {
    "explore": {
        "anyOf": [
            {"type": "object", "additionalProperties": {"type": ["array", "string", "number", "boolean"]}},
            {"type": "array", "items": _POINT},
        ]
    },
    "metric": {"type": ["object", "array", "string"], "additionalProperties": {"type": "string"}},
    "constraint": {"type": ["string", "array"], "items": {"type": "string"}},
}


def study_schema() -> Schema:
    """The schema; other keys are flags of other plugins."""
    return {
        "$schema": DIALECT,
        "title": "An experiment of the CM toolkit (cm run experiment NAME @file.yaml)",
        "type": "object",
        "properties": {option.name: _values(option) for option in sorted(RUN, key=lambda item: item.name)},
    }


def _values(option: Option) -> dict[str, Any]:
    described = {"description": option.help}
    if option.name in _MORE:
        return {**described, **_MORE[option.name]}
    if option.choices:
        return {**described, "enum": list(option.choices)}
    return {**described, **_KINDS[option.kind]}
