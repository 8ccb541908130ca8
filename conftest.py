"""Options and helpers that tests of all distributions share."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

# pytest names a test module after its folder (cm_cache.tests.test_key). Were the folder's package not
# loaded yet, the folder itself would take its name.
for package in ("cm_core", "cm_cache", "cm_script"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(package)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cm toolkit")
    group.addoption("--wheels", type=Path, help="folder with built wheels, for tests/packaging")
    group.addoption("--repo", type=Path, help="checkout of a public repository, for tests/conformance")


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
