"""The JSON Schema of a file for ``cm run experiment NAME @file.yaml``: the flags of the verb as keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core.flags import Flag
from cm_core.model.keys import DIALECT, Schema
from cm_experiment.flags import Run

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_KINDS: Mapping[str, Schema] = {
    "switch": {"type": "boolean"},
    "words": {"type": ["array", "string"], "items": _SCALAR},
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
        "properties": {key: _values(flag) for key, flag in sorted(Run.__by_key__.items())},
    }


def _values(flag: Flag) -> dict[str, Any]:
    example = ": 90s, 10m, 2h" if flag.kind == "duration" else ""
    described: dict[str, Any] = {"description": flag.help + example}
    if flag.kind == "whole" and flag.default is not None:
        described["default"] = flag.default
    if flag.name in _MORE:
        return {**described, **_MORE[flag.name]}
    if flag.choices:
        return {**described, "enum": list(flag.choices)}
    return {**described, **_KINDS.get(flag.kind, _SCALAR)}
