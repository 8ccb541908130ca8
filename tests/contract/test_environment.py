"""The environment variable of a flag is named where the flag is declared, and read with it."""

from __future__ import annotations

import re
from importlib import import_module

import public_names

from cm_core.flags import Flags

SOURCES = [(name, folder) for name, folder in public_names.packages() if "." not in name]


def declared(kind: type[Flags]) -> set[str]:
    """The variables of a class of flags and of all that are derived from it."""
    own = {flag.env for flag in kind.__declared__ if flag.env}
    return own.union(*(declared(below) for below in kind.__subclasses__()))


def test_variables_of_flags_are_named_once():
    for name, folder in SOURCES:
        if (folder / "flags.py").exists():
            import_module(f"{name}.flags")
    texts = [
        path.read_text(encoding="utf-8")
        for _, folder in SOURCES
        for path in folder.rglob("*.py")
        if "recipes" not in path.parts
    ]
    variables = {
        name for name in declared(Flags) if name.startswith("CM_") and not name.startswith("CM_TEST_")
    }
    assert len(variables) >= 3
    for variable in variables:
        assert sum(len(re.findall(rf'"{variable}"', text)) for text in texts) == 1, variable
