"""Thousands of ways to ask for artifacts, and who should be found: worked out from the files alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cm_conformance.repository import SCRIPT_UID, Item

Test = Callable[[Item], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request of ``find``.

    Attributes:
        shape: which kind of question it is, for the report.
        expected: folders that should be found.
    """

    shape: str
    kind: str
    name: str = ""
    tags: str = ""
    expected: frozenset[Path]

    def request(self) -> dict[str, Any]:
        """For ``access``."""
        given = {"artifact": self.name, "tags": self.tags}
        return {
            "action": "find",
            "automation": self.kind,
            "out": "",
            **{key: value for key, value in given.items() if value},
        }


class Questions:
    """Makes queries about the artifacts of a repository.

    Args:
        owner: alias of the repository.
        seed: the same one gives the same queries.
    """

    def __init__(self, items: Sequence[Item], owner: str, seed: int) -> None:
        self._items = items
        self._owner = owner
        self._random = random.Random(seed)
        self._shapes: dict[str, Callable[[Item], tuple[str, str, Test]]] = {
            "some tags": self._some_tags,
            "tags, one excluded": self._excluded,
            "tags of several artifacts": self._mixed_tags,
            "alias": self._alias,
            "alias in other case": self._other_case,
            "UID": self._uid,
            "alias and UID": self._both,
            "wrong alias, right UID": self._wrong_alias,
            "pattern": self._pattern,
            "name and tags": self._name_and_tags,
            "repository and name": self._with_repository,
            "unknown name": self._unknown,
            "tags and a variation": self._variation,
        }

    def ask(self, number: int) -> Iterator[Query]:
        """As many queries, all shapes in turn."""
        shapes = list(self._shapes.items())
        for position in range(number):
            shape, make = shapes[position % len(shapes)]
            item = self._random.choice(self._items)
            name, tags, test = make(item)
            kind = f"{item.meta['automation_alias']},{item.kind}"
            same = [other for other in self._items if other.kind == item.kind]
            yield Query(
                shape=shape,
                kind=kind,
                name=name,
                tags=tags,
                expected=frozenset(other.path for other in same if test(other)),
            )

    # -- shapes: name, tags, and who is meant ------------------------------------------------------------

    def _some_tags(self, item: Item) -> tuple[str, str, Test]:
        chosen = self._some(item.tags)
        return "", ",".join(chosen), lambda other: other.tags.issuperset(chosen)

    def _excluded(self, item: Item) -> tuple[str, str, Test]:
        wanted = self._some(item.tags)[:1]
        unwanted = [tag for tag in self._some(self._random.choice(self._items).tags)[:2] if tag not in wanted]
        tags = [*wanted, *(f"-{tag}" for tag in unwanted)]
        return "", ",".join(tags), lambda other: other.tags >= set(wanted) and not other.tags & set(unwanted)

    def _mixed_tags(self, item: Item) -> tuple[str, str, Test]:
        chosen = self._some(item.tags)[:1] + self._some(self._random.choice(self._items).tags)[:1]
        return "", ", ".join(chosen), lambda other: other.tags.issuperset(chosen)

    def _alias(self, item: Item) -> tuple[str, str, Test]:
        return item.alias, "", lambda other: other.alias.lower() == item.alias.lower()

    def _other_case(self, item: Item) -> tuple[str, str, Test]:
        return item.alias.swapcase(), "", lambda other: other.alias.lower() == item.alias.lower()

    def _uid(self, item: Item) -> tuple[str, str, Test]:
        return item.uid, "", lambda other: other.uid == item.uid

    def _both(self, item: Item) -> tuple[str, str, Test]:
        return f"{item.alias},{item.uid}", "", lambda other: other.uid == item.uid

    def _wrong_alias(self, item: Item) -> tuple[str, str, Test]:
        return f"other-name,{item.uid}", "", lambda other: other.uid == item.uid

    def _pattern(self, item: Item) -> tuple[str, str, Test]:
        start = self._random.randrange(len(item.alias))
        part = item.alias[start : start + self._random.randint(1, 8)]
        pattern = self._random.choice([f"*{part}*", f"{item.alias[:start]}*", f"*{item.alias[start:]}"])
        if len(item.alias) > 3 and self._random.random() < 0.3:
            pattern = f"{item.alias[:2]}?{item.alias[3:]}"
        return pattern, "", lambda other: fnmatchcase(other.alias.lower(), pattern.lower())

    def _name_and_tags(self, item: Item) -> tuple[str, str, Test]:
        chosen = self._some(self._random.choice([item, self._random.choice(self._items)]).tags)[:2]

        def test(other: Item) -> bool:
            return other.alias.lower() == item.alias.lower() and other.tags.issuperset(chosen)

        return item.alias, ",".join(chosen), test

    def _with_repository(self, item: Item) -> tuple[str, str, Test]:
        if self._random.random() < 0.2:
            return f"elsewhere:{item.alias}", "", lambda _: False
        return f"{self._owner}:{item.alias}", "", lambda other: other.alias.lower() == item.alias.lower()

    def _unknown(self, item: Item) -> tuple[str, str, Test]:
        return f"{item.alias}-no", "", lambda other: other.alias.lower() == f"{item.alias}-no".lower()

    def _variation(self, item: Item) -> tuple[str, str, Test]:
        names = [str(name) for name in item.meta.get("variations") or () if "," not in str(name)]
        if item.kind != SCRIPT_UID or not names:
            return self._some_tags(item)
        name = self._random.choice(names).replace(".#", ".x1")
        chosen = self._some(item.tags)

        def test(other: Item) -> bool:
            return other.tags.issuperset(chosen) and _has_variation(other, name)

        return "", ",".join([*chosen, f"_{name}"]), test

    def _some(self, tags: frozenset[str]) -> list[str]:
        plain = sorted(tag for tag in tags if tag[:1] not in "-_" and "," not in tag)
        return self._random.sample(plain, self._random.randint(1, min(3, len(plain)))) if plain else []


def _has_variation(item: Item, name: str) -> bool:
    declared = [str(key) for key in item.meta.get("variations") or ()]
    return name in declared or any(
        key.endswith(".#") and name.startswith(key[:-1]) and name != key[:-1] for key in declared
    )
