"""All keys that recipes may have, those of plugins included: what ``cm lint`` and the documentation go by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from cm_core.base import nearest
from cm_core.model.keys import FlagKey, Key, NumberKey, TextKey, WordsKey
from cm_script.schema import keys

if TYPE_CHECKING:
    from cm_core.plugins import PluginHooks

# A key, in the words of messages: where it stands.
PLACES: Mapping[str, str] = {
    "script": "at the top level",
    "variation": "in a variation",
    "version": "in a version",
    "dependency": "in a dependency",
    "conditional": "in 'update_meta_if_env'",
    "docker": "in 'docker'",
    "input": "in 'input_description'",
    "find_tool": "in 'find_tool'",
}

_PEOPLE: tuple[Key[Any], ...] = (
    keys.TITLE,
    keys.ABOUT,
    keys.DESCRIPTION,
    keys.CATEGORY,
    NumberKey("category_sort", keys.SCRIPT, "categories with a low number come first"),
    Key[Any]("author", keys.SCRIPT, "who wrote it"),
    Key[Any]("authors", keys.SCRIPT, "the same"),
    Key[Any]("developer", keys.SCRIPT, "who wrote it"),
    Key[Any]("developers", keys.SCRIPT, "the same"),
    Key[Any]("copyright", keys.SCRIPT, "copyright notice"),
    Key[Any]("license", keys.SCRIPT, "its licence"),
    Key[Any]("private", keys.SCRIPT, "left out of public catalogues"),
    Key[Any]("gui", keys.SCRIPT, "settings for graphical programs"),
    TextKey("tags_help", keys.SCRIPT, "tags that people usually type"),
    WordsKey("variation_groups_order", keys.SCRIPT, "groups in the order in which people choose"),
    TextKey("min_cm_version", keys.SCRIPT, "the release of the original that it was written for"),
    TextKey("repo_to_report_errors", keys.SCRIPT, "where to report errors"),
)

# Options of the engine that an entry hands to its dependency and that flags do not have.
_ENTRY_OPTIONS: tuple[Key[Any], ...] = (
    Key[Any]("extra_cache_tags", keys.ENTRY, "more tags for the cache entry"),
    FlagKey("force_cache", keys.ENTRY, "store the result of a script that allows it"),
    Key[Any]("force_new_env_keys", keys.ENTRY, "exports that replace its own `new_env_keys`"),
    Key[Any]("force_new_state_keys", keys.ENTRY, "the same for the state"),
    Key[Any]("quiet", keys.ENTRY, "take the first of several choices"),
    Key[Any]("docker", keys.ENTRY, "settings for containers"),
)

# As the reference shows them.
GROUPS: Final[Mapping[str, tuple[Key[Any], ...]]] = {
    "identity": (keys.ALIAS, keys.UID, keys.KIND, keys.KIND_UID, keys.TAGS, keys.BASED_ON),
    "selection": (keys.SORT,),
    "environment": (
        keys.DEFAULT_ENV,
        keys.ENV,
        keys.CONST,
        keys.STATE,
        keys.CONST_STATE,
        keys.INPUT_MAPPING,
        keys.INPUT_DESCRIPTION,
        keys.ENV_KEY_MAPPINGS,
        keys.CONDITIONAL,
    ),
    "inputs": (
        keys.INPUT_ABOUT,
        keys.INPUT_TYPE,
        keys.INPUT_BOOLEAN,
        keys.INPUT_DEFAULT,
        keys.INPUT_CHOICES,
        keys.INPUT_LOWEST,
        keys.INPUT_HIGHEST,
        keys.INPUT_PATTERN,
        keys.INPUT_REQUIRED,
        keys.INPUT_SORT,
    ),
    "exports": (
        keys.NEW_ENV_KEYS,
        keys.NEW_STATE_KEYS,
        keys.PRINT_ENV_AT_THE_END,
        keys.LOCAL_ENV_KEYS,
        keys.CLEAN_ENV_KEYS_POST_DEPS,
    ),
    "tool": (
        keys.FIND_TOOL,
        keys.TOOL_NAMES,
        keys.TOOL_WINDOWS_NAMES,
        keys.TOOL_PATH_KEY,
        keys.TOOL_VERSION_KEY,
        keys.TOOL_VERSION_ARGUMENTS,
        keys.TOOL_VERSION_PATTERN,
        keys.TOOL_TIMEOUT,
        keys.TOOL_SEARCH_PATH,
        keys.TOOL_FOLDERS,
        keys.TOOL_EXTRA_PATHS,
        keys.TOOL_PARTNER,
        keys.TOOL_ENV,
        keys.TOOL_LABEL,
        keys.TOOL_HINT,
        keys.TOOL_WHEN_MISSING,
    ),
    "dependencies": (
        keys.DEPS,
        keys.PREHOOK_DEPS,
        keys.POSTHOOK_DEPS,
        keys.POST_DEPS,
        keys.AD,
        keys.ADD_DEPS,
        keys.ADR,
        keys.ADD_DEPS_RECURSIVE,
    ),
    "entries": (*keys.ENTRY_INSTRUCTIONS, keys.SKIP_INSIDE_DOCKER, *_ENTRY_OPTIONS),
    "variations": (
        keys.VARIATIONS,
        keys.GROUP,
        keys.DEFAULT,
        keys.BASE,
        keys.DEFAULT_VARIATIONS,
        keys.VARIATION_ALIAS,
        keys.DEFAULT_VARIATION,
        keys.VALID_COMBINATIONS,
        keys.INVALID_COMBINATIONS,
        keys.WARNING,
        keys.REQUIRED_DISK_SPACE,
    ),
    "versions": (
        keys.VERSION,
        keys.VERSION_MIN,
        keys.VERSION_MAX,
        keys.VERSION_MAX_USABLE,
        keys.DEFAULT_VERSION,
        keys.VERSIONS,
    ),
    "cache": (keys.CACHE, keys.CAN_FORCE_CACHE, keys.EXTRA_CACHE_TAGS_FROM_ENV),
    "files": (
        keys.SCRIPT_NAME,
        keys.CLEAN_FILES,
        keys.CLEAN_OUTPUT_FILES,
        keys.PRINT_FILES_IF_SCRIPT_ERROR,
        keys.CUSTOMIZE,
        keys.WARNINGS,
        keys.DOCKER,
        keys.TESTS,
    ),
    "people": _PEOPLE,
}

_SWITCHED_OFF = re.compile(r"_(off|disabled?|old|orig|todo|unused)\Z", re.IGNORECASE)
_ALIKE = 0.8


class KeyTable:
    """The keys of recipes.

    Args:
        more: those of plugins.
    """

    def __init__(self, more: Iterable[Key[Any]] = ()) -> None:
        self.keys = (*(key for group in GROUPS.values() for key in group), *more)

    @classmethod
    def of_plugins(cls, hooks: PluginHooks) -> KeyTable:
        """The table with what installed plugins add."""
        return cls(key for added in hooks.lists("cm_recipe_keys", Key) for key in added)

    def at(self, level: str) -> Mapping[str, Key[Any]]:
        """The keys of a level by name."""
        return self._levels.get(level, {})

    def level_of(self, name: str, *more: str) -> str:
        """The level at which a name has a meaning, ``""`` when it has none.

        Args:
            more: levels to look at beside the blocks and the dependencies.
        """
        levels = ("variation", "script", "dependency", *more)
        return next((level for level in levels if name.strip() in self.at(level)), "")

    @cached_property
    def _levels(self) -> dict[str, dict[str, Key[Any]]]:
        levels: dict[str, dict[str, Key[Any]]] = {level: {} for level in PLACES}
        for key in self.keys:
            for level in key.levels:
                levels.setdefault(level, {})[key.name] = key
        return levels


def meant_key(name: str, known: Iterable[str]) -> str:
    """The key that somebody probably meant; ``""`` when none is alike, or the name says that it is off."""
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if _SWITCHED_OFF.search(word):
        return ""
    near = nearest(word, known, count=1, likeness=_ALIKE)
    return near[0] if near and near[0] != name else ""
