"""The automation ``repo``: hooks that hand on to :mod:`cm_repo.actions`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.hookspecs import Action, Automation, Option, hookimpl

if TYPE_CHECKING:
    from cm_core.actions.doctor import Finding
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session

cm_api_version = "1"

NAME = "repo"
UID = "55c3e27e8a140e48"

_DESC = Option(name="desc", help="one line about the repository")
_PREFIX = Option(name="prefix", help="sub-folder that holds the artifacts")
_PATH = Option(name="path", help="the folder; by default the current one")
_BRANCH = Option(name="branch", help="branch to be on")
_CHECKOUT = Option(name="checkout", help="branch, tag or commit to check out")
_NEW_BRANCH = Option(name="new_branch", help="branch to create")
_FILE = Option(name="file", help="the zip file; by default ./cm.zip")
_DIR = Option(name="dir", help="name of the folder in the home")
_VERBOSE = Option(name="verbose", help="say more", kind="flag")
_TOKEN = (
    Option(name="token_env", help="variable that holds a token for a private repository"),
    Option(name="token", help="a token; others can see it in the list of processes, so prefer --token_env"),
    Option(name="pat", help="the same as --token"),
)
_PULL = (
    Option(name="url", help="where to pull from; the name is then the alias"),
    _BRANCH,
    _CHECKOUT,
    _NEW_BRANCH,
    Option(name="depth", help="number of commits to fetch"),
    _DIR,
    Option(name="dir2", help="name of the folder and of one in it"),
    _DESC,
    _PREFIX,
    *_TOKEN,
    Option(name="skip_zip_parent_dir", help="take the only folder of a zip file", kind="flag"),
)
_ADD = (
    _PATH,
    Option(name="here", help="in the current folder", kind="flag"),
    Option(name="uid", help="the UID; by default a new one"),
    _DESC,
    _PREFIX,
)
_FIND = (
    Option(name="min", help="only paths", kind="flag"),
    Option(name="with_prefix", help="paths with the sub-folder of the artifacts", kind="flag"),
    _VERBOSE,
)
_RM = (
    Option(name="all", help="remove the content, too", kind="flag"),
    Option(name="force", help="do not ask (also -f)", kind="flag"),
    Option(name="f", help="do not ask", kind="flag"),
)


def _action(
    name: str,
    help_: str,
    *options: Option,
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
        options=options,
        examples=examples,
    )


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Repositories."""
    actions = (
        _action(
            "pull",
            "fetch a repository from git, a zip file or a path, or update it",
            *_PULL,
            examples=("cm pull repo OWNER@NAME",),
        ),
        _action("checkout", "check out a branch, tag or commit", _BRANCH, _CHECKOUT, _NEW_BRANCH, *_TOKEN),
        _action("update", "update all or the named clones", *_TOKEN),
        _action("init", "create a repository, or register a folder that is one", *_ADD, function="add"),
        _action("import", "register a folder", *_ADD, function="import_", synonyms=("ximport",)),
        _action("show", "say where repositories come from", *_FIND),
        _action("where", "print paths", *_FIND),
        _action("get", "print the commands that pull the same repositories elsewhere"),
        _action("pack", "write a repository into a zip file", _FILE),
        _action("unpack", "unpack a zip file and register it", _FILE, _DIR),
        _action("detect", "say which repository and artifact a folder belongs to", _PATH),
        _action("reindex", "read all metadata anew", _VERBOSE),
    )
    options = {
        "find": _FIND,
        "add": _ADD,
        "rm": _RM,
        "load": (Option(name="yaml", help="print YAML instead of JSON", kind="flag"),),
    }
    return [
        Automation(name=NAME, uid=UID, help="repositories of artifacts", actions=actions, options=options)
    ]


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
