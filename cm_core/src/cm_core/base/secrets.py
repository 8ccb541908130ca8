"""Which keys hold secrets: their values are never stored, printed or logged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Compiled when they are needed, which is seldom.
_SECRETS = (
    r"(?:^|[^A-Z0-9])(?:[A-Z0-9]*(?:TOKEN|PASSWORD|PASSWD|SECRETS?|CREDENTIALS?)|PAT|API_?KEY|ACCESS_?KEY)"
    r"(?:[^A-Z0-9]|$)"
)
# A key that says where a secret lies holds no secret itself.
_LOCATION = r"(?:^|[^A-Z0-9])(?:PATH|FILE|DIR)$"
# Up to the last @ of the host part: a password may hold one. From the beginning of a word only, or the time
# would grow with the square of its length. A user of SSH (ssh://git@host) is no secret, unlike a password.
_CREDENTIALS = r"((?<!\w)\w+://)(?!(?<=ssh://)[^/\s:@]+@[^/\s@]*(?:[/\s]|$))[^/\s]+@"


def is_secret(key: object) -> bool:
    """Whether the name of an input or environment key says that its value is a secret.

    True for names with one of the words TOKEN, PASSWORD, PASSWD, SECRET, CREDENTIAL, API_KEY, ACCESS_KEY or
    PAT (``CM_GH_TOKEN``, ``pat``), not for ``TOKENIZER``, ``MAX_TOKENS``, ``CM_TMP_PATH``, ``…_TOKEN_FILE``.
    """
    name = str(key).upper().replace("-", "_")
    words = re.sub(r"[^A-Z0-9]+", " ", name)
    return bool(re.search(_SECRETS, words.replace(" ", "_"))) and not re.search(_LOCATION, name)


def without_secrets(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the keys that :func:`is_secret` names, in nested dictionaries and lists too."""
    return {key: _clean(value) for key, value in mapping.items() if not is_secret(key)}


def mask_secrets(value: Any) -> Any:
    """A copy of plain data for display, with stars for the values of keys that :func:`is_secret` names.

    They also stand for user names and passwords in addresses.
    """
    if isinstance(value, Mapping):
        return {key: "***" if _hides(key, item) else mask_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_secrets(item) for item in value]
    return without_credentials(value) if isinstance(value, str) else value


def without_credentials(text: str) -> str:
    """The text with user names and passwords in URLs (``https://me:word@host``) replaced by stars."""
    return re.sub(_CREDENTIALS, r"\1***@", text)


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_secrets(value)
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value


def _hides(key: object, value: Any) -> bool:
    return bool(value) and is_secret(key) and not isinstance(value, Mapping)
