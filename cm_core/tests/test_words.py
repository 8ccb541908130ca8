"""The core knows artifacts of every kind, and no kind of them in particular: those are the plugins'."""

import re
from pathlib import Path

import cm_core

SOURCES = Path(cm_core.__file__).parent
OF_PLUGINS = re.compile(r"script|recipe|cache|experiment|docker|mlperf", re.IGNORECASE)
# What may stand in every file, and what in one of them.
EVERYWHERE = {
    "cached_property": "of the standard library",
    "functools import cache": "of the standard library",
    "functools.cache": "of the standard library",
    "@cache": "of the standard library",
    "descriptor": "of a file",
    "description": "another word",
    "XDG_CACHE_HOME": "of the desktop standard",
}
IN_ONE = {
    "home.py": {'".cache"': "of the desktop standard", "user_cache_path": "of platformdirs"},
    "reporter.py": {'"cached"': "a status of steps, as the JSON answers have it"},
    "cli/steptext.py": {
        '"cached"': "a status of steps",
        "from the cache": "that status in words",
    },
    "base/travelling.py": {
        '"__pycache__"': "a folder of Python",
        '"--cached"': "an option of git",
        '".dockercfg"': "a file with passwords",
    },
    "cli/livetree.py": {"'cached'": "a status of steps: its colour"},
}


def named(text: str, allowed: dict[str, str]) -> list[str]:
    for phrase in allowed:
        text = text.replace(phrase, "")
    return [line.strip() for line in text.splitlines() if OF_PLUGINS.search(line)]


def test_the_core_names_nothing_of_its_plugins() -> None:
    found = {}
    for file in SOURCES.rglob("*.py"):
        place = file.relative_to(SOURCES).as_posix()
        if lines := named(file.read_text(encoding="utf-8"), {**EVERYWHERE, **IN_ONE.get(place, {})}):
            found[place] = lines
    assert found == {}


def test_no_exception_is_kept_that_nothing_needs() -> None:
    texts = {file.relative_to(SOURCES).as_posix(): file.read_text("utf-8") for file in SOURCES.rglob("*.py")}
    assert all(any(phrase in text for text in texts.values()) for phrase in EVERYWHERE)
    assert all(phrase in texts[place] for place, phrases in IN_ONE.items() for phrase in phrases)
