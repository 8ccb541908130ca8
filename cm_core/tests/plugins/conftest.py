"""Plugins of others, installed as distributions on the path of another process."""

import json
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest

_HEAD = """
from cm_core import Action, Automation, CMError, Result, hookimpl
cm_api_version = "1"
"""
_ASK = """
import json, sys
from cm_core import Session
session = Session()
answers = []
for line in sys.argv[1:]:
    answers.append(session.access(line))
plugins = {name: info.to_json() for name, info in session.plugins.plugins.items()}
print(json.dumps([answers, session.plugins.warnings, plugins, sorted(sys.modules)], default=str))
"""


class Outcome:
    def __init__(self, document, stderr):
        self.answers, self.warnings, self.plugins, self.modules = document
        self.stderr = stderr


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def install(site):
    """Install a distribution with one plugin; ``code`` comes after imports and the version."""

    def make(name, code, *, distribution="", module="", head=_HEAD, version="1.0"):
        module, distribution = module or f"plugin_{name}", distribution or f"dist-{name}"
        (site / f"{module}.py").write_text(head + textwrap.dedent(code))
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[cm]\n{name} = {module}\n")

    return make


@pytest.fixture
def python(site, child_environment, tmp_path):
    """A new process that runs code with the distributions that were installed."""

    def run(code, words, variables):
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**child_environment, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1", **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def ask(python):
    """Answers of a new process to requests."""

    def run(*lines, **variables):
        done = python(_ASK, lines, variables)
        assert done.returncode == 0, done.stderr
        return Outcome(json.loads(done.stdout.splitlines()[-1]), done.stderr)

    return run


@pytest.fixture
def cm(python):
    """The command line in a new process."""

    def run(*words, **variables):
        done = python("import sys; from cm_core.cli import main; sys.exit(main())", words, variables)
        return SimpleNamespace(status=done.returncode, stdout=done.stdout, stderr=done.stderr)

    return run
