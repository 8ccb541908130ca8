"""The values of flags: from what a request has, typed or from a dictionary, to what the flag declares.

The only place where "yes", True and "1", or "a,b" and ["a", "b"], become one thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cm_core.errors import UsageError
from cm_core.model.flag import dashed
from cm_core.model.request import FALSE_WORDS, TRUE_WORDS, is_no, is_true

if TYPE_CHECKING:
    from cm_core.model.flag import Flag

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
# Compiled when they are needed, which is seldom.
_DURATION = r"([0-9.]+)\s*([a-z]*)"
_SIZE = r"(?ai)[0-9]+(\.[0-9]+)?\s*[kmgtp]?i?b?"
_MOST_DIGITS = 18
_MAY_BE_NO = ("switch", "optional", "choice", "anything")


def value_of(flag: Flag, key: str, given: object) -> Any:
    """The value of a flag.

    Args:
        key: the name by which it was given, for messages.
        given: a text, or what a file or a program puts there.

    Raises:
        UsageError: when it is none of this kind.
    """
    if flag.kind not in _MAY_BE_NO and (given is False or (isinstance(given, str) and not given.strip())):
        return flag.default
    return _READERS[flag.kind](flag, key, given)


def without_foreign_words(flags: Mapping[str, Flag], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options without words that a switch does not know; they may be for somebody else."""
    switches = [key for key in options if key in flags and flags[key].kind == "switch"]
    foreign = {key for key in switches if _yes_or_no(options[key]) is None}
    return {key: options[key] for key in options if key not in foreign} if foreign else options


def value_from_environment(flag: Flag, given: str) -> Any:
    """The value of a flag whose variable is set.

    Raises:
        UsageError: when it is none of this kind; nobody typed the flag, so the message names the variable.
    """
    try:
        return value_of(flag, flag.name, given)
    except UsageError as error:
        raise UsageError(f"{flag.env} in the environment: {error.message}", hint=error.hint) from None


def join(flag: Flag, options: Mapping[str, Any], known: Any, value: Any) -> Any:
    """What two names of the same flag say together.

    Raises:
        UsageError: when they say different things.
    """
    if flag.kind == "switch":
        return known or value
    if value == flag.default:
        return known
    if isinstance(known, Mapping):
        return {**known, **value}
    first, second = [key for key in options if key in flag.keys][:2]
    raise UsageError(
        f"{_said(first, options[first])} contradicts {_said(second, options[second])}",
        hint="drop one of the two",
    )


def _switch(_: Flag, key: str, given: object) -> bool:
    said = _yes_or_no(given)
    if said is None:
        raise _neither_yes_nor_no(key, given)
    return said


def _yes_or_no(given: object) -> bool | None:
    if is_true(given):
        return True
    is_empty = given is None or given in ([], (), {}) or not str(given).strip()
    return False if is_empty or is_no(given) else None


def _optional(flag: Flag, key: str, given: object) -> str:
    if is_true(given):
        return flag.bare
    if is_no(given):
        return ""
    if isinstance(given, list | tuple):
        return ",".join(map(str, given))
    return _text(flag, key, given)


def _text(flag: Flag, key: str, given: object) -> str:
    if isinstance(given, bool | list | tuple | Mapping):
        raise _needs_value(flag, key)
    return str(given).strip()


def _texts(flag: Flag, key: str, given: object) -> tuple[str, ...]:
    if isinstance(given, bool | Mapping):
        raise _needs_value(flag, key)
    return tuple(str(item) for item in given) if isinstance(given, list | tuple) else (str(given),)


def _words(flag: Flag, key: str, given: object) -> tuple[str, ...]:
    # A list is divided already, unless it has the texts of a flag that was typed several times.
    is_list = isinstance(given, list | tuple) and not flag.repeat
    texts = _texts(flag, key, given)
    if not is_list:
        texts = tuple(part for text in texts for part in _divided(flag, text))
    words = tuple(word.strip() for word in texts)
    words = tuple(word for word in words if word)
    return tuple(_chosen(flag, key, word) for word in words) if flag.choices else words


def _divided(flag: Flag, text: str) -> list[str]:
    return split_outside_brackets(text) if flag.nested else text.split(",")


def split_outside_brackets(text: str) -> list[str]:
    """``a,max(b, c)`` as ``a`` and ``max(b, c)``; commas inside quotes divide nothing, either."""
    parts, depth, quote, start = list[str](), 0, "", 0
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _choice(flag: Flag, key: str, given: object) -> str:
    # In a file, yes and no are written without quotes, and for some flags they are words.
    if isinstance(given, bool) and (word := "yes" if given else "no") in flag.synonyms:
        return flag.synonyms[word]
    word = "" if given is False else _text(flag, key, given)
    return _chosen(flag, key, word) if word else str(flag.default)


def _chosen(flag: Flag, key: str, word: str) -> str:
    if word in flag.choices:
        return word
    folded = {_folded(name): name for name in flag.choices}
    folded |= {_folded(name): meant for name, meant in flag.synonyms.items()}
    if (found := folded.get(_folded(word))) is not None:
        return found
    from cm_core.base.suggest import did_you_mean
    from cm_core.base.text import alternatives

    hint = did_you_mean(word, flag.choices) or f"write {dashed(key)}={alternatives(flag.choices)}"
    raise UsageError(f"{dashed(key)} cannot be '{word}'", hint=hint)


def _whole(flag: Flag, key: str, given: object) -> int:
    text, least = _text(flag, key, given), flag.least or 0
    is_short = len(text) <= _MOST_DIGITS
    if not re.fullmatch(r"-?[0-9]+", text) or (is_short and int(text) < least):
        raise UsageError(f"{_said(key, given)} must be a whole number, at least {least:g}")
    if not is_short or (flag.most is not None and int(text) > flag.most):
        raise _too_much(flag, key, given)
    return int(text)


def _number(flag: Flag, key: str, given: object) -> float:
    from cm_core.base.numbers import to_number

    value = to_number(_text(flag, key, given))
    if value is None:
        raise UsageError(f"{_said(key, given)} is not a number")
    return _within(flag, key, given, value)


def _duration(flag: Flag, key: str, given: object) -> float:
    from cm_core.base.numbers import to_number

    text, unit = _text(flag, key, given), ""
    if match := re.fullmatch(_DURATION, text.lower()):
        text, unit = match.groups()
    value = to_number(text)
    if value is None or unit not in _UNITS:
        raise UsageError(f"{_said(key, given)} is not a duration", hint=f"write {dashed(key)}=90s, 10m or 2h")
    return _within(flag, key, given, value * _UNITS[unit])


def _within(flag: Flag, key: str, given: object, value: float) -> float:
    if flag.above is not None and value <= flag.above:
        raise UsageError(f"{_said(key, given)} must be more than {flag.above:g}")
    if flag.least is not None and value < flag.least:
        raise UsageError(f"{_said(key, given)} must be at least {flag.least:g}")
    if value > (float("1e300") if flag.most is None else flag.most):
        raise _too_much(flag, key, given)
    return value


def _size(flag: Flag, key: str, given: object) -> str:
    text = _text(flag, key, given)
    if not re.fullmatch(_SIZE, text):
        raise UsageError(f"{_said(key, given)} is not a size", hint=f"write {dashed(key)}=512m or 8gb")
    return text


def _mapping(_: Flag, key: str, given: object) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f"{dashed(key)} needs keys", hint=f"write {dashed(key)}.KEY=VALUE")
    return given


def _anything(_: Flag, key: str, given: object) -> object:
    del key
    return given


def _neither_yes_nor_no(key: str, given: object) -> UsageError:
    from cm_core.base.suggest import did_you_mean

    near = did_you_mean(str(given).lower(), (*TRUE_WORDS, *FALSE_WORDS))
    words = "yes, true, on and 1 mean yes; no, false, off and 0 mean no"
    return UsageError(f"{_said(key, given)} is neither yes nor no", hint=f"{near} {words}" if near else words)


def _needs_value(flag: Flag, key: str) -> UsageError:
    return UsageError(f"{dashed(key)} needs a value", hint=f"write {dashed(key)}={flag.placeholder}")


def _too_much(flag: Flag, key: str, given: object) -> UsageError:
    most = f": at most {flag.most:,.0f}" if flag.most is not None else ""
    return UsageError(f"{_said(key, given)} is too large{most}")


def _said(key: str, given: object) -> str:
    """A flag as it was typed, for messages; stars stand for secrets."""
    from cm_core.base.secrets import mask_secrets

    return f"{dashed(key)}={mask_secrets({key: given})[key]}"


def _folded(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


_READERS: Mapping[str, Callable[[Flag, str, object], Any]] = {
    "switch": _switch,
    "optional": _optional,
    "text": _text,
    "path": _text,
    "size": _size,
    "choice": _choice,
    "whole": _whole,
    "number": _number,
    "duration": _duration,
    "words": _words,
    "texts": _texts,
    "mapping": _mapping,
    "anything": _anything,
}
