"""The plugin ``script``: adapters between the hooks of the toolkit and :mod:`cm_script.api`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Offer, Request, Result, Session
    from cm_core.actions import Finding

cm_api_version = "1"
cm_hookspecs = "cm_script.hookspecs"

_DRY_RUN = "cm_core.actions.commonflags:DryRun"
_ACTIONS = (
    Action(
        name="test",
        automation="script",
        help="run the tests that a script declares",
        handler="cm_script.testrun:test_scripts",
        flags="cm_script.flags:Test",
        open_flags=True,
    ),
    Action(
        name="prepare",
        automation="script",
        help="run the dependencies of a script, not the script itself",
        handler="cm_script.api:prepare_script",
        flags=("cm_script.flags:Run", _DRY_RUN),
        open_flags=True,
    ),
    Action(
        name="show",
        automation="script",
        help="show what a script accepts: variations, flags, versions",
        handler="cm_script.show:show_script",
        flags="cm_script.flags:Show",
    ),
    Action(
        name="lint",
        automation="script",
        help="report mistakes in recipes",
        handler="cm_script.lint.run:lint_scripts",
        flags="cm_script.flags:Lint",
    ),
)
_LINT_REPO = Action(
    name="lint",
    automation="repo",
    help="report mistakes in the recipes of a repository",
    handler="cm_script.lint.run:lint_repositories",
    flags="cm_script.flags:LintRepository",
)
_EXAMPLES = {
    "run": (
        'cm run script "detect os" --out=json',
        "cm run script --tags=get,python3 --version_min=3.11",
    ),
    "find": ("cm find script --tags=detect", "cm find script 'get-*'"),
    "load": ("cm load script detect-os --json",),
    "add": ("cm add script my-script --tags=my,script",),
}


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Portable recipes."""
    return [
        Automation(
            name="script",
            uid="5b4e0237da074764",
            help="portable recipes that detect, install, download, build and run",
            actions=_ACTIONS,
            flags={
                "run": ("cm_script.flags:Run", _DRY_RUN),
                "find": "cm_script.flags:Find",
                "add": ("cm_script.flags:Add", _DRY_RUN),
            },
            open_verbs=("run",),
            examples=_EXAMPLES,
            shortcuts={"run": "cmr"},
        )
    ]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """A verb on repositories, which another plugin owns."""
    return [_LINT_REPO]


@hookimpl(trylast=True)
def cm_register_repositories() -> Iterable[Path]:
    """The built-in recipes."""
    return [Path(__file__).parent / "recipes"]


@hookimpl
def cm_complete(request: Request, session: Session) -> Offer | None:
    """Inputs, versions and variations of the script that is named."""
    if request.automation != "script" or request.action == "add":
        return None
    from cm_script.offer import offer_of_scripts

    return offer_of_scripts(request, session)


@hookimpl
def cm_find(request: Request, session: Session) -> Result | None:
    """Find scripts by name, tags and variations."""
    from cm_script.search import search_scripts

    return search_scripts(request, session)


@hookimpl
def cm_run(request: Request, session: Session) -> Result | None:
    """Run a script with its dependencies."""
    from cm_script.api import run_script

    return run_script(request, session)


@hookimpl
def cm_add(request: Request, session: Session) -> Result | None:
    """Create a script from a template."""
    from cm_script.scaffold import add_script

    return add_script(request, session)


@hookimpl
def cm_check_health(session: Session) -> Iterable[Finding]:
    """Whether scripts can do their work here."""
    from cm_script.health import check

    return check(session)
