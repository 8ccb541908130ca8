"""A contract for import-linter: of other distributions only what is public is imported.

What is public, the packages say themselves: those with a table ``PUBLIC`` may be imported, and so may the
modules that a table ``PUBLIC_MODULES`` names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

ROOT = Path(__file__).resolve().parent.parent


def public_modules() -> Iterator[str]:
    """All that other distributions may name in an import."""
    for source in (*ROOT.glob("*/src"), *ROOT.glob("plugins/*/src")):
        for init in source.rglob("__init__.py"):
            package = ".".join(init.parent.relative_to(source).parts)
            for node in ast.parse(init.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    if node.targets[0].id == "PUBLIC":
                        yield package
                    elif node.targets[0].id == "PUBLIC_MODULES":
                        yield from (f"{package}.{name}" for name in ast.literal_eval(node.value))


class PublicContract(Contract):
    """Kept when no import goes past the tables."""

    type_name = "public"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every import of another distribution with what that one exports."""
        del verbose
        public = set(public_modules())
        broken = sorted(
            (module, imported)
            for module in graph.modules
            for imported in graph.find_modules_directly_imported_by(module)
            if not (imported in public or self._is_inside(module, imported))
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which imports go too far."""
        for module, imported in check.metadata["broken"]:
            output.print_error(f"{module} imports {imported}, which is not public", bold=False)

    @staticmethod
    def _is_inside(module: str, imported: str) -> bool:
        """Whether both are of one distribution; the name of another one, everybody may say."""
        return imported.partition(".")[0] in {module.partition(".")[0], imported}
