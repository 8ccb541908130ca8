"""Thousands of queries find what the files say, and a sample of them what the original finds."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from cm_conformance.peer import Peer
from cm_conformance.queries import Query, Questions
from cm_conformance.report import Report
from cm_conformance.repository import Item, about, artifacts

from cm_core import Session

QUERIES = 5200
SAMPLE = 130
SEED = 1


@pytest.fixture(scope="module")
def items(repository: Path) -> list[Item]:
    # Without an alias or UID nothing can be asked for by name.
    return [item for item in artifacts(repository) if item.alias and item.uid]


def found(session: Session, repository: Path, query: Query) -> frozenset[Path]:
    answer = session.access(query.request())
    assert answer["return"] == 0, (query, answer)
    paths = (Path(artifact.path) for artifact in answer["list"])
    return frozenset(path for path in paths if path.is_relative_to(repository))


def test_queries_find_what_the_files_say(
    session: Session, repository: Path, items: list[Item], report: Report
):
    queries = list(Questions(items, about(repository)["alias"], SEED).ask(QUERIES))
    started = time.perf_counter()
    wrong = [query for query in queries if found(session, repository, query) != query.expected]
    seconds = time.perf_counter() - started
    assert wrong == []
    shapes = Counter(query.shape for query in queries)
    report.section(
        "queries",
        "Queries",
        f"{len(queries)} generated queries over {len(items)} artifacts of {len({i.kind for i in items})} "
        f"kinds found exactly what the metadata files say, in {seconds:.0f} s: "
        + ", ".join(f"{number} by {shape}" for shape, number in shapes.items())
        + ".",
    )


def test_every_artifact_is_loaded_by_name_and_uid(session: Session, items: list[Item]):
    uids = Counter(item.uid for item in items)
    for item in items:
        if uids[item.uid] > 1:
            continue
        kind = f"{item.meta['automation_alias']},{item.kind}"
        for name in (item.uid, f"{item.alias},{item.uid}"):
            # Some automations of the repository load in a way of their own; this is about the common one.
            request = {"action": "load", "automation": kind, "artifact": name, "common": True}
            answer = session.access(request)
            assert answer["return"] == 0, answer
            assert Path(answer["path"]) == item.path
            assert answer["meta"] == item.meta


@pytest.mark.slow
def test_a_sample_finds_what_the_original_finds(
    session: Session, repository: Path, items: list[Item], original: Peer, report: Report
):
    # The index of the original hides all but one artifact of a UID or alias.
    uids, aliases = Counter(i.uid for i in items), Counter((i.kind, i.alias.lower()) for i in items)
    alone = [i for i in items if uids[i.uid] == 1 and aliases[i.kind, i.alias.lower()] == 1]
    queries = list(Questions(alone, about(repository)["alias"], SEED + 1).ask(SAMPLE))
    answers = original.ask([query.request() for query in queries])
    visible = {item.path for item in alone}
    different = [
        (query, answer)
        for query, answer in zip(queries, answers, strict=True)
        if found(session, repository, query) & visible != visible.intersection(map(Path, answer["list"]))
    ]
    assert different == []
    report.section(
        "sample",
        "Queries, compared with the original",
        f"{len(queries)} of these queries found the same in the original. {len(items) - len(alone)} "
        "artifacts that share an alias or a UID are left out: its index shows one of each.",
    )
