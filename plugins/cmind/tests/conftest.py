"""Small repositories as people write them for cmind."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cm_cmind import provide

KINDS = {"clock": "00000000000c10c0", "lamp": "0000000000001a00", "script": "5b4e0237da074764"}

HEAD = """
import os
from cmind.automation import Automation
from cmind import utils


class CAutomation(Automation):
    def __init__(self, cmind, automation_file):
        super().__init__(cmind, __file__)
"""


@pytest.fixture(autouse=True)
def own_cmind():
    """Each test finds our package, and leaves nothing of it to the next one."""
    provide.install()
    yield
    provide.uninstall()
    provide._defaults.clear()
    provide._latest.clear()
    provide._current.set(None)


@pytest.fixture
def utils():
    from cmind import utils

    return utils


@pytest.fixture
def make_automation():
    """Write ``automation/<kind>/module.py`` of methods, given as text, into a repository."""

    def make(
        root: Path, kind: str, methods: str, *, file: str = "module.py", head: str = HEAD, **meta
    ) -> Path:
        from cm_core import dump_yaml

        folder = root / "automation" / kind
        folder.mkdir(parents=True, exist_ok=True)
        names = {"alias": kind, "uid": KINDS[kind], "automation_alias": "automation"}
        own = {**names, "automation_uid": "bbeb15d8f0a944a4", "tags": ["automation"], **meta}
        (folder / "_cm.yaml").write_text(dump_yaml(own), encoding="utf-8")
        text = head + textwrap.indent(textwrap.dedent(methods), "    ")
        (folder / file).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def repo(make_repo, cm_session):
    """A registered repository without artifacts."""
    return make_repo("mine", register=cm_session)


@pytest.fixture
def make_script(repo):
    """Write a recipe with a customize.py into the repository."""

    def make(alias: str, customize: str = "", run: str = "", **meta) -> Path:
        from cm_core import dump_yaml, new_uid

        folder = repo / "script" / alias
        folder.mkdir(parents=True)
        names = {"alias": alias, "uid": new_uid(), "automation_alias": "script"}
        own = {**names, "automation_uid": KINDS["script"], "tags": alias.split("-"), **meta}
        (folder / "_cm.yaml").write_text(dump_yaml(own), encoding="utf-8")
        if customize:
            (folder / "customize.py").write_text(textwrap.dedent(customize), encoding="utf-8")
        if run:
            (folder / "run.sh").write_text(textwrap.dedent(run), encoding="utf-8")
        return folder

    return make
