"""The plugin: owns the automation ``cache``. Adapters only; the work is in :mod:`cm_cache.api`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Result, Session

cm_api_version = "1"


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """The kind ``cache``."""
    return [
        Automation(
            name="cache",
            uid="541d6f712a6b464e",
            help="what scripts have produced",
            flags={"rm": tuple(f"cm_core.actions.commonflags:{name}" for name in ("Rm", "DryRun"))},
            examples={"rm": ("cm rm cache --tags=get,python3",)},
            frees_space="cm rm cache removes cached results",
            actions=(
                Action(
                    name="show",
                    automation="cache",
                    help="show entries with tags, path, version, script and age",
                    handler="cm_cache.api:show_entries",
                    flags="cm_cache.flags:Show",
                ),
            ),
        )
    ]


@hookimpl
def cm_find(request: Request, session: Session) -> Result | None:
    """Find entries by UID or tags."""
    from cm_cache.api import find_entries

    return find_entries(request, session)


@hookimpl
def cm_rm(request: Request, session: Session) -> Result | None:
    """Remove entries by UID or tags, or all of them."""
    from cm_cache.api import remove_entries

    return remove_entries(request, session)


@hookimpl
def cm_load(request: Request, session: Session) -> Result | None:
    """Load the metadata of one entry."""
    from cm_cache.api import load_entry

    return load_entry(request, session)
