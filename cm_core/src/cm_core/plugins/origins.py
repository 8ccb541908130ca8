"""Whose a distribution is: an index may hold anything under the name of one that is private."""

from __future__ import annotations

import re
import sys
from functools import cache

CORE = "cm-automation"


def is_ours(distribution: str) -> bool:
    """Whether a distribution belongs to the toolkit, so that the public index has it."""
    return distribution in _ours()


@cache
def _ours() -> frozenset[str]:
    from importlib.metadata import PackageNotFoundError, requires

    try:
        wanted = requires(CORE) or ()
    except PackageNotFoundError:
        wanted = ()
    names = (re.match(r"[\w.-]+", requirement) for requirement in wanted if "extra ==" in requirement)
    return frozenset((CORE, *(name[0] for name in names if name)))


def upgrade_advice(distribution: str) -> str:
    """How a distribution is brought up to date; names of others are never to be asked of the public index."""
    if is_ours(distribution):
        return f"{sys.executable} -m pip install --upgrade {distribution}"
    return f"upgrade {distribution} from where you got it"
