"""What is secret, and texts without it: secrets are never stored, printed or logged.

A value is secret for one of two reasons:

- its key says so: ``CM_GH_TOKEN`` (:func:`is_secret`);
- it holds credentials itself: ``https://me:word@host``, ``?token=…``, ``Bearer …``, ``ghp_…``
  (:mod:`cm_core.credentials`).

Whoever runs something knows secret values, too, and hides them wherever they turn up: :class:`Secrets`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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


def holds_secret(key: str, value: Any) -> bool:
    """Whether a value is a secret or has one inside: a key says so, or a text holds credentials.

    ``https://$USER:$TOKEN@host`` holds none: whoever reads it learns nothing.
    """
    if isinstance(value, Mapping):
        return bool(value) and (is_secret(key) or any(holds_secret(str(name), value[name]) for name in value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return any(holds_secret(key, item) for item in value)
    return bool(value) and (is_secret(key) or (isinstance(value, str) and any(credentials_in(value))))


def without_secrets(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that may be stored: without keys that hold secrets, and with stars for credentials in addresses.

    In nested dictionaries and lists too.
    """
    return {
        key: _clean(value)
        for key, value in mapping.items()
        if not is_secret(key) and not (isinstance(value, str) and has_token(value))
    }


def mask_secrets(value: Any) -> Any:
    """A copy of plain data for display, with stars for the values of keys that :func:`is_secret` names.

    They also stand for credentials inside texts.
    """
    if isinstance(value, Mapping):
        return {key: HIDDEN if _hides(key, item) else mask_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_secrets(item) for item in value]
    return without_credentials(value) if isinstance(value, str) else value


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
        found = {value for mapping in known for value in _secret_values(mapping)}
        hidden = [value for value in found if len(value) >= shortest and value.lower() not in _COMMON]
        self.values = tuple(sorted(hidden, key=len, reverse=True))

    def hidden_in(self, text: str) -> str:
        """The text with stars for these secrets, and for all other credentials that can be seen in it."""
        for value in self.values:
            text = text.replace(value, HIDDEN)
        return without_credentials(text)


def _secret_values(value: Any, *, named: bool = False) -> Iterator[str]:
    """The secrets in plain data.

    Args:
        named: whether the key of the value says that it is one.
    """
    if isinstance(value, str):
        if named:
            yield value
        else:
            for credentials in credentials_in(value):
                yield from _forms(credentials)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secret_values(item, named=is_secret(str(key)))
    elif isinstance(value, Iterable):
        for item in value:
            yield from _secret_values(item, named=named)


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


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_secrets(value)
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return without_credentials(value) if isinstance(value, str) else value


def _hides(key: object, value: Any) -> bool:
    return bool(value) and is_secret(key) and not isinstance(value, Mapping)
