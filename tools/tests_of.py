"""Where the tests of a module are.

``tests_of.py MODULE.py ...`` prints them: ``pytest $(python tools/tests_of.py cm_core/…/locks.py)``.
Without words it checks that every module has some and that tests_of.yaml is true; it exits with 1 if not.

The tests of ``src/PACKAGE/run/plan.py`` are ``tests/run/test_plan.py`` and ``tests/run/test_plan_*.py``. For
a module that has none of its own, tests_of.yaml says where they are, or else they are those in ``tests/run``
that carry the name of no module and so test the folder as a whole. An ``__init__`` counts if it defines
something; its tests may be called ``test_run.py``.

A file that the table names must reach the module: it names or imports the module or imports one that does, a
conftest.py around it imports the module, or it runs commands, as all tests at the root do.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_suffix(".yaml")
# Data for other programs, loaded by path; their tests lie in tests/recipes.
NO_MODULES = {"recipes", "for-recipes"}
# What runs commands: whoever has a session, by a fixture or of its own.
FIXTURES = ROOT / "cm_core/src/cm_core/testing/fixtures.py"
SESSIONS = {"cm_session", "run_cm", "cm_core.Session", "cm_core.session.Session", "cm_core.access"}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The modules and tests of one distribution; modules are paths without suffix inside its package.

    Attributes:
        table: lines of tests_of.yaml: modules, and the files or folders that test them.
    """

    folder: Path
    table: Mapping[str, str]

    @cached_property
    def package(self) -> Path:
        (found,) = (path.parent for path in (self.folder / "src").glob("*/__init__.py"))
        return found

    @cached_property
    def modules(self) -> list[Path]:
        paths = (path.relative_to(self.package) for path in sorted(self.package.rglob("*.py")))
        return [
            path.with_suffix("")
            for path in paths
            if not NO_MODULES.intersection(path.parts) and has_code(self.package / path)
        ]

    @cached_property
    def listed(self) -> dict[Path, list[Path]]:
        """What the table says of each module that it names."""
        return {
            Path(module): [self.find(word) for word in tests.split()]
            for modules, tests in self.table.items()
            for module in modules.split()
        }

    def find(self, word: str) -> Path:
        """A test by its path from the tests of the distribution, or from the root."""
        return next(
            (path for path in (self.folder / "tests" / word, ROOT / word) if path.exists()), Path(word)
        )

    def own(self, module: Path) -> list[Path]:
        """The files that carry the name of the module."""
        folder = self.folder / "tests" / module.parent
        stem = folder.name if module.name == "__init__" else module.name
        longer = {  # test_update_all.py is of update_all.py, not of update.py
            f"test_{other.name}.py"
            for other in self.modules
            if other.parent == module.parent and other.name.startswith(f"{stem}_")
        }
        names = (f"test_{stem}.py", f"test_{stem}_*.py")
        found = (path for name in names for path in sorted(folder.glob(name)))
        return [path for path in found if path.name not in longer]

    def of_folder(self, folder: Path) -> list[Path]:
        """The files that test a folder as a whole; those beside all folders belong to nobody."""
        if folder == Path():
            return []
        others = (one for one in self.modules if one.parent == folder and one.name != "__init__")
        taken = {path for module in others for path in self.own(module)}
        return [
            path for path in sorted((self.folder / "tests" / folder).glob("test_*.py")) if path not in taken
        ]

    def tests_of(self, module: Path) -> list[Path]:
        return self.own(module) or self.listed.get(module) or self.of_folder(module.parent)

    def problems(self) -> Iterator[str]:
        shown = self.package.relative_to(ROOT)
        for module in self.modules:
            if not self.tests_of(module):
                yield f"{shown / module}.py: nothing says where its tests are ({TABLE.name} can)"
        for module, tests in self.listed.items():
            if module not in self.modules:
                yield f"{TABLE.name}: there is no {shown / module}.py, or nothing to test in it"
            elif self.own(module):
                yield f"{TABLE.name}: {shown / module}.py has tests of its own"
            for path in tests:
                if not path.exists():
                    yield f"{TABLE.name}: there is no {path}"
                elif not reaches(path, dotted(self.package / module)):
                    yield f"{TABLE.name}: {path.relative_to(ROOT)} does not reach {shown / module}.py"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def has_code(path: Path) -> bool:
    """Whether there is something to test: not in the start of a program, or in a table of contents."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if path.stem == "__init__":
        return any(isinstance(node, kinds) for node in tree_of(path).body)
    return path.stem != "__main__"


def dotted(path: Path) -> str:
    """The name by which a module of a distribution is imported."""
    parts = path.parts[path.parts.index("src") + 1 :]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
        elif isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
    return frozenset(found)


@cache
def arguments(path: Path) -> dict[str, list[str]]:
    """The functions of a file, fixtures among them, and what they take."""
    functions = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef))
    return {node.name: [argument.arg for argument in node.args.args] for node in functions}


def fixtures_of(test: Path, helpers: list[Path]) -> set[str]:
    known: dict[str, list[str]] = {}
    for path in (FIXTURES, *reversed(helpers), test):
        known |= arguments(path)
    names, found = [name for taken in arguments(test).values() for name in taken], set()
    while names:
        if (name := names.pop()) not in found:
            found.add(name)
            names += known.get(name, [])
    return found


@cache
def sources() -> dict[str, Path]:
    """All modules by the names by which they are imported."""
    paths = (path for pattern in ("*", "plugins/*") for path in ROOT.glob(f"{pattern}/src/**/*.py"))
    return {dotted(path.with_suffix("")): path for path in paths}


def reaches(test: Path, module: str) -> bool:
    """Whether a test, or each in a folder, can notice that a module is broken."""
    if test.is_dir():
        return all(reaches(path, module) for path in test.rglob("test_*.py"))
    if test.is_relative_to(ROOT / "tests"):
        return True
    helpers = [path for parent in test.parents if (path := parent / "conftest.py").exists()]
    named = module in test.read_text(encoding="utf-8") or any(module in imports(path) for path in helpers)
    known = imports(test) & sources().keys()
    if named or module in imports(test) or any(module in imports(sources()[name]) for name in known):
        return True
    return bool(SESSIONS & (imports(test) | fixtures_of(test, helpers)))


def all_distributions() -> list[Distribution]:
    tables = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    files = (file for pattern in ("*", "plugins/*") for file in ROOT.glob(f"{pattern}/pyproject.toml"))
    folders = sorted(file.parent for file in files)
    return [
        Distribution(folder=folder, table=tables.get(str(folder.relative_to(ROOT)), {})) for folder in folders
    ]


def tests_of(path: Path) -> list[Path]:
    """The test files of a module, given by its path."""
    for one in all_distributions():
        if path.is_relative_to(one.package):
            return one.tests_of(path.relative_to(one.package).with_suffix(""))
    raise SystemExit(f"{path} is no module of a distribution")


def main(words: list[str]) -> int:
    if words:
        found = dict.fromkeys(path for word in words for path in tests_of(Path(word).resolve()))
        print("\n".join(str(path.relative_to(ROOT)) for path in found))
        return 0 if found else 1
    problems = [problem for one in all_distributions() for problem in one.problems()]
    print("\n".join(problems) or "tests_of: every module has its tests")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
