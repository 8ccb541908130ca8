"""Whose a distribution is: an index may hold anything under the name of one that is private."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache

CORE = "cm-automation"


def is_ours(distribution: str) -> bool:
    """Whether a distribution belongs to the toolkit, so that the public index has it."""
    return folded(distribution) in _ours()


def folded(name: str) -> str:
    """The one form of names that are written with ``-``, ``_`` or ``.``, as distributions are."""
    return name.lower().replace("_", "-").replace(".", "-")


def those_of_all(requirements: Iterable[str]) -> Iterator[str]:
    """What the extra ``all`` installs, of all that a distribution requires."""
    for requirement in requirements:
        if re.search(r"""\bextra *== *(['"])all\1""", requirement):
            yield from re.findall(r"^[\w.-]+", requirement)


@cache
def _ours() -> frozenset[str]:
    from importlib.metadata import PackageNotFoundError, requires

    try:
        wanted = requires(CORE) or ()
    except PackageNotFoundError:
        wanted = ()
    return frozenset(map(folded, (CORE, *those_of_all(wanted))))


def upgrade_advice(distribution: str) -> str:
    """How a distribution is brought up to date; names of others are never to be asked of the public index."""
    if is_ours(distribution):
        return f"{sys.executable} -m pip install --upgrade {distribution}"
    return f"upgrade {distribution} from where you got it"
