"""Credentials that a text shows to everybody who reads it, and the text without them."""

from __future__ import annotations

from collections.abc import Iterator

HIDDEN = "***"
# Up to the last @ of the host part: a password may hold one. From the beginning of a word only, or the time
# would grow with the square of its length. A user of SSH (ssh://git@host) is no secret, unlike a password,
# and neither is the name of an image (kind://name@sha256:…).
IN_ADDRESS = r"((?<!\w)\w+://)(?!(?<=ssh://)[^/\s:@]+@[^/\s@]*(?:[/\s]|$))([^/\s]+)@(?!sha\d+:)"
# The header that carries a token, in any case (``AUTHORIZATION: basic …``, ``PRIVATE-TOKEN: …``). It has a
# digit, unlike the next word of a sentence. From the beginning of a word only, as above.
_IN_HEADER = (
    r"((?i:\b(?:authorization:\s*\w+|bearer)\s+|(?<![\w-])\w[\w-]*-token:\s*))"
    r"((?=[^\s\d]*\d)[\w.~+/=-]{6,})"
)
# A variable in the place of the password, which a shell will look up.
_REFERENCE = r"\$(?:\w+|\{\w+\})"
_PUBLIC = rf"(?:(?:\w+|{_REFERENCE}):)?{_REFERENCE}|{HIDDEN.replace('*', '[*]')}"

# Most texts have none, and a look at each must cost next to nothing, so patterns come after plain searches.


def without_credentials(text: str) -> str:
    """The text with stars for what URLs (``https://me:word@host``) and headers (``Bearer …``) let pass."""
    if _may_have_address(text):
        import re

        text = re.sub(IN_ADDRESS, rf"\1{HIDDEN}@", text)
    if _may_have_header(text):
        import re

        text = re.sub(_IN_HEADER, rf"\1{HIDDEN}", text)
    return text


def credentials_in(text: str) -> Iterator[str]:
    """The credentials that addresses and headers in a text hold, as they are written there.

    ``https://$USER:$TOKEN@host`` holds none: whoever reads it learns nothing.
    """
    if _may_have_address(text):
        import re

        found = (match[2] for match in re.finditer(IN_ADDRESS, text))
        yield from (credentials for credentials in found if not re.fullmatch(_PUBLIC, credentials))
    if has_header(text):
        import re

        yield from (match[2] for match in re.finditer(_IN_HEADER, text))


def has_header(text: str) -> bool:
    """Whether a text is or holds a header with a token."""
    if not _may_have_header(text):
        return False
    import re

    return re.search(_IN_HEADER, text) is not None


def _may_have_address(text: str) -> bool:
    return "@" in text and "://" in text


def _may_have_header(text: str) -> bool:
    text = text.lower()
    return "bearer " in text or "authorization:" in text or "-token:" in text
