"""What somebody may have meant by a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """A hint that names up to three of the nearest known words, or ``""``.

    Args:
        prefix: what is typed before such a word, ``--`` for flags; without one the words stand in quotes.
    """
    import difflib

    near = difflib.get_close_matches(word, sorted(set(known)), n=3, cutoff=0.6)
    shown = (f"{prefix}{match}" if prefix else repr(match) for match in near)
    return f"did you mean {' or '.join(shown)}?" if near else ""
