"""What a repository holds, read by means of our own and not by the code under test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

YARDSTICK = "mlcommons@cm4mlops"
# Other public ones, of which the page tells; anybody's own repository is only tested.
OTHERS = ("mlcommons@cm4abtf", "ctuning@cm4research", "mlcommons@ck", "mlcommons@cmx4mlops", "cmx4mlperf")
SCRIPT_UID = "5b4e0237da074764"
AUTOMATION_UID = "bbeb15d8f0a944a4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One artifact of a repository."""

    path: Path
    meta: Mapping[str, Any] = field(repr=False)

    @property
    def alias(self) -> str:
        return str(self.meta.get("alias") or "")

    @property
    def uid(self) -> str:
        return str(self.meta.get("uid") or "")

    @property
    def kind(self) -> str:
        """UID of its automation."""
        return str(self.meta.get("automation_uid") or "")

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(str(tag) for tag in self.meta.get("tags") or ())


def metadata(folder: Path) -> dict[str, Any]:
    """YAML first, then the top-level keys of JSON over it."""
    merged: dict[str, Any] = {}
    if (path := folder / "_cm.yaml").is_file():
        merged |= yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if (path := folder / "_cm.json").is_file():
        merged |= json.loads(path.read_text(encoding="utf-8"))
    return merged


def about(repository: Path) -> dict[str, Any]:
    """``cmr.yaml`` of a repository."""
    return dict(yaml.safe_load((repository / "cmr.yaml").read_text(encoding="utf-8")))


def artifacts(repository: Path) -> list[Item]:
    """All artifacts: folders two levels below the repository, or its prefix, that have metadata."""
    root = repository / str(about(repository).get("prefix") or "")
    folders = sorted({path.parent for path in root.glob("*/*/_cm.*") if path.suffix in {".yaml", ".json"}})
    return [Item(path=folder, meta=metadata(folder)) for folder in folders]


def scripts(repository: Path) -> list[Item]:
    """The scripts among them."""
    return [
        item
        for item in artifacts(repository)
        if item.kind == SCRIPT_UID and item.path.parent.name == "script"
    ]


def cases(script: Item) -> Iterator[str]:
    """Variations to run a script with: none, and each declared one; ``name.#`` as ``name.x1``."""
    yield ""
    for name in script.meta.get("variations") or ():
        yield ",".join(f"_{part.replace('.#', '.x1')}" for part in str(name).split(","))
