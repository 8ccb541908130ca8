"""What is secret, and texts without it: secrets are never stored, printed or logged.

A value is secret for one of two reasons:

- its key says so: ``CM_GH_TOKEN`` (:func:`is_secret`);
- it holds credentials itself: ``https://me:word@host``, ``?token=…``, ``Bearer …``, ``ghp_…``
  (:mod:`cm_core.credentials`).

Whoever runs something knows secret values, too, and hides them wherever they turn up: :class:`Secrets`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.credentials import HIDDEN, IN_ADDRESS, IN_QUERY, has_token
from cm_core.credentials import credentials_in as credentials_in  # noqa: PLC0414 - of this module, too
from cm_core.credentials import without_credentials as without_credentials  # noqa: PLC0414

# Compiled when they are needed, which is seldom.
_SECRETS = (
    r"(?:^|[^A-Z0-9])(?:[A-Z0-9]*(?:TOKEN|PASSWORD|PASSWD|SECRETS?|CREDENTIALS?)|PAT|API_?KEY|ACCESS_?KEY)"
    r"(?:[^A-Z0-9]|$)"
)
# A key that says where a secret lies holds no secret itself.
_LOCATION = r"(?:^|[^A-Z0-9])(?:PATH|FILE|DIR)$"
_SERVER_AND_PATH = r"([^/\s\"']+)([^\s\"']*)"
# An address, and in it the keys of a query that has stars. From the beginning of a word only.
_ADDRESS = r"(?<!\w)\w+://[^\s\"'<>]+"
_HIDDEN_IN_QUERY = r"([?&#][\w-]+=)\*\*\*"
_HIDDEN_ADDRESS = rf"((?<!\w)\w+://)\*\*\*@{_SERVER_AND_PATH}"
# What holds values without names; texts and whatever else can be walked through are values.
_LISTS = (list, tuple, set, frozenset, KeysView, ValuesView)
# Shorter ones would blank out half of a text.
_COMMON = ("true", "false", "none", "null")
_SHORTEST, _SHORTEST_PASSWORD, _SHORTEST_TOKEN = 4, 6, 16


def is_secret(key: object) -> bool:
    """Whether the name of an input or environment key says that its value is a secret.

    True for names with one of the words TOKEN, PASSWORD, PASSWD, SECRET, CREDENTIAL, API_KEY, ACCESS_KEY or
    PAT (``CM_GH_TOKEN``, ``pat``), not for ``TOKENIZER``, ``MAX_TOKENS``, ``CM_TMP_PATH``, ``…_TOKEN_FILE``.
    """
    name = str(key).upper().replace("-", "_")
    words = re.sub(r"[^A-Z0-9]+", " ", name)
    return bool(re.search(_SECRETS, words.replace(" ", "_"))) and not re.search(_LOCATION, name)


def holds_secret(key: object, value: Any) -> bool:
    """Whether a value is a secret or has one inside: a key says so, or a text holds credentials.

    ``https://$USER:$TOKEN@host`` holds none: whoever reads it learns nothing.
    """
    return any(found.is_secret() for found in _found_in({key: value}))


def without_secrets(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that may be stored: without keys that hold secrets, and with stars for credentials in addresses.

    In nested dictionaries and lists too.
    """
    copied: dict[str, Any] = _copied(mapping)
    for found in list(_found_in(copied)):
        if found.is_named or (isinstance(found.holder, dict) and has_token(found.value)):
            del found.holder[found.key]
        else:
            found.holder[found.key] = found.shown
    return copied


def mask_secrets(value: Any) -> Any:
    """A copy of plain data for display, with stars for all that keys that :func:`is_secret` names hold.

    They also stand for credentials inside texts.
    """
    holder = [_copied(value)]
    for found in _found_in(holder):
        found.holder[found.key] = found.shown
    return holder[0]


def with_credentials(value: Any, known: Iterable[Any]) -> Any:
    """What :func:`without_secrets` took out of addresses, put back where values of today know it.

    Args:
        value: plain data that was stored.
        known: values that may hold addresses with credentials; these go to the same server only. An address
            of another server has none afterwards, nor has one to which several of them could belong.
    """
    from cm_core.base.text import map_texts

    if not any(HIDDEN in text for text in _texts(value)):
        return value
    given = _Given(known)
    return map_texts(value, given.put_back)


class _Given:
    """Addresses and other texts with credentials, by what is shown of them.

    A server may want others for each repository, so those of the whole text or address come first.
    """

    def __init__(self, known: Iterable[Any]) -> None:
        self._texts: dict[str, set[str]] = {}
        self._users: dict[str, set[str]] = {}
        self._queries: dict[tuple[str, str], set[str]] = {}
        for text in _texts(known):
            shown = without_credentials(text)
            # Of a token alone nothing is left that tells which one it was.
            if shown not in (text, HIDDEN):
                self._texts.setdefault(shown, set()).add(text)
                self._read(text)

    def put_back(self, text: str) -> str:
        if HIDDEN not in text:
            return text
        text = _only(self._texts.get(text)) or re.sub(_HIDDEN_ADDRESS, self._in_address, text)
        return re.sub(_ADDRESS, self._in_query, text) if f"={HIDDEN}" in text else text

    def _read(self, text: str) -> None:
        for scheme, credentials, server, path in re.findall(f"{IN_ADDRESS}@{_SERVER_AND_PATH}", text):
            for address in {f"{scheme}{server}", without_credentials(f"{scheme}{server}{path}")}:
                self._users.setdefault(address, set()).add(credentials)
        for address in re.findall(_ADDRESS, text):
            for key, word in re.findall(IN_QUERY, address):
                for place in _places(address):
                    self._queries.setdefault((place, key[1:].lower()), set()).add(word)

    def _in_address(self, match: re.Match[str]) -> str:
        scheme, server, path = match.groups()
        user = _only(self._users.get(f"{scheme}{server}{path}") or self._users.get(f"{scheme}{server}"))
        return f"{scheme}{user}@{server}{path}" if user else scheme + server + path

    def _in_query(self, match: re.Match[str]) -> str:
        whole, server = _places(match[0])

        def word(part: re.Match[str]) -> str:
            key = part[1][1:].lower()
            return part[1] + _only(self._queries.get((whole, key)) or self._queries.get((server, key)))

        return re.sub(_HIDDEN_IN_QUERY, word, match[0])


def _places(address: str) -> tuple[str, str]:
    """An address and its server, as they are looked up."""
    scheme, _, rest = address.partition("://")
    server = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return without_credentials(address), f"{scheme}://{server}"


def _only(found: set[str] | None) -> str:
    return next(iter(found)) if found and len(found) == 1 else ""


class Secrets:
    """The secrets that whoever runs something knows by their values, so that no text shows them.

    Args:
        known: options, variables of the environment and the like; longest values are hidden first.
        shortest: secrets with fewer characters are not looked for in texts.
    """

    def __init__(self, *known: Mapping[str, Any], shortest: int = _SHORTEST) -> None:
        words = {word for mapping in known for found in _found_in(mapping) for word in found.words()}
        hidden = [word for word in words if len(word) >= shortest and word.lower() not in _COMMON]
        self.values = tuple(sorted(hidden, key=len, reverse=True))

    def hidden_in(self, text: str) -> str:
        """The text with stars for these secrets, and for all other credentials that can be seen in it."""
        for value in self.values:
            text = text.replace(value, HIDDEN)
        return without_credentials(text)


@frozen
class _Found:
    """What may be a secret in plain data.

    Attributes:
        holder: the dictionary or list that has it in the place ``key``.
        is_named: whether a key says that it is a secret; otherwise it is a text that shows credentials.
    """

    holder: Any
    key: Any
    value: Any
    is_named: bool

    @property
    def shown(self) -> Any:
        """What others may see; that there is nothing may be seen."""
        return (self.value and HIDDEN) if self.is_named else without_credentials(self.value)

    def is_secret(self) -> bool:
        return bool(self.value) if self.is_named else any(credentials_in(self.value))

    def words(self) -> Iterable[str]:
        """What to look for in other texts."""
        if self.is_named:
            return _texts(self.value)
        return (form for credentials in credentials_in(self.value) for form in _forms(credentials))


def _found_in(holder: Any) -> Iterator[_Found]:
    """What may be secret in a dictionary or list, at any depth. What a key names is found as a whole.

    The place of what was found last may get another value.
    """
    has_names = isinstance(holder, Mapping)
    for key, value in holder.items() if has_names else enumerate(holder):
        if has_names and is_secret(key):
            yield _Found(holder=holder, key=key, value=value, is_named=True)
        elif isinstance(value, str):
            if without_credentials(value) != value:
                yield _Found(holder=holder, key=key, value=value, is_named=False)
        elif isinstance(value, (Mapping, *_LISTS)):
            yield from _found_in(value)


def _copied(value: Any) -> Any:
    """The same plain data in dictionaries and lists that can be changed."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, _LISTS) else value


def _forms(credentials: str) -> Iterator[str]:
    """What to look for: the password, or a token that stands alone, as written and as the server gets it."""
    from urllib.parse import unquote

    user, colon, password = credentials.partition(":")
    # A name alone is in many paths, and a short word in many sentences.
    word, shortest = (password, _SHORTEST_PASSWORD) if colon else (user, _SHORTEST_TOKEN)
    if len(word) >= shortest:
        yield from (word, unquote(word))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _texts(item)
