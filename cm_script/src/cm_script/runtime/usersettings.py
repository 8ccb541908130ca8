"""Settings of the user's own Python, which must not reach a Python of the cache.

An index, proxies, constraints and all else that pip is told stay: they say where packages come from, not
where they go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLACES = frozenset({"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON"})
_USER_SETTINGS = frozenset({"PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", *_PLACES})


def pip_variables(env: Mapping[str, str]) -> dict[str, str]:
    """What has pip install into the environment that runs it, with all else that the user told it.

    To pip, an empty one is none.
    """
    from cm_script.runtime.pipfiles import instead_of_files

    # A variable wins over `user = true` in a file.
    return {**dict.fromkeys(_PLACES, ""), "PIP_USER": "0", **instead_of_files(env, _PLACES)}


def without_user_settings(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for programs in an activated environment of the cache."""
    kept = {name: value for name, value in env.items() if name not in _USER_SETTINGS}
    return {**kept, **{name: value for name, value in pip_variables(env).items() if value}}


def activates_environment(state: Mapping[str, Any]) -> bool:
    """Whether native scripts with this state run in a virtual environment of the cache."""
    return any("activate" in str(line) for line in state.get("script_prefix") or ())
