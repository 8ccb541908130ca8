"""Removes from texts what pages made for sharing should not reveal: user names and folders."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

# Where a path may begin: not inside of another one or of an address such as https://host/path, but right
# behind a flag as in -I/usr/include, and behind the // of file:///usr.
_BEGIN = r"((?<![\w./\\-])-[A-Za-z]+|://|(?<![\w./\\~-]))"
_PART = r"[^/\\\s'\"`,;:|&<>()]+"
_END = r"(?![\w-]|\.\w)"
_HOME = re.compile(rf"{_BEGIN}(?:/(?:home|Users)/{_PART}|/root{_END}|[A-Za-z]:[/\\]+Users[/\\]+{_PART})")
# All of an absolute path but its last part.
_FOLDERS = re.compile(rf"{_BEGIN}(?:~|(?:[A-Za-z]:)?[/\\]{_PART})(?:[/\\]{_PART})*[/\\](?=[^/\\\s'\",;:|])")


def without_home(text: str) -> str:
    """A command or text in which homes of people are ``~``."""
    if (mine := _own_home()) is not None:
        text = mine.sub("~", text)
    return _HOME.sub(r"\1~", text)


def without_folders(text: str) -> str:
    """A text in which absolute paths are cut to their last part, ``…/python3``, and homes are ``~``."""
    return _FOLDERS.sub(r"\1…/", without_home(text))


def _own_home() -> re.Pattern[str] | None:
    """The home of whoever makes the page, wherever it lies; ``None`` when there is none."""
    try:
        return _places_of(Path.home())
    except RuntimeError:
        return None


@lru_cache(maxsize=1)
def _places_of(home: Path) -> re.Pattern[str] | None:
    # A home such as / or /tmp says nothing about a person, and its name stands in many other paths.
    places = {str(place) for place in (home, home.resolve()) if len(place.parts) > 2}
    return re.compile(f"(?:{'|'.join(map(re.escape, sorted(places)))}){_END}") if places else None
