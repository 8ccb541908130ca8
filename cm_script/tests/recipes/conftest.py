"""What tests of the built-in recipes share: their folders."""

import importlib.util
from pathlib import Path

import pytest

import cm_script

RECIPES = Path(cm_script.__file__).parent / "recipes" / "script"


@pytest.fixture(scope="session")
def load_part():
    """Import a Python file that lies beside a customize.py."""

    def load(recipe, name):
        path = RECIPES / recipe / name
        spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
