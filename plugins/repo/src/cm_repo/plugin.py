"""The automation ``repo``: hooks that hand on to :mod:`cm_repo.actions`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Result, Session
    from cm_core.actions import Finding

cm_api_version = "1"

NAME = "repo"
UID = "55c3e27e8a140e48"
_DRY_RUN = "cm_core.actions.commonflags:DryRun"
# What changes something says with --dry_run what it would do.
_CHANGING = ("pull", "checkout", "update", "init", "import", "pack", "unpack", "add", "rm")


def _flags(verb: str, name: str) -> tuple[str, ...]:
    own = (f"cm_repo.flags:{name}",) if name else ()
    return (*own, _DRY_RUN) if verb in _CHANGING else own


def _action(
    name: str,
    help_: str,
    flags: str = "",
    *,
    function: str = "",
    synonyms: tuple[str, ...] = (),
    examples: tuple[str, ...] = (),
) -> Action:
    return Action(
        name=name,
        automation=NAME,
        help=help_,
        handler=f"cm_repo.actions:{function or name}",
        synonyms=synonyms,
        flags=_flags(name, flags),
        examples=examples,
    )


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Repositories."""
    actions = (
        _action(
            "pull",
            "fetch a repository from git, a zip file or a path, or update it",
            "Pull",
            examples=("cm pull repo OWNER@NAME",),
        ),
        _action("checkout", "check out a branch, tag or commit", "Checkout"),
        _action("update", "update all or the named clones", "Token"),
        _action("init", "create a repository, or register an existing one", "Add", function="add"),
        _action("import", "register a folder", "Add", function="import_", synonyms=("ximport",)),
        _action("show", "show where repositories come from", "Find"),
        _action("info", "show where the named repositories come from"),
        _action("move", "give a repository another name", "Move", synonyms=("mv", "ren", "rename")),
        _action("where", "print paths", "Find"),
        _action("get", "print the commands that pull the same repositories elsewhere"),
        _action("pack", "write a repository into a zip file", "Pack"),
        _action("unpack", "unpack a zip file and register it", "Unpack"),
        _action("detect", "show which repository and artifact a folder belongs to", "Place"),
        _action("reindex", "read all metadata again", "Verbose"),
    )
    flags = {name: _flags(name, name.title()) for name in ("find", "add", "rm", "load")}
    return [Automation(name=NAME, uid=UID, help="repositories of artifacts", actions=actions, flags=flags)]


@hookimpl
def cm_find(request: Request, session: Session) -> Result | None:
    """List repositories."""
    from cm_repo.actions import find

    return find(request, session)


@hookimpl
def cm_add(request: Request, session: Session) -> Result | None:
    """Create or register a repository."""
    from cm_repo.actions import add

    return add(request, session)


@hookimpl
def cm_rm(request: Request, session: Session) -> Result | None:
    """Unregister repositories."""
    from cm_repo.actions import remove

    return remove(request, session)


@hookimpl
def cm_load(request: Request, session: Session) -> Result | None:
    """Load the metadata of a repository."""
    from cm_repo.actions import load

    return load(request, session)


@hookimpl
def cm_check_health(session: Session) -> Iterable[Finding]:
    """Whether repositories can be pulled."""
    from cm_repo.health import check

    return check(session)
