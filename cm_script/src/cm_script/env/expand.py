"""``<<<KEY>>>`` placeholders: replaced by values of an env, left alone while nobody has the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core import MetaError, is_true
from cm_core.base import map_texts
from cm_script.env.values import Env

if TYPE_CHECKING:
    from cm_script.profile import Profile

_PLACEHOLDER = r"<<<(.*?)>>>"
_MARK = "<<<"
_WEB_URL = r"(?:https?|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/(?P<path>[^?#]+?)(?:\.git)?/?"
_SSH_URL = r"(?:ssh://)?[\w.-]+@(?P<host>[^/:]+)[:/](?P<path>[^?#]+?)(?:\.git)?/?"


def placeholders(text: str) -> tuple[str, ...]:
    """The keys that a text refers to."""
    return tuple(re.findall(_PLACEHOLDER, text)) if _MARK in text else ()


def has_placeholder(value: object) -> bool:
    """Whether ``<<<…>>>`` occurs in a value, including inside lists and dictionaries."""
    if isinstance(value, str):
        return _MARK in value and re.search(_PLACEHOLDER, value) is not None
    if isinstance(value, list | dict):
        return re.search(_PLACEHOLDER, str(value)) is not None
    return False


def expand_text(text: str, *sources: Mapping[str, Any]) -> str:
    """Replace each ``<<<KEY>>>`` by the value of the first source that has KEY; others stay.

    Values are taken as they are: a placeholder inside one is not replaced in turn.
    """
    if _MARK not in text:
        return text

    def value(match: re.Match[str]) -> str:
        for source in sources:
            if match[1] in source:
                return str(source[match[1]])
        return match[0]

    return re.sub(_PLACEHOLDER, value, text)


def expand_value(value: Any, *sources: Mapping[str, Any]) -> Any:
    """A copy of plain data with placeholders in all strings replaced, however deep."""
    return map_texts(value, lambda text: expand_text(text, *sources))


def expand_env(env: Mapping[str, Any], profile: Profile, *, fallback: Mapping[str, Any] | None = None) -> Env:
    """The env with placeholders in strings and list elements replaced; see :func:`expanded_keys`."""
    own = env if isinstance(env, Env) else Env(env)
    return own.with_(expanded_keys(own, profile, fallback=fallback))


def expanded_keys(
    env: Mapping[str, Any], profile: Profile, *, fallback: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What placeholders in strings and list elements change in an env: key -> new value.

    Keys are treated in order and see what became of earlier ones. The URL of a Git repository is rewritten
    for access by token or ssh when the env asks for it.

    Args:
        fallback: where to look for keys that the env itself does not have.

    Raises:
        MetaError: when a ``+KEY`` holds something else than a list.
    """
    changed: dict[str, Any] = {}
    sources = (changed, env) if fallback is None else (changed, env, fallback)
    git_url = profile.env("GIT_URL")
    for key, value in env.items():
        if isinstance(value, str):
            if key[:1] == "+":
                raise _not_a_list(key)
            if _MARK in value:
                changed[key] = expand_text(value, *sources)
            elif key == git_url:
                changed[key] = _git_url(value, {**env, **changed}, profile)
        elif isinstance(value, list):
            if any(isinstance(item, str) and _MARK in item for item in value):
                changed[key] = [
                    expand_text(item, *sources) if isinstance(item, str) else item for item in value
                ]
        elif key[:1] == "+":
            raise _not_a_list(key)
    return changed


def _not_a_list(key: str) -> MetaError:
    return MetaError(
        f"env key '{key}' must be a list, because it starts with a plus sign",
        hint=f"write --env.{key},=VALUE or, in metadata, a list",
        exit_code=1,
    )


def _git_url(url: str, env: Mapping[str, Any], profile: Profile) -> str:
    if not is_true(env.get(profile.env("GIT_AUTH"))):
        return url
    parts = re.fullmatch(_WEB_URL, url) or re.fullmatch(_SSH_URL, url)
    if parts is None:
        return url
    token = env.get(profile.env("GH_TOKEN"))
    if token and "@" not in url:
        return f"https://git:{token}@{parts['host']}/{parts['path']}"
    if profile.env("GIT_SSH") in env:
        return f"git@{parts['host']}:{parts['path']}.git"
    return url
