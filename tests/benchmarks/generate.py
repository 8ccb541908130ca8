"""Generated repositories and homes; plain files in the format both contenders read."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

SCRIPT = "script,5b4e0237da074764"
CACHE = "cache,541d6f712a6b464e"
DEPENDENCY_KINDS = ("plain", "shell", "cached")
AUTOMATION_MODULE = """\
from cmind.automation import Automation


class CAutomation(Automation):
    def __init__(self, cmind, automation_file):
        super().__init__(cmind, __file__)
"""


def uid(name: str) -> str:
    """A UID that is the same in every run."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def write_repository(folder: Path, alias: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cmr.yaml").write_text(f"alias: {alias}\ngit: false\nuid: '{uid(alias)}'\n", encoding="utf-8")
    return folder


def write_script(repository: Path, alias: str, tags: Iterable[str], extra: Sequence[str] = ()) -> Path:
    """One script; ``extra`` are further lines of its metadata."""
    kind, kind_uid = SCRIPT.split(",")
    folder = repository / "script" / alias
    folder.mkdir(parents=True)
    lines = [
        f"alias: {alias}",
        f"automation_alias: {kind}",
        f"automation_uid: {kind_uid}",
        "category: Generated",
        f"tags: [{', '.join(tags)}]",
        f"uid: '{uid(alias)}'",  # quoted: some consist of digits only
        *extra,
    ]
    (folder / "_cm.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_filler(repository: Path, count: int) -> None:
    """Scripts as public repositories have them: variations, export keys, a few tags each."""
    body = [
        "new_env_keys:",
        "- CM_FILLER_*",
        "variations:",
        "  fast:",
        "    group: speed",
        "    default: true",
        "    env:",
        "      CM_FILLER_SPEED: fast",
        "  slow:",
        "    group: speed",
        "    env:",
        "      CM_FILLER_SPEED: slow",
    ]
    for number in range(count):
        tags = ("filler", f"number-{number}", f"dozen-{number // 12}", "odd" if number % 2 else "even")
        write_script(repository, f"filler-{number:05}", tags, body)


def write_lists(repository: Path, lengths: Sequence[int]) -> None:
    """For each kind a script with N dependencies, and for each N a chain of that depth."""
    write_script(repository, "bench-single-plain", ("bench", "single-plain"))
    longest = max(lengths)
    for kind in DEPENDENCY_KINDS:
        extra = ["cache: true"] if kind == "cached" else []
        for number in range(longest):
            folder = write_script(repository, f"bench-{kind}-{number}", ("bench", f"{kind}-{number}"), extra)
            if kind == "shell":
                (folder / "run.sh").write_text("true\n", encoding="utf-8")
        for length in lengths:
            names = [f"bench,{kind}-{number}" for number in range(length)]
            write_script(
                repository, f"bench-list-{kind}-{length}", ("bench", f"list-{kind}-{length}"), deps(names)
            )
    for depth in range(longest + 1):
        below = deps([f"bench,chain-{depth - 1}"]) if depth else []
        write_script(repository, f"bench-chain-{depth}", ("bench", f"chain-{depth}"), below)


def write_batches(repository: Path, count: int, size: int) -> None:
    """Scripts with ``size`` cached dependencies that no other one shares: each first run stores them all."""
    for batch in range(count):
        names = [f"batch-{batch}-{number}" for number in range(size)]
        for name in names:
            write_script(repository, f"bench-{name}", ("bench", name), ["cache: true"])
        below = deps(f"bench,{name}" for name in names)
        write_script(repository, f"bench-batch-{batch}", ("bench", f"batch-{batch}"), below)


def deps(tags: Iterable[str]) -> list[str]:
    return ["deps:", *(f"- tags: {text}" for text in tags)]


def write_automation(repository: Path, peer: Path | None) -> None:
    """What the original needs to know the kind ``script``: its own automations, or the least that loads."""
    if peer is not None:
        keep = shutil.ignore_patterns("__pycache__", ".git")
        shutil.copytree(peer / "automation", repository / "automation", ignore=keep)
        shutil.copytree(peer / "script" / "detect-os", repository / "script" / "detect-os", ignore=keep)
        return
    for kind, kind_uid in (SCRIPT.split(","), CACHE.split(",")):
        folder = repository / "automation" / kind
        folder.mkdir(parents=True)
        meta = {
            "alias": kind,
            "uid": kind_uid,
            "automation_alias": "automation",
            "automation_uid": "bbeb15d8f0a944a4",
            "tags": ["automation"],
        }
        (folder / "_cm.json").write_text(json.dumps(meta), encoding="utf-8")
        (folder / "module.py").write_text(AUTOMATION_MODULE, encoding="utf-8")


def write_home(home: Path, repositories: Iterable[Path], cache_entries: int = 0) -> Path:
    """A home with registered repositories and that many finished cache entries."""
    local = home / "repos" / "local"
    local.mkdir(parents=True)
    (local / "cmr.yaml").write_text(
        "alias: local\nname: CM local repository\nuid: 9a3280b14a4285c9\n", encoding="utf-8"
    )
    (home / "repos.json").write_text(json.dumps([str(path) for path in repositories]), encoding="utf-8")
    for number in range(cache_entries):
        write_cache_entry(local, number)
    return home


def write_cache_entry(local: Path, number: int) -> None:
    kind, kind_uid = CACHE.split(",")
    script = f"filler-{number % 300:05}"
    entry_uid = uid(f"entry-{number}")
    folder = local / "cache" / entry_uid
    folder.mkdir(parents=True)
    meta = {
        "alias": "",
        "uid": entry_uid,
        "automation_alias": kind,
        "automation_uid": kind_uid,
        "tags": ["filler", f"number-{number % 300}", f"entry-{number}", f"script-artifact-{uid(script)}"],
        "associated_script_artifact": f"{script},{uid(script)}",
        "associated_script_artifact_uid": uid(script),
    }
    state = {"deps": [], "new_env": {"CM_FILLER_SPEED": "fast"}, "new_state": {}, "version": ""}
    (folder / "_cm.json").write_text(json.dumps(meta), encoding="utf-8")
    (folder / "cm-cached-state.json").write_text(json.dumps(state), encoding="utf-8")
