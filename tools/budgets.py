"""Check the budgets of the house that no linter knows: lengths of files and of functions.

Prints one line per excess and exits with 1 if there is any.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 399
MAX_FUNCTION_LINES = 49


def python_files() -> list[Path]:
    """Files that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for line in listed.splitlines() if (path := ROOT / line).is_file()]


def too_long(path: Path, source: str, tree: ast.Module) -> Iterator[str]:
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{path}: {lines} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {MAX_FUNCTION_LINES}"


def main() -> int:
    excesses: list[str] = []
    for path in python_files():
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source, str(path))
        shown = path.relative_to(ROOT)
        excesses += too_long(shown, source, tree)
    print("\n".join(excesses) or "budgets: nothing exceeds them")
    return 1 if excesses else 0


if __name__ == "__main__":
    sys.exit(main())
