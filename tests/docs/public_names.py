"""The public interface of all distributions, from what their packages export."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc, isclass, isfunction
from pathlib import Path
from types import ModuleType

from key_tables import cell

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("*/src"), *ROOT.glob("plugins/*/src")])
# Loaded by path.
NO_PACKAGES = {"recipes", "for-recipes"}


def packages() -> Iterator[tuple[str, Path]]:
    """Every package of every distribution, with its folder."""
    for source in SOURCES:
        for init in sorted(source.rglob("__init__.py")):
            folder = init.parent
            if not NO_PACKAGES.intersection(folder.parts):
                yield ".".join(folder.relative_to(source).parts), folder


def assigned(folder: Path, name: str) -> dict[str, object]:
    """A table of an ``__init__`` file, read without importing it; empty when it has none."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            found: dict[str, object] = ast.literal_eval(node.value)
            return found
    return {}


def public_names() -> list[str]:
    """A table for each package that exports something."""
    lines: list[str] = []
    for package, folder in packages():
        names, modules = assigned(folder, "PUBLIC"), assigned(folder, "PUBLIC_MODULES")
        if not names and not modules:
            continue
        found = import_module(package)
        lines += [f"## `{package}`", "", first_sentence(found), ""]
        lines += ["| Name | Since | |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {since} | {cell(meaning(found, name))} |" for name, (_, since) in names.items()
        ]
        lines += [
            f"| all of `{package}.{name}` | {since} | {cell(first_sentence(import_module(f'{package}.{name}')))} |"
            for name, since in modules.items()
        ]
        lines.append("")
    return lines


def meaning(package: ModuleType, name: str) -> str:
    """What a name is: the first sentence of its docstring, or the value of a constant."""
    value = getattr(package, name)
    if isclass(value) or isfunction(value):
        return first_sentence(value)
    module = import_module(f"{package.__name__}.{package.PUBLIC[name][0]}")
    comment = comment_above(Path(str(module.__file__)), name)
    return comment or (f"`{value}`" if isinstance(value, str) else "")


def first_sentence(thing: object) -> str:
    text, _, _ = (getdoc(thing) or "").partition("\n\n")
    return " ".join(text.split())


def comment_above(file: Path, name: str) -> str:
    """The comment over the assignment of a constant."""
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(
        (number for number, line in enumerate(lines) if line.startswith((f"{name} =", f"{name}:"))), 0
    )
    comment: list[str] = []
    while number and lines[number - 1].startswith("# "):
        number -= 1
        comment.insert(0, lines[number].removeprefix("# "))
    return " ".join(comment)
