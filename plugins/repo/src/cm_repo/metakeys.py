"""The keys of ``cmr.yaml``, the metadata of a repository."""

from __future__ import annotations

from typing import Any, Final

from cm_core.model.keys import DIALECT, EntriesKey, FlagKey, Key, Schema, TextKey, object_schema

_REPOSITORY: Final = ("repository",)
_ENTRIES: Final[Schema] = {
    "items": {
        "type": "object",
        "properties": {
            "alias": {"type": "string", "description": "its name"},
            "uid": {"type": "string", "description": "its UID"},
            "conflict": {
                "type": ["boolean", "string"],
                "description": "the two cannot be registered together",
            },
        },
        "anyOf": [{"required": ["alias"]}, {"required": ["uid"]}],
    }
}

ALIAS = TextKey("alias", _REPOSITORY, "the name of the repository", {"type": "string"}, owner="core")
UID = TextKey(
    "uid",
    _REPOSITORY,
    "16 hexadecimal digits, unique; make one with `cm uid core`",
    {"type": "string", "pattern": "^[0-9a-fA-F]{16}$"},
    owner="core",
)
PREFIX = TextKey("prefix", _REPOSITORY, "sub-folder that holds the artifacts", owner="core")
GIT = FlagKey("git", _REPOSITORY, "a clone that `cm update repo` updates", owner="repo")
DESC = TextKey("desc", _REPOSITORY, "one line", owner="repo")
DEPS = EntriesKey(
    "deps",
    _REPOSITORY,
    "entries `{alias, uid, conflict}`: repositories it needs or conflicts with",
    _ENTRIES,
    owner="repo",
)
MIN_CM_VERSION = TextKey(
    "min_cm_version",
    _REPOSITORY,
    "refuses a toolkit that follows an older version of the original",
    owner="repo",
)
INSTALL_PYTHON_REQUIREMENTS = FlagKey(
    "install_python_requirements", _REPOSITORY, "reported, but not acted on", owner="repo"
)

KEYS: Final[tuple[Key[Any], ...]] = (
    ALIAS,
    UID,
    PREFIX,
    GIT,
    DESC,
    DEPS,
    MIN_CM_VERSION,
    INSTALL_PYTHON_REQUIREMENTS,
)


def repository_schema() -> Schema:
    """The JSON Schema of ``cmr.yaml``; repositories may say more than the toolkit reads."""
    return {
        "$schema": DIALECT,
        "title": "A repository of the CM toolkit (cmr.yaml)",
        **object_schema({key.name: key for key in KEYS}, closed=False),
        "required": [ALIAS.name, UID.name],
    }
