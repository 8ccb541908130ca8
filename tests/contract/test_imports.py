"""Every module of every distribution can be the first one of ours that a program imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(
    path.parent for path in [*ROOT.glob("*/src/*/__init__.py"), *ROOT.glob("plugins/*/src/*/__init__.py")]
)
# Loaded by path, or the start of a program.
SKIPPED = ("recipes", "for-recipes", "__main__.py")
# Our modules are forgotten before each import; those of others stay, which saves most of the time.
PROGRAM = """
import importlib, json, sys
circles = {}
for name in sys.argv[1:]:
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0].startswith("cm_")]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        pass  # an optional package
    except ImportError as error:
        circles[name] = str(error)
print(json.dumps(circles))
"""


def modules_of(package: Path) -> list[str]:
    paths = [path.relative_to(package.parent) for path in sorted(package.rglob("*.py"))]
    return [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in paths
        if not set(SKIPPED).intersection(path.parts)
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_modules_can_be_imported_first(package: Path):
    names = modules_of(package)
    assert names
    command = [sys.executable, "-c", PROGRAM, *names]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == {}
