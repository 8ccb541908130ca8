"""Tables of the keys that people write into metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cm_core.model.keys import Key

RECIPE_KEY_GROUPS = (
    *("identity", "selection", "environment", "inputs", "exports", "tool", "dependencies", "entries"),
    *("variations", "versions", "cache", "files", "people"),
)


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def recipe_keys(group: str) -> Callable[[], list[str]]:
    def write() -> list[str]:
        from cm_script.schema.table import GROUPS

        return keys_table(GROUPS[group])

    return write


def container_keys() -> list[str]:
    from cm_docker.recipekeys import KEYS

    return keys_table(KEYS)


def repository_keys() -> list[str]:
    from cm_repo.metakeys import KEYS

    return keys_table(KEYS)


def keys_table(keys: Iterable[Key]) -> list[str]:
    rows = [f"| `{key.name}`{place_of(key)} | {key.wanted} | {cell(key.sentence)} |" for key in keys]
    return ["| Key | Value | |", "|---|---|---|", *rows, ""]


def place_of(key: Key) -> str:
    """Whether a key may stand in variations and versions, as the text above the tables says."""
    if "variation" not in key.levels:
        return ""
    if "script" in key.levels:
        return " *v*"
    return " *only v*" if "version" in key.levels else " *variation*"


KEY_WRITERS: dict[str, Callable[[], list[str]]] = {
    **{f"keys-{group}": recipe_keys(group) for group in RECIPE_KEY_GROUPS},
    "keys-docker": container_keys,
    "keys-repository": repository_keys,
}
