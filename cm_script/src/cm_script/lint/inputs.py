"""Whether anything looks at what ``input_mapping`` sets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from cm_script.lint.catalog import Catalog
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Recipe
from cm_script.profile import CM, Profile

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAPPING = "input_mapping"
_NO_CODE = (".md", ".png", ".jpg", ".gz", ".zip", ".pyc", ".onnx")
_LARGE = 300_000


class MappedInputs:
    """Finds inputs whose key nobody names: no file of the script, nor any other known script.

    Env goes down to dependencies and up by ``new_env_keys``, so all scripts count. Only keys with the
    prefix of the toolkit are judged, as others may be meant for programs.
    """

    def __init__(self, catalog: Catalog, profile: Profile = CM) -> None:
        self._catalog = catalog
        self._profile = profile

    def check(self, recipe: Recipe) -> Iterator[Finding]:
        """The inputs of one recipe."""
        here: set[str] | None = None
        for block in recipe.blocks:
            mapping = block.raw.get(_MAPPING)
            for option, key in mapping.items() if isinstance(mapping, Mapping) else ():
                name = str(key)
                if not name.startswith(f"{self._profile.prefix}_") or self._is_of_engine(name):
                    continue
                here = _words_of(recipe.meta) | _words_in(recipe.folder) if here is None else here
                if not _names(here, name) and name not in self._anywhere:
                    yield recipe.finding(
                        "input-without-effect",
                        (*block.place, _MAPPING, str(option)),
                        f"the input '{option}' sets {name}, which no known script reads",
                        "remove it, or correct the key",
                    )

    @cached_property
    def _anywhere(self) -> set[str]:
        words: set[str] = set()
        for script in self._catalog.scripts:
            words |= _words_of(script.meta) | _words_in(script.path)
        return words

    def _is_of_engine(self, key: str) -> bool:
        options = {self._profile.env(name.upper()) for name in self._profile.env_options}
        return key in options or any(fnmatchcase(key, pattern) for pattern in self._profile.local_env_keys)


def _names(words: set[str], key: str) -> bool:
    """Whether the words hold a key, or a prefix such as ``CM_SERVER_`` with which code goes through keys."""
    parts = key.split("_")
    return key in words or any("_".join(parts[:size]) + "_" in words for size in range(2, len(parts)))


def _words_of(value: object) -> set[str]:
    """All words of metadata but those of the mappings themselves."""
    words: set[str] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            for key, child in item.items():
                words.update(_WORD.findall(str(key)))
                if key != _MAPPING:
                    waiting.append(child)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            words.update(_WORD.findall(item))
    return words


def _words_in(folder: Path) -> set[str]:
    """All words of the files beside the metadata."""
    words: set[str] = set()
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith("_cm.") or name.endswith(_NO_CODE):
                continue
            path = Path(place, name)
            try:
                if path.stat().st_size < _LARGE:
                    words.update(_WORD.findall(path.read_text(encoding="utf-8", errors="ignore")))
            except OSError:
                continue
    return words
