"""Which keys hold secrets. Their values are neither part of a cache key nor written to disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SECRET = re.compile(
    r"(?:^|[^A-Z0-9])(?:[A-Z0-9]*(?:TOKEN|PASSWORD|PASSWD|SECRETS?|CREDENTIALS?)|PAT|API_?KEY|ACCESS_?KEY)"
    r"(?:[^A-Z0-9]|$)"
)
# A key that says where a secret lies holds no secret itself.
_LOCATION = re.compile(r"(?:^|[^A-Z0-9])(?:PATH|FILE|DIR)$")


def is_secret(key: str) -> bool:
    """Whether the name of an input or environment key says that its value is a secret.

    True for names with one of the words TOKEN, PASSWORD, PASSWD, SECRET, CREDENTIAL, API_KEY, ACCESS_KEY or
    PAT (``CM_GH_TOKEN``, ``pat``), not for ``TOKENIZER``, ``MAX_TOKENS``, ``CM_TMP_PATH``, ``…_TOKEN_FILE``.
    """
    name = key.upper().replace("-", "_")
    words = re.sub(r"[^A-Z0-9]+", " ", name)
    return bool(_SECRET.search(words.replace(" ", "_"))) and not _LOCATION.search(name)


def without_secrets(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the keys that :func:`is_secret` names, in nested dictionaries too."""
    return {
        key: without_secrets(value) if isinstance(value, Mapping) else value
        for key, value in mapping.items()
        if not is_secret(str(key))
    }
