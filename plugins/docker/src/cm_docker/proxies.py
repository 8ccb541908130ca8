"""Proxies of this machine: engines are told about those without a password."""

from __future__ import annotations

from collections.abc import Mapping

from cm_core.base import without_credentials

_NAMES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


def public_proxies(env: Mapping[str, str]) -> dict[str, str]:
    """What everybody may see who can ask an engine."""
    return {name: value for name, value in _proxies(env).items() if without_credentials(value) == value}


def proxies_with_password(env: Mapping[str, str]) -> dict[str, str]:
    """What reaches a script as its other secrets do, and no image that is built."""
    return {name: value for name, value in _proxies(env).items() if without_credentials(value) != value}


def _proxies(env: Mapping[str, str]) -> dict[str, str]:
    names = [name for proxy in _NAMES for name in (proxy, proxy.upper())]
    return {name: env[name] for name in names if env.get(name)}
