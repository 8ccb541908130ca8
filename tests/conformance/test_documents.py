"""Documents about a public repository: every script gets a page, whatever its metadata look like."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from cm_conformance.repository import about, scripts

from cm_core import Request, Session

pytest.importorskip("cm_doc", reason="needs cm-plugin-doc")


@pytest.fixture(autouse=True)
def _documented(repository: Path) -> None:
    if not scripts(repository):
        pytest.skip("the repository has no scripts")


def document(session: Session, kind: str, artifact: str, output: Path) -> list[Path]:
    options = {"output": str(output)}
    request = Request(action="doc", automation=kind, artifact=artifact, options=options)
    return [Path(file) for file in session.call(request).data["written"]]


def test_a_page_for_every_script(session: Session, repository: Path, tmp_path: Path):
    alias = about(repository)["alias"]
    pages = {
        page.stem: page.read_text() for page in document(session, "script", f"{alias}:", tmp_path / "docs")
    }
    known = scripts(repository)
    assert len(pages) == len(known) + 1
    assert session.warnings == []
    wrong = {}
    for name, page in pages.items():
        if name == "README":
            continue
        command = shlex.split(page.partition("```bash\n")[2].partition("\n```")[0])
        found = session.find("script", *_search(command[3:]))
        best = min(artifact.repo.rank for artifact in found)
        chosen = [artifact for artifact in found if artifact.repo.rank == best]
        uid = re.search(r"\(UID `(\w+)`\)", page)
        if len(chosen) != 1 or uid is None or uid[1] != chosen[0].uid:
            wrong[name] = command
    assert wrong == {}


def test_a_catalogue(session: Session, repository: Path, tmp_path: Path):
    pages = document(session, "repo", about(repository)["alias"], tmp_path / "site")
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    (listed,) = re.findall(r'<script type="application/json" id="search-index">(.*?)</script>', index)
    assert {entry["file"] for entry in json.loads(listed)} == {page.name for page in pages[1:]}
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(r'href="([^"#]+)', page.read_text(encoding="utf-8"))
        if not (page.parent / link).is_file()
    ]
    assert broken == []


def _search(words: list[str]) -> tuple[str, str]:
    """Name and tags that the words of a command mean."""
    tags = [word.removeprefix("--tags=") for word in words if word.startswith("--tags=")]
    names = [word for word in words if not word.startswith("--")]
    return (names or [""])[0], (tags or [""])[0]
