"""What recipes of models and data do with ``--path``: use a copy that is on this machine."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any


def given_path(env: MutableMapping[str, Any]) -> str:
    """The absolute path that the user gave; ``""`` without one.

    A cached recipe works in its entry, but the user means a path seen from where the command was typed.
    """
    path = env.get("CM_TMP_PATH") or env.get("CM_INPUT", "")
    return os.path.abspath(os.path.join(env.get("CM_TMP_CURRENT_PATH", ""), path)) if path else ""  # noqa: PTH100, PTH118 - recipes exchange paths as text


def use_given_file(env: MutableMapping[str, Any], name: str) -> str:
    """Have ``download file`` take the user's file; in a folder, the one of this name."""
    path = given_path(env)
    if path:
        path = os.path.join(path, name) if os.path.isdir(path) else path  # noqa: PTH112, PTH118 - see above
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = path
    return path
