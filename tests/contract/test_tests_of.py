"""The table of tests: what it takes for a module that needs tests, and for a file that has them."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tools")
        yield importlib.import_module("tests_of")


@pytest.mark.parametrize(
    ("name", "text", "needs"),
    [
        ("__init__", "from x import y\n__all__ = ['y']\n", False),
        ("__init__", "def f(): ...\n", True),
        ("__init__", "class C: ...\n", True),
        ("__main__", "def f(): ...\n", False),
        ("other", "X = 1\n", True),
    ],
)
def test_a_table_of_contents_alone_needs_no_tests(tool, tmp_path, name, text, needs):
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    assert tool.has_code(path) is needs


@pytest.mark.parametrize(
    ("test", "module", "reached"),
    [
        ("plugins/report/tests/test_charts.py", "cm_report.rowspage", True),
        ("plugins/report/tests/test_expressions.py", "cm_report.rowspage", False),
        ("cm_core/tests/index/test_index.py", "cm_core.index", True),
        ("cm_core/tests/base/test_digests.py", "cm_core.index", False),
        ("plugins/repo/tests/test_pull.py", "cm_repo.plugin", True),
        ("tests/e2e/test_cli_basics.py", "cm_core.cli", True),
    ],
)
def test_a_file_reaches_what_it_imports_or_runs(tool, test, module, reached):
    assert tool.reaches(ROOT / test, module) is reached
