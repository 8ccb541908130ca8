"""What hooks can import beside what ``cm`` itself has: packages that other recipes of their run installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Imports:
    """Folders in the search path of this process while a requested run lasts.

    Modules that were imported stay: many, such as numpy, can be loaded only once in a process.
    """

    def __init__(self) -> None:
        self._places: list[str] = []

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Take them off when the block ends."""
        try:
            yield
        finally:
            for place in tuple(self._places):
                self._take_off(place)

    def add(self, place: str) -> None:
        """A folder goes before those that were added earlier, and after what ``cm`` itself needs."""
        if place in self._places:
            self._take_off(place)
        ours = (at for at, known in enumerate(sys.path) if known in self._places)
        sys.path.insert(next(ours, len(sys.path)), place)
        self._places.append(place)

    def _take_off(self, place: str) -> None:
        self._places.remove(place)
        with suppress(ValueError):  # a hook may have done so
            sys.path.remove(place)
