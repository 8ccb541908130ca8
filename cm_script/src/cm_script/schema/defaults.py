"""Defaults that keep to the schema of their input; recipes often write ``"4"`` and mean 4."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from cm_core import FALSE_WORDS, TRUE_WORDS
from cm_core.base import to_number
from cm_core.model.keys import Schema

_WORDS = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}


def fitting_default(value: Any, schema: Schema) -> Any:
    """The value in the type of a schema; ``None`` when it cannot be one of its values."""
    if "enum" in schema:
        return next((choice for choice in schema["enum"] if str(choice) == str(value)), None)
    if not isinstance(value, bool | int | float | str):
        return None
    match schema.get("type"):
        case "boolean":
            return _WORDS.get(str(value).strip().lower())
        case "integer" | "number" as kind:
            return _number(value, schema, whole=kind == "integer")
        case _:
            return _text(str(value), schema.get("pattern", ""))


def _number(value: float | str, schema: Schema, *, whole: bool) -> float | None:
    if isinstance(value, bool):
        return None
    number = to_number(str(value))
    if number is None or (whole and not number.is_integer()):
        return None
    within = schema.get("minimum", number) <= number <= schema.get("maximum", number)
    return (int(number) if whole else number) if within else None


def _text(value: str, pattern: str) -> str | None:
    with suppress(re.error):
        return value if re.search(pattern, value) else None
    return None
