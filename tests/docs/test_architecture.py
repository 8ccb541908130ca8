"""The table of docs/explanation/architecture.md that says where things are changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
ROW = re.compile(r"^\| (?P<change>[^|]+) \| `(?P<file>[^`|]+)` \| `(?P<name>\w+)` \|$", re.MULTILINE)


def section(text: str) -> str:
    return text.partition("## Where would I change …?\n")[2].partition("\n## ")[0]


def names_in(source: str) -> Iterator[str]:
    """What a module defines at its top."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


ROWS = [match.groupdict() for match in ROW.finditer(section(PAGE.read_text(encoding="utf-8")))]


def test_every_line_of_the_table_is_compared():
    lines = [line for line in section(PAGE.read_text(encoding="utf-8")).splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 2 >= 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["change"])
def test_what_would_be_changed_is_there(row: dict[str, str]):
    file = ROOT / row["file"]
    assert file.is_file()
    assert row["name"] in set(names_in(file.read_text(encoding="utf-8")))


def test_a_name_that_is_only_used_is_not_defined():
    assert set(names_in("from a import b\nc: int = 1\nd = e\ndef f(): g = 1\nclass H: i = 1")) == set("cdfH")
