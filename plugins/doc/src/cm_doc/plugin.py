"""The plugin ``doc``: adapters between the hooks of the toolkit and the writers of documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import Action, AddedFlags, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_script import RunObserver

cm_api_version = "1"
cm_hookspecs = "cm_doc.hookspecs"

_DRY_RUN = "cm_core.actions.commonflags:DryRun"
_RECIPES = Action(
    name="doc",
    automation="script",
    help="describe scripts: tags, variations, inputs, dependencies, commands",
    handler="cm_doc.scripts:document_scripts",
    flags=("cm_doc.flags:DocScript", _DRY_RUN),
)
_REPOSITORY = Action(
    name="doc",
    automation="repo",
    help="write a catalogue of a repository: HTML pages with search that open from disk",
    handler="cm_doc.site:document_repository",
    flags=("cm_doc.flags:DocRepository", _DRY_RUN),
)
_ANYTHING = Action(
    name="doc",
    automation="*",
    help="write a document that shows how to repeat what an artifact holds",
    handler="cm_doc.artifacts:document_artifact",
    flags=("cm_doc.flags:DocAnything", _DRY_RUN),
)


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """The verb ``doc``."""
    return [_ANYTHING, _RECIPES, _REPOSITORY]


@hookimpl
def cm_register_flags() -> Iterable[AddedFlags]:
    """What ``cm run script`` writes about a run."""
    return [AddedFlags(action="run", automation="script", flags="cm_doc.flags:OfRuns")]


@hookimpl
def cm_observe_run(request: Request, session: Session) -> RunObserver | None:
    """Write about a run when it has ended."""
    if request.options.keys().isdisjoint(("print_readme", "print_notebook")):
        return None
    from cm_doc.runs import run_writer

    return run_writer(request, session)
