"""What packages export: every name is there, type checkers see the same, and the reference can explain it."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import public_names
import pytest
from grimp import ImportGraph
from public_contract import PublicContract

PACKAGES = dict(public_names.packages())
EXPORTING = [name for name, folder in PACKAGES.items() if public_names.assigned(folder, "PUBLIC")]


def imports_for_type_checkers(folder: Path) -> dict[str, str]:
    """Name -> module of the imports as themselves (``import A as A``) of an ``__init__`` file."""
    found = {}
    for node in ast.walk(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.update({item.name: str(node.module) for item in node.names if item.asname == item.name})
    return found


def test_there_are_some():
    assert {"cm_core", "cm_core.base", "cm_script", "cm_experiment"} <= set(EXPORTING)


@pytest.mark.parametrize("package", EXPORTING)
def test_exports(package: str):
    exported = import_module(package)
    inside = {name: module for name, (module, _) in exported.PUBLIC.items() if module}
    assert {name: f"{package}.{module}" for name, module in inside.items()} == imports_for_type_checkers(
        PACKAGES[package]
    )
    assert exported.__all__ == list(exported.PUBLIC)
    assert [name for name in exported.PUBLIC if not public_names.meaning(exported, name)] == []
    for name, module in inside.items():
        assert getattr(exported, name) is getattr(import_module(f"{package}.{module}"), name)
        # The module would take the place of the name as soon as it is imported.
        assert not (PACKAGES[package] / f"{name}.py").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_what_is_in_it(package: str):
    folder = PACKAGES[package]
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")} - public_names.NO_PACKAGES
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text)) or ""
    stages = getattr(import_module(package), "STAGES", ())
    assert (
        sorted(name for name in modules if not re.search(rf"\b{name}\b", said) and name not in stages) == []
    )


@pytest.mark.parametrize(
    ("module", "imported", "kept"),
    [
        ("cm_mlperf.run.plan", "cm_core", True),
        ("cm_mlperf.run.plan", "cm_core.base", True),
        ("cm_mlperf.run.plan", "cm_core.flags", True),
        ("cm_core.session", "cm_core.base.fsio", True),
        ("cm_mlperf.run.plan", "cm_core.base.fsio", False),
        ("cm_mlperf.run.plan", "cm_core.index", False),
        ("cm_mlperf.run.plan", "cm_core.flags.inside", False),
    ],
)
def test_the_contract_of_the_linter(module: str, imported: str, kept: bool):
    graph = ImportGraph()
    for name in (module, imported):
        graph.add_module(name)
    graph.add_import(importer=module, imported=imported)
    contract = PublicContract(name="public", session_options={}, contract_options={})
    assert contract.check(graph, verbose=False).kept is kept


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_no_module_that_is_gone(package: str):
    folder = PACKAGES[package]
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    items = re.findall(
        r"^- (``\w+``(?:,\s+``\w+``)*):", ast.get_docstring(ast.parse(text)) or "", re.MULTILINE
    )
    named = [name for item in items for name in re.findall(r"\w+", item)]
    assert [
        name for name in named if not (folder / f"{name}.py").exists() and not (folder / name).is_dir()
    ] == []
