"""What a script run returns to its caller, and the file of an entry that holds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cm_cache.errors import CacheError
from cm_core import CMError, field, frozen, load_mapping
from cm_core.base import atomic_write_json, map_texts, without_credentials, without_secrets

STATE_FILE = "cm-cached-state.json"
_CACHE_IN_PATH = re.compile(r"(?:(?<![\w/\\.-])[A-Za-z]:)?[/\\][^:;\"'\s]*?[/\\]local[/\\]cache[/\\]")


@frozen
class CachedState:
    """What a script run returns to its caller, as kept in ``cm-cached-state.json``.

    Attributes:
        new_env: exported environment keys; values are text or lists of text (``+KEY``).
        new_state: exported state.
        deps: the tags of the dependencies that ran, one string each.
        version: the version that was detected or built, ``""`` when there is none.
    """

    new_env: dict[str, Any] = field(default_factory=dict)
    new_state: dict[str, Any] = field(default_factory=dict)
    deps: tuple[str, ...] = ()
    version: str = ""


def read_state(folder: Path, uid: str, *, old_root: str) -> CachedState:
    """Read the captured state of an entry; paths into the old cache folder are rewritten.

    Args:
        uid: of the entry, for messages.
        old_root: the folder of the cache when the entry was published; ``""`` when nobody wrote it down.

    Raises:
        CacheError: when the file is missing or malformed.
    """
    path = folder / STATE_FILE
    hint = f"remove the entry: cm rm cache {uid} -f"
    try:
        data = load_mapping(path)
    except CMError as error:
        raise CacheError(f"cache entry {uid} cannot be used: {error}", hint=hint) from error
    env, state = _mapping(data.get("new_env")), _mapping(data.get("new_state"))
    if move := _mover(old_root, str(folder.parent)):
        env, state = map_texts(env, move), map_texts(state, move)
    deps = data.get("deps")
    return CachedState(
        new_env=env,
        new_state=state,
        deps=tuple(str(dep) for dep in deps) if isinstance(deps, list) else (),
        version=str(data.get("version") or ""),
    )


def write_state(folder: Path, state: CachedState) -> None:
    """Write the captured state of an entry, without secrets, with stars for credentials in addresses.

    Raises:
        CMError: when it cannot be written.
    """
    document = {
        "new_env": without_secrets(state.new_env),
        "new_state": without_secrets(state.new_state),
        "deps": list(map(without_credentials, state.deps)),
        "version": without_credentials(state.version),
    }
    try:
        atomic_write_json(folder / STATE_FILE, document)
    except (TypeError, ValueError) as error:
        raise CacheError(f"the result in {folder} cannot be stored as JSON: {error}") from error


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _mover(old_root: str, new_root: str) -> Callable[[str], str] | None:
    """A function that rewrites paths into the old cache folder; ``None`` when nothing has moved."""
    if old_root == new_root:
        return None
    if old_root:
        return lambda text: text.replace(old_root, new_root)
    separator = "\\" if "\\" in new_root else "/"
    # The original tool does not record where its cache was.
    return lambda text: _CACHE_IN_PATH.sub(lambda _: new_root + separator, text)
