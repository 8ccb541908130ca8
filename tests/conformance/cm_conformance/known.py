"""``known_differences.yaml``: where the original is wrong and ours differs on purpose, reviewed by people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Kind = Literal["crash", "fault", "history", "hash order"]
FILE = Path(__file__).parent.parent / "known_differences.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDifference:
    """One entry.

    Attributes:
        variations: those of the script for which it holds.
        kind: in which way the original is wrong.
    """

    script: str
    variations: tuple[str, ...]
    kind: Kind
    reason: str


def load_known(owner: str, path: Path = FILE) -> dict[tuple[str, str], KnownDifference]:
    """The entries of a repository, given by alias, by case (folder of the script, variations).

    Raises:
        ValueError: for an entry without a reason or of another kind.
    """
    entries: dict[tuple[str, str], KnownDifference] = {}
    for row in yaml.safe_load(path.read_text(encoding="utf-8")).get(owner, ()):
        entry = _entry(row)
        for variations in entry.variations:
            entries[entry.script, variations] = entry
    return entries


def known_lines(entries: Iterable[KnownDifference]) -> list[str]:
    """Markdown: each entry with the number of cases in which it was met."""
    return [
        f"- `{entry.script}` ({number} {'case' if number == 1 else 'cases'}, {entry.kind}): {entry.reason}"
        for entry, number in Counter(entries).items()
    ]


def _entry(row: Mapping[str, Any]) -> KnownDifference:
    if row["kind"] not in get_args(Kind) or not str(row["reason"]).strip():
        raise ValueError(f"{FILE.name}: {row['script']} needs a reason and one kind of {get_args(Kind)}")
    return KnownDifference(
        script=row["script"],
        variations=tuple(row["variations"]),
        kind=row["kind"],
        reason=" ".join(row["reason"].split()),
    )
