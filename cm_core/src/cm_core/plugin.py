"""The core's own plugin: the automations ``automation`` and ``core``, and the actions common to all kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.model.identity import AUTOMATION_UID
from cm_core.plugins.interface import Action, Automation, hookimpl

if TYPE_CHECKING:
    import click

    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session


cm_api_version = "1"
cm_hookspecs = "cm_core.hookspecs"

CORE_UID = "60cb625a46b38610"


def _common(name: str, help_: str, *flags: str, synonyms: tuple[str, ...] = ()) -> Action:
    return Action(
        name=name,
        automation="*",
        help=help_,
        handler=f"cm_core.actions.common:{name}_artifacts",
        synonyms=synonyms,
        flags=tuple(f"cm_core.actions.commonflags:{name}" for name in flags),
    )


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """The kind of kinds, and the toolkit itself."""
    return [
        Automation(
            name="automation",
            uid=AUTOMATION_UID,
            help="the kinds of artifacts",
            actions=(
                Action(
                    name="print-input",
                    automation="automation",
                    help="print how the command line was understood",
                    handler="cm_core.actions.toolkit:print_input",
                    open_flags=True,
                    takes_command=True,
                ),
            ),
        ),
        Automation(
            name="core",
            uid=CORE_UID,
            help="the toolkit itself",
            actions=(
                Action(
                    name="uid",
                    automation="core",
                    help="print a new UID",
                    handler="cm_core.actions.toolkit:print_uid",
                ),
                Action(
                    name="init",
                    automation="core",
                    help="prepare the home",
                    handler="cm_core.actions.toolkit:init_home",
                ),
            ),
        ),
    ]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """The verbs that every kind of artifact has."""
    return [
        _common("update", "change metadata", "Update", "DryRun"),
        _common(
            "move",
            "rename, or move to another repository",
            "Find",
            "DryRun",
            synonyms=("mv", "ren", "rename"),
        ),
        _common("copy", "copy, with a new UID", "Find", "Copy", "DryRun", synonyms=("cp",)),
        Action(
            name="help",
            automation="*",
            help="explain an action or an automation",
            handler="cm_core.cli.helptext:explain_automation",
        ),
        _common("info", "print names, path and files", "Find"),
        _common("version", "print the version of the toolkit"),
        _common("test", "check that the metadata of the kind can be used", "Find"),
    ]


@hookimpl
def cm_register_commands(group: click.Group) -> None:
    """``cm plugins``, ``cm doctor``, ``cm completion``."""
    from cm_core.cli.commands import add_commands

    add_commands(group)


@hookimpl(trylast=True)
def cm_find(request: Request, session: Session) -> Result | None:
    """Find by name and tags."""
    from cm_core.actions.common import find_artifacts

    return find_artifacts(request, session)


@hookimpl(trylast=True)
def cm_add(request: Request, session: Session) -> Result | None:
    """Create a folder with metadata."""
    from cm_core.actions.common import add_artifacts

    return add_artifacts(request, session)


@hookimpl(trylast=True)
def cm_rm(request: Request, session: Session) -> Result | None:
    """Remove folders."""
    from cm_core.actions.removing import rm_artifacts

    return rm_artifacts(request, session)


@hookimpl(trylast=True)
def cm_load(request: Request, session: Session) -> Result | None:
    """Load the metadata of one."""
    from cm_core.actions.common import load_artifacts

    return load_artifacts(request, session)
