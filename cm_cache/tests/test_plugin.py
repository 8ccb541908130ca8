import ast
import inspect
import subprocess
import sys

import pytest

from cm_cache import plugin
from cm_cache.layout import CACHE_ALIAS, CACHE_UID

pytestmark = pytest.mark.usefixtures("cm_leak_check")


def test_it_owns_the_cache(cm_session):
    automation = cm_session.plugins.automations["cache"]
    assert (automation.name, automation.uid) == (CACHE_ALIAS, CACHE_UID)
    assert cm_session.plugins.owner_of("cache") == "cache"
    assert not [warning for warning in cm_session.plugins.warnings if "cache" in warning]


def test_hooks_are_short_adapters():
    functions = [
        node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)
    ]
    assert {"cm_find", "cm_rm", "cm_load"} <= {function.name for function in functions}
    for function in functions:
        body = function.body[1:]
        assert body[-1].end_lineno - body[0].lineno < 25


def test_the_plugin_module_imports_nothing_heavy():
    code = (
        "import sys, cm_cache.plugin; print(*(name for name in sys.modules if name.startswith('cm_cache')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"cm_cache", "cm_cache.plugin"}


def test_the_command_line(run_cm, put):
    entry = put(tags=("get", "thing"), version="1.0")
    for words in (("find", "cache", "--tags=get"), ("list", "cache"), ("search", "cache", "get thing")):
        assert run_cm(*words).stdout.splitlines() == [str(entry.path)]
    shown = run_cm("show", "cache", "get thing")
    assert shown.status == 0
    assert "Version: 1.0" in shown.stdout
    assert run_cm("rm", "cache").status == 1
    assert entry.path.exists()
    assert run_cm("rm", "cache", "-f").status == 0
    assert not entry.path.exists()
    assert run_cm("rm", "cache", "--tags=gone", "-f").status == 16
