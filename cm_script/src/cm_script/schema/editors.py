"""The JSON Schema of ``_cm.yaml``: what editors complete, explain and underline.

``cm-script.schema.json`` beside this file has the keys of the toolkit's own plugins; ``cm show script
--schema`` prints the one with those of all that are installed.
"""

from __future__ import annotations

from cm_core.model.keys import DIALECT, Schema, object_schema
from cm_script.schema.table import KeyTable

# Entries may have any inputs of their dependency, and engines of containers settings of their own.
_OPEN = ("dependency", "docker")
_EMPTY = ("variation", "version", "docker")


def recipe_schema(table: KeyTable) -> Schema:
    """The schema for these keys."""
    levels = ("variation", "version", "dependency", "conditional", "input", "find_tool", "docker")
    return {
        "$schema": DIALECT,
        "title": "A script of the CM toolkit (_cm.yaml)",
        **object_schema(table.at("script"), closed=True),
        "$defs": {
            level: object_schema(table.at(level), closed=level not in _OPEN, empty=level in _EMPTY)
            for level in levels
        },
    }
