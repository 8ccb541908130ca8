"""What makes two runs of a script the same run: :class:`CacheKey`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cm_core import field, frozen
from cm_core.base import is_secret, without_credentials

# On entries that are being made, as in the original.
TMP_TAG = "tmp"
# The other tags are for the index: on all entries of ours, and on those of one key, variant or input.
KEYED_TAG = "cm-keyed"
KEY_PREFIX, _VARIANT_PREFIX, _INPUT_PREFIX = "cm-key-", "cm-variant-", "cm-input-"
_DIGEST_CHARS = 16


@frozen
class CacheKey:
    """The identity of a result: which script, in which variations, with which inputs.

    Values are put into a canonical form when the key is made: variations and extra tags sorted without
    duplicates; numbers and yes/no values in inputs become text (``5`` and ``"5"`` are equal, ``True`` is
    ``"yes"``), inputs without a value (``None`` or ``""``) are dropped, and so are those whose name says
    that they hold a secret (see :func:`cm_core.base.secrets.is_secret`): secrets are never stored, and a
    result does not depend on whose token fetched it. For the same reason stars stand for the credentials in
    addresses, wherever these are: in inputs, in variations such as ``repo.https://me:word@host/a``, in tags.

    Attributes:
        script_uid: UID of the script.
        script_alias: for people; not part of the identity.
        variations: all *resolved* variations, defaults included, without the underscore.
        version: the version asked for, by flag or as the script's default; ``""`` when none was.
        extra_tags: extra cache tags of the request (``name-*``, ``deps-*``, ``--extra_cache_tags``).
        inputs: the inputs that were given and that can change the result.
    """

    script_uid: str
    script_alias: str = field(default="", compare=False)
    variations: tuple[str, ...] = ()
    version: str = ""
    extra_tags: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variations", _sorted_texts(self.variations))
        object.__setattr__(self, "extra_tags", _sorted_texts(self.extra_tags))
        object.__setattr__(self, "version", without_credentials(str(self.version or "")))
        inputs = {
            str(key): _canonical(value) for key, value in self.inputs.items() if not is_secret(str(key))
        }
        kept = {key: inputs[key] for key in sorted(inputs) if inputs[key] not in (None, "")}
        object.__setattr__(self, "inputs", kept)

    def digest(self) -> str:
        """SHA-256 over everything that is part of the identity, as 64 hexadecimal digits."""
        return _sha256([self.script_uid, self.variations, self.version, self.extra_tags, self.inputs])

    # -- tags by which the index finds entries without reading them --------------------------------------

    @property
    def script_tag(self) -> str:
        """``script-artifact-UID``, on every entry of the script, also on those of the original tool."""
        return f"script-artifact-{self.script_uid}"

    @property
    def key_tag(self) -> str:
        """On entries with exactly this key."""
        return f"{KEY_PREFIX}{self.digest()[:_DIGEST_CHARS]}"

    @property
    def variant_tag(self) -> str:
        """On entries of this script in these variations."""
        return f"{_VARIANT_PREFIX}{_sha256([self.script_uid, self.variations])[:_DIGEST_CHARS]}"

    @property
    def input_tags(self) -> tuple[str, ...]:
        """One tag for each input and its value."""
        return tuple(
            f"{_INPUT_PREFIX}{_sha256([self.script_uid, key, value])[:_DIGEST_CHARS]}"
            for key, value in self.inputs.items()
        )

    @property
    def index_tags(self) -> tuple[str, ...]:
        """All tags that a published entry with this key carries for the index."""
        return (self.script_tag, KEYED_TAG, self.key_tag, self.variant_tag, *self.input_tags)

    def to_json(self) -> dict[str, Any]:
        """The form in ``_cm.json``, key ``cm_key``."""
        return {
            "script_uid": self.script_uid,
            "script_alias": self.script_alias,
            "variations": list(self.variations),
            "version": self.version,
            "extra_tags": list(self.extra_tags),
            "inputs": dict(self.inputs),
        }

    @classmethod
    def from_json(cls, data: object) -> CacheKey | None:
        """Read what :meth:`to_json` wrote; ``None`` when it is something else."""
        if not isinstance(data, Mapping) or not isinstance(data.get("script_uid"), str):
            return None
        inputs = data.get("inputs")
        return cls(
            script_uid=data["script_uid"],
            script_alias=str(data.get("script_alias") or ""),
            variations=_words(data.get("variations")),
            version=str(data.get("version") or ""),
            extra_tags=_words(data.get("extra_tags")),
            inputs=inputs if isinstance(inputs, Mapping) else {},
        )


def is_index_tag(tag: str) -> bool:
    """Whether a tag is one of ours for the index, not one for people."""
    return tag == KEYED_TAG or tag.startswith((KEY_PREFIX, _VARIANT_PREFIX, _INPUT_PREFIX))


def _sorted_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(map(without_credentials, texts))))


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list | tuple) else ()


def _canonical(value: Any) -> Any:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, Mapping):
        return {
            str(key): _canonical(item)
            for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))
            if not is_secret(str(key))
        }
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value if value is None else without_credentials(str(value))


def _sha256(parts: list[Any]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
