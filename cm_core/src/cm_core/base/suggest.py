"""What somebody may have meant by a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cm_core.errors import NotFoundError

_T = TypeVar("_T")
_SHORTEST_SLIP = 4


def nearest(word: str, known: Iterable[str], *, count: int = 3, likeness: float = 0.6) -> list[str]:
    """The known words that are most similar to a word, the best match first.

    Args:
        likeness: from 0, anything, to 1, the same.
    """
    import difflib

    return difflib.get_close_matches(word, sorted(set(known)), n=count, cutoff=likeness)


def slips(word: str, known: Iterable[str]) -> list[str]:
    """The known words that one slip turns into a word: a letter too many, missing, wrong, or two swapped.

    Short ones are left out, as most short words are one slip away from another.
    """
    return [other for other in known if len(other) >= _SHORTEST_SLIP and _is_one_slip(word, other)]


def _is_one_slip(word: str, other: str) -> bool:
    pairs = zip(word, other, strict=False)
    same = next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(word), len(other)))
    rest, wanted = word[same:], other[same:]
    return word != other and (
        rest[1:] in (wanted, wanted[1:])
        or rest == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])
    )


def did_you_mean(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """A hint that names up to three of the nearest known words, or ``""``.

    Args:
        prefix: what is typed before such a word, ``--`` for flags; without one the words stand in quotes.
    """
    near = nearest(word, (other for other in known if other != word))
    shown = (f"{prefix}{match}" if prefix else repr(match) for match in near)
    return f"did you mean {' or '.join(shown)}?" if near else ""


def find_named(word: str, known: Mapping[str, _T], what: str) -> _T:
    """The one of this name.

    Raises:
        NotFoundError: with near names, when there is none.
    """
    if word in known:
        return known[word]
    hint = did_you_mean(word, known) or f"available: {', '.join(known)}"
    raise NotFoundError(f"there is no {what} '{word}'", hint=hint)
