"""Versions as tools print them and people write them: compared part by part, never failing on odd ones."""

from __future__ import annotations

import re
from itertools import zip_longest

from cm_core.base.frozen import frozen

# Compiled when they are needed: most commands compare no versions.
_PARTS = r"[0-9]+|[^\W\d_]+"
_DIGITS = frozenset("0123456789")
_NUMERIC = _DIGITS | {"."}
_PRE_RELEASES = frozenset({"dev", "pre", "preview", "alpha", "beta", "rc"})
_SHORT_PRE_RELEASES = frozenset({"a", "b", "c"})
_WORDS = "|".join(sorted(_PRE_RELEASES, key=len, reverse=True))
_UNRELEASED = rf"(?i:[abc]\d{{1,3}}|[-._~]?(?:{_WORDS})(?:[-.]?\d+)?)(?![^\W_])"

# Parts sort as: pre-release word < nothing (or 0) < another word < number above 0.
_Part = tuple[int, int, str]
_NOTHING: _Part = (1, 0, "")


@frozen
class VersionBounds:
    """Which versions are acceptable; an empty text sets no bound.

    The local part (``2.1.0+cu121``) of a version counts where the bound has one: it names a build.

    Attributes:
        exact: the one version that is accepted.
        minimum: the lowest accepted version, included.
        maximum: the highest accepted version, included.
        usable: what to take instead of a default above ``maximum``.
    """

    exact: str = ""
    minimum: str = ""
    maximum: str = ""
    usable: str = ""

    def accepts(self, version: str) -> bool:
        """Whether a version will do; an unknown one (``""``) does only where nothing is wished."""
        if not (self.exact or self.minimum or self.maximum):
            return True
        return (
            bool(version)
            and (not self.exact or _compare_to_wish(version, self.exact) == 0)
            and (not self.minimum or _compare_to_wish(version, self.minimum) >= 0)
            and (not self.maximum or _compare_to_wish(version, self.maximum) <= 0)
        )

    def nearest(self, version: str) -> str:
        """A default moved into the bounds; ``exact`` plays no part."""
        if self.minimum and _compare_to_wish(version, self.minimum) < 0:
            version = self.minimum
        if self.maximum and _compare_to_wish(version, self.maximum) > 0:
            version = self.usable or self.maximum
        return version

    @property
    def requirement(self) -> str:
        """What follows the name of a package for pip: ``==V``, ``>=MIN,<=MAX`` or nothing."""
        if self.exact:
            return f"=={self.exact}"
        bounds = ((">=", self.minimum), ("<=", self.maximum))
        return ",".join(f"{sign}{version}" for sign, version in bounds if version)

    def __str__(self) -> str:
        signs = (("==", self.exact), (">=", self.minimum), ("<=", self.maximum))
        return ", ".join(f"{sign} {version}" for sign, version in signs if version)


def compare_versions(left: str, right: str) -> int:
    """-1, 0 or 1 as ``left`` is older than, equal to or newer than ``right``; any text is accepted.

    Numbers count as numbers (1.10 > 1.9), missing parts as zero (1.0 = 1), a leading ``v`` not at all.
    ``1.0rc1`` and ``1.0a1`` come before 1.0, other words after what they extend: ``1.1.1f`` > ``1.1.1``.
    What follows a ``+`` (the local part, ``2.1.0+cu118``) is ignored.
    """
    return _compare(left.partition("+")[0], right.partition("+")[0])


def version_in(match: re.Match[str], group: int = 1) -> str:
    """The version that a group of a pattern has found in a text, with what says that it is no release yet.

    A pattern of digits and dots stops before the end of ``3.13.0rc1``, and 3.13.0 is another version.
    """
    version = match[group] or ""
    following = re.compile(_UNRELEASED).match(match.string, match.end(group))
    return version + following[0] if following and version[-1:] in _NUMERIC else version


def _compare_to_wish(version: str, wish: str) -> int:
    order = compare_versions(version, wish)
    local = wish.partition("+")[2]
    return order if order or not local else _compare(version.partition("+")[2], local)


def _compare(left: str, right: str) -> int:
    for mine, theirs in zip_longest(_parts(left), _parts(right), fillvalue=_NOTHING):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _parts(version: str) -> list[_Part]:
    words = re.findall(_PARTS, version.strip().lower())
    if len(words) > 1 and words[0] == "v" and words[1][0] in _DIGITS:
        del words[0]
    return [_part(word, following) for word, following in zip_longest(words, words[1:], fillvalue="")]


def _part(word: str, following: str) -> _Part:
    if word[0] in _DIGITS:
        # By length, then digit by digit: as numbers, but without Python's limit on the length of one.
        digits = word.lstrip("0")
        return (3, len(digits), digits) if digits else _NOTHING
    if word in _PRE_RELEASES or (word in _SHORT_PRE_RELEASES and following[:1] in _DIGITS):
        return (0, 0, word)
    return (2, 0, word)
