from __future__ import annotations

import subprocess
import sys

import pytest

INIT = """
from cm_core import lazy_exports
PUBLIC = {"add": ("sums", "0.1"), "gone": ("sums", "0.2"), "lost": ("nowhere", "0.1")}
__getattr__ = lazy_exports(__name__, PUBLIC)
"""
SUMS = """
def add(one, other):
    return one + other
"""


@pytest.fixture
def run_program(tmp_path):
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text(INIT)
    (package / "sums.py").write_text(SUMS)

    def run(program: str) -> str:
        words = [sys.executable, "-c", program]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.stdout if not done.returncode else done.stderr.strip().splitlines()[-1]

    return run


def test_a_module_is_loaded_when_a_name_of_it_is_used(run_program):
    program = (
        "import sys, shop; print('shop.sums' in sys.modules, shop.add(1, 2), 'shop.sums' in sys.modules)"
    )
    assert run_program(program).split() == ["False", "3", "True"]


def test_a_name_is_looked_up_once(run_program):
    program = "from shop import add; import shop; print('add' in vars(shop), shop.add is add)"
    assert run_program(program).split() == ["True", "True"]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import shop; shop.sub", "AttributeError: module 'shop' has no attribute 'sub'"),
        ("from shop import sub", "ImportError: cannot import name 'sub' from 'shop'"),
        ("from shop import gone", "ImportError: cannot import name 'gone' from 'shop'"),
        ("from shop import lost", "ModuleNotFoundError: No module named 'shop.nowhere'"),
    ],
)
def test_what_is_not_there(run_program, statement: str, error: str):
    assert run_program(statement).startswith(error)


def test_importing_the_core_loads_nothing_else():
    program = "import sys, cm_core; print(*sorted(name for name in sys.modules if name.startswith('cm_')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cm_core", "cm_core.base", "cm_core.base.exports"]
