"""Takes out of texts what pages made for sharing should not tell: whose home it was, and which folders."""

from __future__ import annotations

import re

_HOME = re.compile(
    r"(?<![\w./\\-])(?:/(?:home|Users)/[^/\s'\"]+|/root|[A-Za-z]:\\Users\\[^\\\s'\"]+)(?=[/\\])"
)
# An absolute path of two parts or more that is no part of an address such as https://host/path.
_FOLDERS = re.compile(r"(?<![\w./:\\-])(?:~|[A-Za-z]:)?(?:[/\\][^/\\\s'\",;:|]+)+[/\\](?=[^/\\\s'\",;:|])")


def without_home(text: str) -> str:
    """A command or text in which homes of people are ``~``."""
    return _HOME.sub("~", text)


def without_folders(text: str) -> str:
    """A text in which absolute paths are cut to their last part: ``…/python3``."""
    return _FOLDERS.sub("…/", text)
