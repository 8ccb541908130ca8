"""The plugin ``script``: adapters between the hooks of the toolkit and :mod:`cm_script.api`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core.hookspecs import Action, Automation, hookimpl
from cm_script.options import ACTIONS, EXAMPLES, LINT_REPO, OPTIONS

if TYPE_CHECKING:
    from cm_core.actions.doctor import Finding
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session

cm_api_version = "1"
cm_hookspecs = "cm_script.hookspecs"


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Portable recipes."""
    return [
        Automation(
            name="script",
            uid="5b4e0237da074764",
            help="portable recipes that detect, install, download, build and run",
            actions=ACTIONS,
            options=OPTIONS,
            open_verbs=("add", "run"),
            examples=EXAMPLES,
            shortcuts={"run": "cmr"},
        )
    ]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """A verb on repositories, which another plugin owns."""
    return [LINT_REPO]


@hookimpl
def cm_register_repositories() -> Iterable[Path]:
    """The built-in recipes."""
    return [Path(__file__).parent / "recipes"]


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
