"""How large a YAML document becomes when each of its aliases is written out, as JSON and every copy do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

# A node counts once, and a long text as several.
MOST_REPEATED = 100_000
_TEXT = 64


def check_aliases(document: yaml.Node) -> None:
    """Refuse a document whose aliases repeat too much.

    Raises:
        ValueError: when it does, or when something contains itself.
    """
    sizes: dict[int, int] = {}
    own: list[int] = []
    if _size(document, sizes, own) - sum(own) > MOST_REPEATED:
        raise ValueError(f"its aliases (*name) repeat more than {MOST_REPEATED:,} values")


def _size(node: yaml.Node, sizes: dict[int, int], own: list[int]) -> int:
    """The size of a node with all inside; each node adds what it is without them to ``own``."""
    known = sizes.get(id(node))
    if known == 0:
        raise ValueError("an alias (*name) stands inside of what it is the name of")
    if known is not None:
        return known
    sizes[id(node)] = 0
    if isinstance(node.value, str):
        total = 1 + len(node.value) // _TEXT
        own.append(total)
    else:
        own.append(1)
        total = 1
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                total += _size(part, sizes, own)
    sizes[id(node)] = total
    return total
