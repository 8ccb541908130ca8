"""Shared homes: what others made is found there and only read; one's own things lie in one's own home.

``CM_SHARED_HOMES`` names their folders, separated as in ``PATH``, or else ``shared_homes`` in the home's
``config.yaml``, as a list. Empty, the variable switches the setting off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_core.errors import CMError, MetaError
from cm_core.home import Home
from cm_core.meta import load_document

VARIABLE = "CM_SHARED_HOMES"
SETTING = "shared_homes"
_CONFIG = "config"

# What a function reads from FOLDER/NAME.yaml, remembered as long as the file stays the same.
Kept = Callable[[Path, str, Callable[[], Any]], Any]


def shared_homes(
    home: Home, env: Mapping[str, str], kept: Kept, warn: Callable[[str], None]
) -> Iterator[Home]:
    """The shared homes that can be read, in the order in which they are searched.

    Args:
        kept: remembers the parsed setting.
        warn: receives one sentence for each that cannot be used.
    """
    try:
        names = named_homes(home, env, kept)
    except CMError as error:
        warn(f"shared homes are ignored: {error}")
        return
    for path in names:
        shared = Home(path=path)
        if not path.is_absolute():
            warn(f"the shared home '{path}' is ignored: its path must be absolute")
        elif problem := problem_of(shared):
            warn(f"the shared home {path} is ignored: {problem}")
        elif not (home.path.exists() and path.samefile(home.path)):
            yield shared


def named_homes(home: Home, env: Mapping[str, str], kept: Kept) -> tuple[Path, ...]:
    """The folders that the variable or the setting names.

    Raises:
        CMError: when the setting cannot be read.
    """
    listed = env.get(VARIABLE)
    names = _setting(home, kept) if listed is None else listed.split(os.pathsep)
    return tuple(dict.fromkeys(Path(os.path.expanduser(name.strip())) for name in names if name.strip()))  # noqa: PTH111


def problem_of(shared: Home) -> str:
    """Why a shared home cannot be used; ``""`` when it can."""
    try:
        os.stat(shared.repos_dir)  # noqa: PTH116 - at each start
    except FileNotFoundError:
        return "it does not exist (an unmounted disk?)" if not shared.path.exists() else "it is no CM home"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return ""


def _setting(home: Home, kept: Kept) -> tuple[str, ...]:
    file = home.path / f"{_CONFIG}.yaml"
    if not os.path.exists(file):  # noqa: PTH110 - at each start
        return ()

    def read() -> Any:
        data = load_document(file)
        return data.get(SETTING) if isinstance(data, dict) else None

    value = kept(home.path, _CONFIG, read)
    names = [value] if isinstance(value, str) else value or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MetaError(f"'{SETTING}' in {file} must list folders")
    return tuple(names)
