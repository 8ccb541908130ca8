"""What the conformance tests share: the given paths, a session on the repository, and the report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cm_conformance.report import Report

from cm_core import Session

_REPORT = pytest.StashKey[Report]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[_REPORT].write()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    return request.config.stash[_REPORT]


def given(request: pytest.FixtureRequest, option: str, what: str) -> Path:
    """A path of the command line; without it the test is skipped."""
    path = request.config.getoption(option)
    if path is None:
        pytest.skip(f"needs {what}: {option} PATH")
    return path.absolute()


@pytest.fixture(scope="session")
def repository(request: pytest.FixtureRequest) -> Path:
    return given(request, "--repo", "the checkout of a public repository").resolve()


@pytest.fixture(scope="session")
def oracle(request: pytest.FixtureRequest) -> Path:
    return given(request, "--oracle", "recorded answers of the original")


@pytest.fixture(scope="session")
def peer(request: pytest.FixtureRequest) -> Path:
    return given(request, "--peer", "a Python that has the original")


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest) -> Path:
    """The sources of the original with its public test sequences."""
    return given(request, "--ck", "a checkout of mlcommons/ck").resolve()


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Empty folders for one test: ``home`` of the toolkit, ``cwd``, and ``user`` (home of the person)."""
    folders = {name: tmp_path / name for name in ("home", "cwd", "user")}
    for folder in folders.values():
        folder.mkdir()
    return folders


@pytest.fixture
def session(repository: Path, places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session in a fresh home where only the repository is registered."""
    monkeypatch.chdir(places["cwd"])
    env = {**os.environ, "CM_REPOS": str(places["home"]), "HOME": str(places["user"])}
    session = Session(env=env, cwd=places["cwd"])
    session.repos.add(repository)
    yield session
    session.close()
