"""A Mermaid graph of what a script needs."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from cm_doc.markdown import mermaid_text

if TYPE_CHECKING:
    from cm_script import Dependencies, Dependency

_MAX_NODES = 60
_ARROWS = {True: "-->", False: "-.->"}


def dependency_graph(name: str, path: Path, dependencies: Dependencies, depth: int) -> str:
    """A flowchart; dotted arrows are dependencies that only some runs need. Empty when there are none.

    Below the script itself only those are followed that every run needs.

    Args:
        depth: levels of dependencies, at least 1.
    """
    graph = _Graph(name)
    waiting = deque([(graph.root, path, 1)])
    seen = {path}
    while waiting:
        parent, place, level = waiting.popleft()
        for dependency in dependencies.of(place):
            if level > 1 and not dependency.is_certain:
                continue
            node = graph.connect(parent, dependency)
            targets = {Path(target.folder) for target in dependency.targets}
            if node and len(targets) == 1 and level < depth and not targets <= seen:
                seen |= targets
                waiting.append((node, targets.pop(), level + 1))
    return graph.text()


class _Graph:
    """Nodes and edges in the order in which they were found."""

    def __init__(self, name: str) -> None:
        self.root = "n0"
        self._nodes = {f"name:{name}": self.root}
        self._lines = [f'    n0(["{mermaid_text(name)}"])']
        self._edges: dict[tuple[str, str], bool] = {}
        self._left_out: set[str] = set()

    def connect(self, parent: str, dependency: Dependency) -> str:
        """Draw an arrow to a dependency; returns its node, empty when the graph is full."""
        node = self._node(dependency)
        if node:
            edge = (parent, node)
            self._edges[edge] = self._edges.get(edge, False) or dependency.is_certain
        return node

    def text(self) -> str:
        """The graph, or nothing."""
        if not self._edges:
            return ""
        edges = [f"    {start} {_ARROWS[certain]} {end}" for (start, end), certain in self._edges.items()]
        more = [f'    more["and {len(self._left_out)} more"]'] if self._left_out else []
        return "\n".join(["flowchart LR", *self._lines, *edges, *more])

    def _node(self, dependency: Dependency) -> str:
        single = len(dependency.targets) == 1
        name = f"name:{dependency.targets[0].name}" if single else f"tags:{dependency.tags}"
        if name not in self._nodes:
            if len(self._nodes) >= _MAX_NODES:
                self._left_out.add(name)
                return ""
            self._nodes[name] = f"n{len(self._nodes)}"
            label = mermaid_text(name.partition(":")[2])
            shape = f'["{label}"]' if single else f'{{{{"{label}"}}}}'
            self._lines.append(f"    {self._nodes[name]}{shape}")
        return self._nodes[name]
