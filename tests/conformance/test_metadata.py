"""Metadata is loaded whole, and written and loaded again it is the same: in YAML, in JSON, unknown keys too."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from cm_conformance.report import Report
from cm_conformance.repository import SCRIPT_UID, artifacts, metadata, scripts

from cm_core import Session, jsonable, read_meta, write_meta

EXTRA = {"a key of the future": {"list": [1, 2.5, None, True, "yes"], "empty": {}, "text": "äöü\n#:"}}


def test_every_script_is_found_once(session: Session, repository: Path):
    paths = [artifact.path for artifact in session.find("script") if artifact.path.is_relative_to(repository)]
    assert sorted(paths) == [script.path for script in scripts(repository)]


def test_metadata_is_loaded_whole(session: Session, repository: Path):
    expected = {script.path: script.meta for script in scripts(repository)}
    for artifact in session.find("script"):
        if artifact.path in expected:
            assert dict(artifact.original_meta) == expected[artifact.path], artifact.path.name


def test_round_trips(repository: Path, tmp_path: Path, report: Report):
    items = artifacts(repository)
    odd: list[tuple[str, str]] = []
    for number, item in enumerate(items):
        meta = read_meta(item.path)
        assert meta == metadata(item.path), item.path
        meta |= EXTRA
        for as_yaml in (True, False):
            folder = tmp_path / f"{number}-{as_yaml}"
            folder.mkdir()
            file = write_meta(folder, meta, as_yaml=as_yaml)
            assert file.suffix == (".yaml" if as_yaml else ".json")
            again = read_meta(folder)
            # JSON has text keys only: what YAML reads as another key is the same word afterwards.
            assert again == (meta if as_yaml else jsonable(meta)), item.path
            assert list(again) == list(meta) if as_yaml else set(again) == set(map(str, meta))
            assert _types(again) == _types(meta if as_yaml else jsonable(meta)), item.path
        if jsonable(meta) != meta:
            odd.append((item.path.parent.name, item.path.name))
    kinds = Counter("script" if item.kind == SCRIPT_UID else "other" for item in items)
    report.section(
        "metadata",
        "Metadata",
        f"The metadata of {len(items)} artifacts ({kinds['script']} of scripts) was loaded, given an "
        "unknown key, written as YAML and as JSON, and loaded again: equal, types included."
        + (
            f" {len(odd)} of them hold a key that is not text in YAML; in JSON it becomes text: "
            + ", ".join(f"`{kind}/{name}`" for kind, name in odd)
            + "."
            if odd
            else ""
        ),
    )


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_types(item) for item in value]
    return type(value).__name__
