"""Data as plain values, and plain values as a JSON or YAML document that is always complete."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, KeysView, Mapping, ValuesView
from pathlib import PurePath
from typing import Any, cast

_LISTS = (list, tuple, KeysView, ValuesView)
_SEEN_ABOVE = "(this value contains itself)"


def to_plain(value: Any, change: Callable[[str], str] = str, _above: frozenset[int] = frozenset()) -> Any:
    """The value as dictionaries with string keys, lists, strings, numbers, booleans and ``None``.

    Nothing is dropped: what has ``to_json()`` says itself what it is, other objects with fields are those,
    sets are sorted, bytes are decoded, paths and everything unknown become text. A value that contains itself
    is cut at the repetition.

    Args:
        change: makes another text of each, on the one walk through a long answer; keys stay.
    """
    if type(value) is str:  # Most are.
        return change(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str | float | PurePath):
        return change(str(value))
    if isinstance(value, bytes | bytearray):
        return change(bytes(value).decode("utf-8", errors="backslashreplace"))
    if id(value) in _above:
        return _SEEN_ABOVE
    return _compound_to_plain(value, change, _above | {id(value)})


def _compound_to_plain(value: Any, change: Callable[[str], str], above: frozenset[int]) -> Any:
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, change, above) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(
            (to_plain(item, change, above) for item in value),
            key=lambda item: (str(type(item)), str(item)),
        )
    if callable(convert := getattr(value, "to_json", None)) and not isinstance(value, type):
        return to_plain(convert(), change, above)
    if isinstance(value, _LISTS):
        return [to_plain(item, change, above) for item in value]
    from cm_core.base.records import field_names

    if (names := field_names(cast("Any", type(value)))) is not None:
        return {name: to_plain(getattr(value, name), change, above) for name in names}
    return change(str(value))


def to_shown(data: Mapping[str, Any], exports: Collection[str] = ()) -> dict[str, Any]:
    """An answer as plain data with stars for secrets, for files and eyes; programs get the real ones.

    Args:
        exports: keys under which names, too, say what is secret.
    """
    import functools

    from cm_core.base.secrets import mask_secrets
    from cm_core.credentials import without_credentials

    # Most texts of a long answer are there often: tags, the names of repositories.
    plain = to_plain(data, functools.cache(without_credentials))
    return {key: mask_secrets({key: value})[key] if key in exports else value for key, value in plain.items()}


def to_json_text(data: Any, *, encoding: str = "utf-8") -> str:
    """A JSON document with sorted keys and a final newline; non-ASCII is kept where it can be written."""
    return json_text(to_plain(data), encoding=encoding)


def json_text(plain: Any, *, encoding: str = "utf-8") -> str:
    """The same of data that are plain already."""
    import json

    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        # A file name that is not text, or a terminal without the letters: \uXXXX is still correct JSON.
        text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return text + "\n"


def to_yaml_text(data: Any) -> str:
    """A YAML document with sorted keys."""
    return yaml_text(to_plain(data))


def yaml_text(plain: Any) -> str:
    """The same of data that are plain already."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(plain, Dumper=dumper, sort_keys=True, allow_unicode=True))
