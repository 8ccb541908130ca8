"""CM toolkit: automation for ML and systems people.

The names below are the public interface; everything else may change between minor versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cm_core.flags import Flags, read_flags
    from cm_core.hookspecs import Action, AddedFlags, AddedOptions, Automation, Option, hookimpl
    from cm_core.model.artifact import Artifact, Repository
    from cm_core.model.errors import CMError
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session, access

__version__ = "0.1.0"
__all__ = [
    "Action",
    "AddedFlags",
    "AddedOptions",
    "Artifact",
    "Automation",
    "CMError",
    "Flags",
    "Option",
    "Repository",
    "Request",
    "Result",
    "Session",
    "access",
    "hookimpl",
    "read_flags",
]

_HOMES = {
    "Action": "hookspecs",
    "AddedFlags": "hookspecs",
    "AddedOptions": "hookspecs",
    "Artifact": "model.artifact",
    "Automation": "hookspecs",
    "CMError": "model.errors",
    "Flags": "flags",
    "Option": "hookspecs",
    "Repository": "model.artifact",
    "Request": "model.request",
    "Result": "model.result",
    "Session": "session",
    "access": "session",
    "hookimpl": "hookspecs",
    "read_flags": "flags",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: `cm --help` and plugins must not pay for what they do not need.
    if name not in _HOMES:
        raise AttributeError(f"module 'cm_core' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"cm_core.{_HOMES[name]}"), name)
