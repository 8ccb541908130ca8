"""Credentials that a text shows to everybody who reads it, and the text without them."""

from __future__ import annotations

from collections.abc import Iterator

HIDDEN = "***"
# Up to the last @ of the host part: a password may hold one. From the beginning of a word only, or the time
# would grow with the square of its length. A user of SSH (ssh://git@host) is no secret, unlike a password,
# and neither is the name of an image (kind://name@sha256:…).
IN_ADDRESS = r"((?<!\w)\w+://)(?!(?<=ssh://)[^/\s:@]+@[^/\s@]*(?:[/\s]|$))([^/\s]+)(?=@(?!sha\d+:))"
# The header that carries a token, in any case (``AUTHORIZATION: basic …``, ``PRIVATE-TOKEN: …``). It has a
# digit, unlike the next word of a sentence. From the beginning of a word only, as above.
_IN_HEADER = (
    r"((?i:\b(?:authorization:\s*\w+|bearer)\s+|(?<![\w-])\w[\w-]*-token:\s*))"
    r"((?=[^\s\d]*\d)[\w.~+/=-]{6,})"
)
# What opens or signs an address, in its query. What begins with $, { or < stands for a value.
IN_QUERY = (
    r"([?&#](?i:(?:(?:access|auth|deploy|download|id|job|private|refresh|(?:x-amz-)?security)[_-]?)?token"
    r"|(?:x-(?:amz|goog)-)?(?:signature|credential)|sig|(?:client[_-]?)?secret|password|passwd"
    r"|(?:api|access)[_-]?key|awsaccesskeyid)=)(?=[\w+/%=-])(?!%[sd(])([^\s&#\"'`<>,;)\]}\\]+)"
)
# Tokens that tell by their beginning whose they are. They are long, unlike names (hf_hub, sk-learn). Looks
# ahead are limited, or the time would grow with the square of the length.
_KNOWN_SHAPE = (
    r"((?<![A-Za-z0-9]))(gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|hf_[A-Za-z0-9]{20,}|glpat-[\w.-]{20,}"
    r"|npm_[A-Za-z0-9]{30,}|xox[abeprs]-(?=[\w-]{0,99}\d)[\w-]{10,}|A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|AIza[\w-]{35}|sk-(?=[\w-]{0,99}\d)(?=[\w-]{0,99}[A-Z])[\w-]{20,}|[rs]k_live_[A-Za-z0-9]{20,})"
)
# As in me:word@host:path: neither the name of an image (name:tag@sha256:…) nor an address of mail.
_IN_SCP = (
    r"((?<![\w/.:@-])(?!mailto:)[A-Za-z_][\w.-]*:)((?![${<*])[^\s:@/,;\"'()]{3,})"
    r"(?=@(?!sha\d+:)[A-Za-z0-9][\w.-]*:[\w~/.])"
)
# A variable in the place of the password, which a shell will look up.
_REFERENCE = r"\$(?:\w+|\{\w+\})"
_PUBLIC = rf"(?:(?:\w+|{_REFERENCE}):)?{_REFERENCE}|{HIDDEN.replace('*', '[*]')}"

# Most texts have none, and a look at each must cost next to nothing, so patterns come after plain searches.


def without_credentials(text: str) -> str:
    """The text with stars for what URLs (``https://me:word@host``, ``?token=…``), headers and tokens show."""
    patterns = _patterns(text)
    if patterns:
        import re

        for pattern in patterns:
            text = re.sub(pattern, rf"\1{HIDDEN}", text)
    return text


def credentials_in(text: str) -> Iterator[str]:
    """The credentials that addresses, headers and well-known tokens in a text are, as they are written there.

    ``https://$USER:$TOKEN@host`` holds none: whoever reads it learns nothing.
    """
    patterns = _patterns(text)
    if patterns:
        import re

        for pattern in patterns:
            for match in re.finditer(pattern, text):
                if pattern != IN_ADDRESS or not re.fullmatch(_PUBLIC, match[2]):
                    yield match[2]


def has_token(text: str) -> bool:
    """Whether a text is or holds a token outside an address: in a header, or one of a well-known shape."""
    import re

    for pattern in _patterns(text):
        if pattern in (_IN_HEADER, _KNOWN_SHAPE):
            if re.search(pattern, text):
                return True
        else:
            text = re.sub(pattern, r"\1", text)
    return False


def _patterns(text: str) -> list[str]:
    """Those that may fit; addresses come first, since they hold tokens."""
    found = []
    if "@" in text:
        if "://" in text:
            found.append(IN_ADDRESS)
        if text.count(":") > 1:
            found.append(_IN_SCP)
    if "=" in text or ":" in text or " " in text:
        lower = text.lower()
        if "=" in text and _may_have_query(lower):
            found.append(IN_QUERY)
        if "bearer " in lower or "authorization:" in lower or "-token:" in lower:
            found.append(_IN_HEADER)
    if _may_have_known_shape(text):
        found.append(_KNOWN_SHAPE)
    return found


def _may_have_query(lower: str) -> bool:
    return ("?" in lower or "&" in lower or "#" in lower) and (
        "token=" in lower
        or "sig" in lower
        or "key" in lower
        or "credential=" in lower
        or "secret=" in lower
        or "passw" in lower
    )


def _may_have_known_shape(text: str) -> bool:
    # One letter is found far sooner than several.
    return (
        ("_" in text and ("hf_" in text or "npm_" in text or "k_live_" in text or "github_pat_" in text))
        or ("_" in text and "gh" in text and any(f"gh{kind}_" in text for kind in "oprsu"))
        or ("-" in text and ("glpat-" in text or "xox" in text or "sk-" in text))
        or ("I" in text and ("AKIA" in text or "ASIA" in text or "AIza" in text))
    )
