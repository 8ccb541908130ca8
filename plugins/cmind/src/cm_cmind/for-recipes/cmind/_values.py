"""Dictionaries and values: a part of ``cmind.utils``."""

from __future__ import annotations

import re
from typing import Any

from cmind._types import Contract


def merge_dicts(i: Contract) -> Contract:
    """Merge ``dict2`` into ``dict1``, which is changed and returned as ``dict1``.

    Dictionaries are merged key by key, lists replaced or, with ``append_lists``, appended (with
    ``append_unique`` only what is new); ``ignore_keys`` are left out. The last two concern the top level.
    """
    target, source = i["dict1"], i["dict2"]
    ignored = i.get("ignore_keys") or ()
    for key, value in source.items():
        if key in ignored:
            continue
        old = target.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merge_dicts({"dict1": old, "dict2": value, "append_lists": i.get("append_lists", False)})
        elif isinstance(value, list) and isinstance(old, list) and i.get("append_lists"):
            # One after the other, as the value may repeat itself.
            for item in list(value):
                if not i.get("append_unique") or item not in old:
                    old.append(item)
        else:
            target[key] = value
    return {"return": 0, "dict1": target}


def sub_input(i: Contract, keys: list[str], reverse: bool = False) -> Contract:
    """The input with only these keys, or with ``reverse`` without them; a plain dictionary."""
    return {key: value for key, value in i.items() if (key in keys) is not reverse}


def update_dict_if_empty(d: Contract, key: str, value: Any) -> Contract:
    """Set a key that is missing or empty."""
    if d.get(key) in (None, "", [], {}):
        d[key] = value
    return {"return": 0}


def convert_env_to_dict(s: str) -> Contract:
    """``KEY=value`` lines as ``dict``; a value ends at its first ``=``."""
    pairs = [line.strip().split("=") for line in s.split("\n") if line.strip()]
    return {"return": 0, "dict": {pair[0].strip(): "".join(pair[1:2]).strip() for pair in pairs}}


def convert_dictionary(d: Contract, key: str, sub: bool = True) -> Contract:
    """The dictionary with ``key_`` before each key; with ``sub``, dashes in keys become underscores."""
    return {f"{key}_{name.replace('-', '_') if sub else name}": value for name, value in d.items()}


def test_input(i: Contract) -> Contract:
    """Code 1 when keys are left in the input: nobody knows them."""
    if not i:
        return {"return": 0}
    names = list(i)
    shown = ", ".join(names)
    error = f"unknown input keys: {shown}"
    return {"return": 1, "error": error, "unknown_keys": names, "unknown_keys_str": shown}


def path2(path: str) -> str:
    """A path in quotation marks if it has a space and none yet."""
    return f'"{path}"' if " " in path and not path.startswith('"') else path


def flatten_dict(d: Contract, fd: Contract | None = None, prefix: str = "") -> Contract:
    """Put ``{"x": {"y": z}}`` as ``{"x.y": "z"}`` into ``fd``, which is returned as well."""
    flat = {} if fd is None else fd
    for key, value in d.items():
        if isinstance(value, dict):
            flatten_dict(value, flat, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


def update_dict_with_flat_key(key: str, value: Any, d: Contract) -> Contract:
    """Set ``x.y.z`` in nested dictionaries."""
    *path, last = key.split(".")
    for part in path:
        d = d.setdefault(part, {})
    d[last] = value
    return {"return": 0}


def get_value_from_dict_with_flat_key(key: str, d: Contract) -> Any:
    """The value at ``x.y.z`` in nested dictionaries, or ``None``."""
    value: Any = d
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def get_set(meta: Contract, key: str, state: Contract, keys: list[str]) -> Any:
    """The value of a key; if there is one, it is also put into ``state`` at the path ``keys``."""
    value = meta.get(key)
    if value is not None:
        *path, last = keys
        for part in path:
            state = state.setdefault(part, {})
        state[last] = value
    return value


def safe_int(i: Any, d: int) -> int:
    """The value as an integer, or the default."""
    try:
        return int(i)
    except (TypeError, ValueError):
        return d


def safe_float(i: Any, d: float) -> float:
    """The value as a number, or the default."""
    try:
        return float(i)
    except (TypeError, ValueError):
        return d


def substitute_template(template: str, variables: Contract) -> str:
    """The template with each ``{name}`` replaced; a text that begins with ``Error:`` when one is missing."""
    missing = [name for name in re.findall(r"{(\w+)}", template) if name not in variables]
    if missing:
        return f"Error: there is no value for {missing[0]} in the template '{template}'."
    return re.sub(r"{(\w+)}", lambda match: str(variables[match.group(1)]), template)


def get_current_date_time(i: Contract) -> Contract:
    """The time now, or that in ``timezone`` (such as ``Europe/Paris``).

    Returns:
        ``array`` (integers ``date_year``, ``date_month``, ``date_day``, ``time_hour``, ``time_minute``,
        ``time_second``) and ``iso_datetime``; an unknown time zone is code 1.
    """
    import datetime as dt

    zone: dt.tzinfo | None = None
    if name := i.get("timezone"):
        import zoneinfo

        try:
            zone = zoneinfo.ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            return {"return": 1, "error": f"there is no time zone '{name}'"}
    now = dt.datetime.now(zone)
    date = {f"date_{part}": getattr(now, part) for part in ("year", "month", "day")}
    time = {f"time_{part}": getattr(now, part) for part in ("hour", "minute", "second")}
    return {"return": 0, "array": {**date, **time}, "iso_datetime": now.isoformat()}


def safe_value(value: Any) -> Any:
    """The value without what JSON cannot hold."""
    import json

    if isinstance(value, dict):
        return {str(key): safe_value(item) for key, item in value.items() if _is_plain(item)}
    if isinstance(value, (list, tuple)):
        return [safe_value(item) for item in value if _is_plain(item)]
    json.dumps(value)
    return value


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, dict, list, tuple))


def dump_safe_json(i: Contract) -> Contract:
    """Print an input as JSON, without what JSON cannot hold; returns that as ``meta``."""
    import json
    import sys

    meta = safe_value(i)
    sys.stdout.write(json.dumps(meta, indent=2) + "\n")
    return {"return": 0, "meta": meta}
