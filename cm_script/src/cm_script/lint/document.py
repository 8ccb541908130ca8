"""A metadata file with the lines of its keys."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, field, frozen, kind_of, load_yaml
from cm_core.base import load_json, read_text

if TYPE_CHECKING:
    import yaml

# Where something stands: keys and positions from the top, each as text.
Place = tuple[str, ...]

# Enough for any block that people write; aliases in aliases could make far more.
_COMPARED = 10_000
_LINE_IN_MESSAGE = re.compile(r" line (\d+) is not valid")


@frozen
class Duplicate:
    """A key that stands twice in one mapping.

    Attributes:
        same: both times with the same value.
    """

    place: Place
    line: int
    first_line: int
    same: bool


@frozen
class Document:
    """One file.

    Attributes:
        data: its content; empty when it cannot be used.
        lines: place -> line, from 1.
        duplicates: keys whose first value is lost.
        problem: why it cannot be used, ``""`` when it can.
        problem_line: where.
    """

    path: Path
    data: Mapping[Any, Any] = field(default_factory=dict)
    lines: Mapping[Place, int] = field(default_factory=dict, repr=False)
    duplicates: tuple[Duplicate, ...] = ()
    problem: str = ""
    problem_line: int = 1

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(path: Path) -> Document:
    """Read a ``.yaml`` or ``.json`` file; what is wrong with it is in the document."""
    try:
        text = read_text(path)
        as_json = path.suffix == ".json"
        data = load_json(text, source=str(path)) if as_json else load_yaml(text, source=str(path))
    except CMError as error:
        match = _LINE_IN_MESSAGE.search(error.message)
        problem = error.message.removeprefix(f"{path} ").removeprefix(f"{path}").strip()
        return Document(path=path, problem=problem, problem_line=int(match[1]) if match else 1)
    if not isinstance(data, dict):
        return Document(path=path, problem=f"must hold keys and values at the top level, not {kind_of(data)}")
    lines: dict[Place, int] = {}
    duplicates: list[Duplicate] = []
    if as_json:
        _JsonSearch(text, lines).visit(data, ())
    else:
        _Walk(lines, duplicates).root(text)
    return Document(path=path, data=data, lines=lines, duplicates=tuple(duplicates))


class _Walk:
    """Collects the lines of the nodes of a YAML document."""

    def __init__(self, lines: dict[Place, int], duplicates: list[Duplicate]) -> None:
        self._lines = lines
        self._duplicates = duplicates
        self._seen: set[int] = set()
        self._mapping_type: type[yaml.Node]

    def root(self, text: str) -> None:
        import yaml

        self._mapping_type = yaml.MappingNode
        # The text has been loaded already, so it can be composed.
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if node is not None:
            self._node(node, ())

    def _node(self, node: yaml.Node, place: Place) -> None:
        if isinstance(node.value, str) or id(node) in self._seen:
            return  # An alias is looked at once: its lines are where it was written.
        self._seen.add(id(node))
        if isinstance(node, self._mapping_type):
            self._mapping(node, place)
        else:
            for position, item in enumerate(node.value):
                here = (*place, str(position))
                self._lines[here] = item.start_mark.line + 1
                self._node(item, here)

    def _mapping(self, node: yaml.Node, place: Place) -> None:
        first: dict[str, tuple[int, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key.value, str) or key.tag == "tag:yaml.org,2002:merge":
                continue
            here, line = (*place, key.value), key.start_mark.line + 1
            if key.value in first:
                before, other = first[key.value]
                same = _is_same(value, other)
                self._duplicates.append(Duplicate(place=here, line=line, first_line=before, same=same))
            first[key.value] = (line, value)
            self._lines[here] = line
            self._node(value, here)


def _is_same(one: yaml.Node, other: yaml.Node) -> bool:
    """Whether two nodes say the same; those that are too large to compare do not."""
    if isinstance(one.value, str) or isinstance(other.value, str):
        return bool(one.value == other.value and one.tag == other.tag)
    return _flat(one) == _flat(other)


def _flat(node: yaml.Node) -> list[str]:
    words: list[str] = []
    waiting = [node]
    while waiting and len(words) < _COMPARED:
        item = waiting.pop()
        words.append(f"{item.tag} {item.value if isinstance(item.value, str) else len(item.value)}")
        for child in () if isinstance(item.value, str) else item.value:
            waiting.extend(child if isinstance(child, tuple) else (child,))
    return words


class _JsonSearch:
    """Searches the text for keys and items in the order of the data, which is that of the text."""

    def __init__(self, text: str, lines: dict[Place, int]) -> None:
        self._text = text
        self._lines = lines
        self._line_ends = [match.start() for match in re.finditer("\n", text)]
        self._offset = 0

    def visit(self, value: object, place: Place) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._find(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", (*place, key))
                self.visit(item, (*place, key))
        elif isinstance(value, list):
            for position, item in enumerate(value):
                nested = isinstance(item, dict | list)
                text = json.dumps(item, ensure_ascii=False)
                token = text[:1] if nested else text
                self._find(re.escape(token), (*place, str(position)))
                self.visit(item, (*place, str(position)))

    def _find(self, pattern: str, place: Place) -> None:
        if match := re.compile(pattern).search(self._text, self._offset):
            self._offset = match.end()
            self._lines[place] = bisect.bisect_left(self._line_ends, match.start()) + 1
