"""What recipes of models and data do with ``--path``: use a copy that is on this machine."""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH100, PTH112, PTH118

from __future__ import annotations

import os
from collections.abc import MutableMapping, Sequence
from typing import Any


def given_path(env: MutableMapping[str, Any], keys: Sequence[str] = ("CM_TMP_PATH", "CM_INPUT")) -> str:
    """The absolute path that the user gave with one of the keys; ``""`` without one.

    A cached recipe works in its entry, but the user means a path seen from where the command was typed.
    """
    path = next((str(env[key]).strip() for key in keys if env.get(key)), "")
    return os.path.abspath(os.path.join(env.get("CM_TMP_CURRENT_PATH", ""), path)) if path else ""


def use_given_file(env: MutableMapping[str, Any], name: str) -> str:
    """Have ``download file`` take the user's file; in a folder, the one of this name."""
    path = given_path(env)
    if path:
        path = os.path.join(path, name) if os.path.isdir(path) else path
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = path
    return path


def export_model(env: MutableMapping[str, Any]) -> str:
    """Say where the model is that was downloaded or given; returns its path."""
    model = str(env["CM_ML_MODEL_FILE_WITH_PATH"])
    env["CM_ML_MODEL_PATH"], env["CM_ML_MODEL_FILE"] = os.path.split(model)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = model
    return model
