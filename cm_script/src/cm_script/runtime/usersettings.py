"""Settings of the user's own Python, which must not reach a Python of the cache.

An index, proxies, constraints and all else that pip is told stay: they say where packages come from, not
where they go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

USER_SETTINGS = frozenset(
    {
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONUSERBASE",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_USER",
        "PIP_PYTHON",
    }
)


def without_user_settings(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for programs in an activated environment of the cache."""
    kept = {name: value for name, value in env.items() if name not in USER_SETTINGS}
    # A variable wins over `user = true` in a pip.conf.
    return {**kept, "PIP_USER": "0"}


def activates_environment(state: Mapping[str, Any]) -> bool:
    """Whether native scripts with this state run in a virtual environment of the cache."""
    return any("activate" in str(line) for line in state.get("script_prefix") or ())
