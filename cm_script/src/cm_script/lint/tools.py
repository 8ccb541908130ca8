"""Checks of ``find_tool``: that what it describes can be looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_core import MetaError
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Recipe
from cm_script.model.tool import ToolSpec


def check_find_tool(recipe: Recipe) -> Iterator[Finding]:
    """Descriptions that a run would refuse: without a name, or with a pattern that has not one group."""
    tools = [(block.level, tool) for block in recipe.blocks if (tool := block.find_tool)]
    whole: Mapping[str, Any] = {}
    for level, (_, place, raw) in tools:
        described = {**whole, **raw}
        if level == "script":
            whole = described
            if len(tools) > 1:  # variations may add what is missing here
                continue
        try:
            ToolSpec.from_mapping(described, "")
        except MetaError as error:
            said = error.message.removeprefix(": ")
            fix = "write 'names', 'path_key', and a pattern with one group"
            yield recipe.finding("unusable-find-tool", place, said, fix)
