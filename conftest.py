"""Options and helpers that tests of all distributions share."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

# pytest names a test module after its folder (cm_cache.tests.test_key). Were the folder's package not
# loaded yet, the folder itself would take its name.
for package in ("cm_core", "cm_cache", "cm_script", "cm_mlperf"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(package)

# A shell starts background jobs with Ctrl-C ignored, and programs started from them inherit that; tests send
# real interrupts.
with contextlib.suppress(ValueError):  # not the main thread
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cm toolkit")
    group.addoption("--wheels", type=Path, help="folder with built wheels, for tests/packaging")
    group.addoption("--repo", type=Path, help="checkout of a public repository, for tests/conformance")
    group.addoption("--also", type=Path, action="append", default=[], help="a repository that it needs")
    group.addoption("--oracle", type=Path, help="recorded answers of the original, for tests/conformance")
    group.addoption("--peer", type=Path, help="Python that has the original, for tests/conformance")
    group.addoption("--ck", type=Path, help="checkout of mlcommons/ck, for tests/conformance")


@pytest.fixture
def need_tool() -> Callable[[str], str]:
    """Path of an external program; without it the test is skipped, or fails where it is promised.

    CM_TEST_REQUIRE lists what a machine promises to have ("docker,podman"), so that a missing engine
    cannot turn into a silent skip there.
    """

    def need(name: str) -> str:
        path = shutil.which(name)
        if path is not None:
            return path
        promised = {part.strip() for part in os.environ.get("CM_TEST_REQUIRE", "").split(",")}
        if name in promised:
            pytest.fail(f"CM_TEST_REQUIRE promises {name}, but it is not on the PATH")
        pytest.skip(f"{name} is not on the PATH")

    return need


@pytest.fixture
def make_scripts(make_repo: Callable[..., Path]) -> Callable[..., Path]:
    """A factory of repositories of scripts, files included; it does not register them.

    ``make_scripts("mine", {"hello": {"tags": ["hello"], "run.sh": "echo hello"}})``: keys with a suffix are
    files beside the metadata, the tags are the words of the alias unless given.
    """

    def make(alias: str, scripts: Mapping[str, Mapping[str, Any]], **options: Any) -> Path:
        metas = {
            f"script/{name}": {
                "tags": name.split("-"),
                **{key: value for key, value in facts.items() if not _is_file(key)},
            }
            for name, facts in scripts.items()
        }
        root = make_repo(alias, metas, **options)
        for name, facts in scripts.items():
            for key, text in facts.items():
                if _is_file(key):
                    (root / "script" / name / key).write_text(text, encoding="utf-8")
        return root

    return make


def _is_file(key: str) -> bool:
    return key.endswith((".sh", ".py", ".txt"))
