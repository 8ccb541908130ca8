"""A public repository as it is: every artifact is found by name and by tags, and nothing in it is lost.

Run by ``nox -s conformance -- --repo PATH``. The expected facts are read from the files by means of
their own, not by the code under test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cm_core import Session

SCRIPT_UID = "5b4e0237da074764"


@pytest.fixture(scope="module")
def repository(request: pytest.FixtureRequest) -> Path:
    path = request.config.getoption("--repo")
    if path is None:
        pytest.skip("needs the checkout of a public repository: --repo PATH")
    return path.resolve()


@pytest.fixture(scope="module")
def session(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    home = tmp_path_factory.mktemp("home")
    session = Session(env={"CM_REPOS": str(home)}, cwd=home)
    session.repos.add(repository)
    yield session
    session.close()


def metadata(folder: Path) -> dict[str, Any]:
    """YAML first, then the top-level keys of JSON over it."""
    merged: dict[str, Any] = {}
    if (path := folder / "_cm.yaml").is_file():
        merged |= yaml.safe_load(path.read_text(encoding="utf-8"))
    if (path := folder / "_cm.json").is_file():
        merged |= json.loads(path.read_text(encoding="utf-8"))
    return merged


@pytest.fixture(scope="module")
def scripts(repository: Path) -> dict[Path, dict[str, Any]]:
    """Metadata of each script by folder."""
    folders = sorted({path.parent for path in repository.glob("script/*/_cm.*")})
    found = {folder: metadata(folder) for folder in folders}
    assert found, f"{repository} has no scripts"
    return {folder: meta for folder, meta in found.items() if meta.get("automation_uid") == SCRIPT_UID}


def test_every_script_is_found_once(session: Session, repository: Path, scripts: dict[Path, dict[str, Any]]):
    found = [artifact.path for artifact in session.find("script") if artifact.path.is_relative_to(repository)]
    assert sorted(found) == sorted(scripts)


def test_every_script_is_found_by_alias_and_by_uid(session: Session, scripts: dict[Path, dict[str, Any]]):
    for folder, meta in scripts.items():
        for name in (meta["alias"], meta["uid"]):
            assert folder in {artifact.path for artifact in session.find("script", name)}, name


def test_every_script_is_found_by_all_its_tags(session: Session, scripts: dict[Path, dict[str, Any]]):
    for folder, meta in scripts.items():
        tags = [str(tag) for tag in meta.get("tags", [])]
        assert folder in {artifact.path for artifact in session.find("script", tags=tags)}, tags


def test_metadata_is_loaded_whole(session: Session, scripts: dict[Path, dict[str, Any]]):
    for artifact in session.find("script"):
        if artifact.path in scripts:
            assert dict(artifact.original_meta) == scripts[artifact.path], artifact.path.name
