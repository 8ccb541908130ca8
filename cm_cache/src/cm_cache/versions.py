"""Comparison of version numbers as tools print them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHUNK = re.compile(r"(\d+)|([a-z]+)")
_BEFORE_RELEASE = frozenset({"a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "dev"})
_PADDING = 8


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which versions sort: numbers by value, missing parts as 0, ``1.0rc1`` before ``1.0``.

    Letters at the end come after the number without them (OpenSSL's ``1.1.1k``); what follows a ``+`` (the
    local part, ``2.1.0+cu118``) is ignored. Any text can be compared with any other.
    """
    chunks = _CHUNK.findall(version.strip().lower().removeprefix("v").partition("+")[0])
    parts: list[tuple[int, int, str]] = []
    for position, (number, word) in enumerate(chunks):
        if number:
            parts.append((1, int(number), ""))
            continue
        followed = position + 1 < len(chunks) and chunks[position + 1][0]
        early = word in _BEFORE_RELEASE and (followed or len(word) > 1)
        parts.append((0 if early else 2, 0, word))
    parts.extend([(1, 0, "")] * (_PADDING - len(parts)))
    return tuple(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionBounds:
    """What a request says about the version; empty strings say nothing.

    Attributes:
        version: the one version that is accepted.
        minimum: the lowest accepted version, included.
        maximum: the highest accepted version, included.
    """

    version: str = ""
    minimum: str = ""
    maximum: str = ""

    def accepts(self, version: str) -> bool:
        """Whether this version satisfies all bounds; an unknown one (``""``) satisfies only empty bounds."""
        if not (self.version or self.minimum or self.maximum):
            return True
        if not version:
            return False
        key = version_key(version)
        return (
            (not self.version or key == version_key(self.version))
            and (not self.minimum or key >= version_key(self.minimum))
            and (not self.maximum or key <= version_key(self.maximum))
        )
