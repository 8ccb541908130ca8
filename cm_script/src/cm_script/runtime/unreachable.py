"""What a person is told when a recipe fails because a server cannot be reached."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

# How libraries and programs say, in lower case, that a server cannot be reached.
_NO_NETWORK = (
    "nameresolutionerror", "max retries exceeded", "name or service not known", "failure in name resolution",
    "getaddrinfo failed", "nodename nor servname", "network is unreachable", "no route to host",
    "connection refused", "connecttimeout", "proxyerror", "could not resolve", "connection timed out",
)  # fmt: skip
_POOL = re.compile(r"HTTPS?ConnectionPool\(host='(?P<host>[^']*)'.*", re.DOTALL)
_REASON = re.compile(r"\[Errno -?\d+\] ([^)\]\"'>]+)")


def network_hint(said: str, rerun: Sequence[str] = ()) -> str:
    """What to do when the words of a failure are those of a network that does not answer; else ``""``.

    Args:
        rerun: words of the command that runs just the step again.
    """
    if not any(sign in said.lower() for sign in _NO_NETWORK):
        return ""
    hint = "check the network, and the proxy (https_proxy); what was fetched before stays in the cache"
    return f"{hint}\nto run just this step again: {shlex.join(rerun)}" if rerun else hint


def without_pool(said: str) -> str:
    """The words of a failure with those of Python's usual libraries for HTTP in short: who, and why."""
    found = _POOL.search(said)
    if found is None:
        return said
    reasons = _REASON.findall(said[found.start() :])
    why = f" ({reasons[-1].strip()})" if reasons else ""
    return f"{said[: found.start()]}{found['host']} cannot be reached{why}"
