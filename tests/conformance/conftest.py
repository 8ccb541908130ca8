"""What the conformance tests share: the given paths, a session on the repository, and the report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cm_conformance.peer import Peer
from cm_conformance.report import Report
from cm_conformance.repository import YARDSTICK, about

from cm_core import Session

_REPORT = pytest.StashKey[Report]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (repository := session.config.getoption("--repo")) is None:
        return
    # The page is about the repository that the recorded answers are about; another public one has a row in it.
    only = None if about(repository)["alias"] == YARDSTICK else {"others"}
    session.config.stash[_REPORT].write(only=only)


@pytest.fixture(autouse=True)
def without_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe imports it in process, and the original answered where it is not installed."""
    monkeypatch.setitem(sys.modules, "psutil", None)


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
def repositories(request: pytest.FixtureRequest, repository: Path) -> list[Path]:
    """What to register: first what the repository needs, it itself last."""
    return [*(path.resolve() for path in request.config.getoption("--also")), repository]


@pytest.fixture(scope="session")
def yardstick(repository: Path) -> None:
    """For tests about what one public repository holds; with another one they are skipped."""
    if about(repository)["alias"] != YARDSTICK:
        pytest.skip(f"this is about {YARDSTICK}")


@pytest.fixture(scope="session")
def oracle(request: pytest.FixtureRequest) -> Path:
    return given(request, "--oracle", "recorded answers of the original")


@pytest.fixture
def original(request: pytest.FixtureRequest, repositories: list[Path], tmp_path: Path) -> Peer:
    """The original in fresh homes where the same is registered."""
    python = given(request, "--peer", "a Python that has the original")
    return Peer(python=python, repositories=repositories, folder=tmp_path / "original")


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest) -> Path:
    """The sources of the original with its public test sequences."""
    return given(request, "--ck", "a checkout of mlcommons/ck").resolve()


@pytest.fixture(scope="session")
def inference(request: pytest.FixtureRequest) -> Path:
    """The sources of MLPerf inference."""
    return given(request, "--mlperf-checker", "a clone of mlcommons/inference").resolve()


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Empty folders for one test: ``home`` of the toolkit, ``cwd``, and ``user`` (home of the person)."""
    folders = {name: tmp_path / name for name in ("home", "cwd", "user")}
    for folder in folders.values():
        folder.mkdir()
    return folders


@pytest.fixture
def names(repository: Path, places: dict[str, Path]) -> dict[str, str]:
    """Path -> placeholder in answers of ours."""
    placeholders = {"home": "<CMHOME>", "cwd": "<CWD>", "user": "<HOME>"}
    return {str(repository): "<REPO>", **{str(places[key]): text for key, text in placeholders.items()}}


@pytest.fixture
def session(
    repositories: list[Path], places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session in a fresh home where the repository is registered, and what it needs."""
    monkeypatch.chdir(places["cwd"])
    env = {**os.environ, "CM_REPOS": str(places["home"]), "HOME": str(places["user"])}
    session = Session(env=env, cwd=places["cwd"])
    for path in repositories:
        session.repos.add(path)
    yield session
    session.close()
