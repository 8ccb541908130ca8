"""Which inputs of a call belong to the identity of its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cm_core import shareable
from cm_core.base import is_secret
from cm_script.model.call import ScriptCall
from cm_script.profile import Profile

# Options of the engine that change what a script produces. `name` and `extra_cache_tags` are cache tags of
# their own; licences and ways of access do not change a result.
IDENTITY_OPTIONS = ("path", "input", "output", "outdirname", "outbasename", "skip_compile", "skip_run")


def identity_inputs(call: ScriptCall, mapped: Mapping[str, str], profile: Profile) -> dict[str, Any]:
    """Inputs as JSON values: options by name, keys given with ``--env.`` and ``--const.`` with that prefix.

    Left out: what an option does not hold (``None``, empty), keys that only steer the engine, and secrets,
    also those inside addresses.

    Args:
        mapped: option -> env key, of the script and its active blocks.
    """
    names: Iterable[str] = (*IDENTITY_OPTIONS, *mapped)
    found = {
        name: call.options[name]
        for name in names
        if call.options.get(name) not in (None, "")
        and not is_secret(name)
        and not is_secret(mapped.get(name, ""))
    }
    for prefix, given in (("env", call.explicit_env), ("const", call.explicit_const)):
        for key, value in given.items():
            if not profile.is_engine_key(key) and not is_secret(key):
                found[f"{prefix}.{key}"] = value
    return shareable(dict(sorted(found.items())))
