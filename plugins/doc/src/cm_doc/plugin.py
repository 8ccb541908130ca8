"""The plugin ``doc``: adapters between the hooks of the toolkit and the writers of documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.hookspecs import Action, AddedOptions, Option, hookimpl

if TYPE_CHECKING:
    from cm_core.model.request import Request
    from cm_core.session import Session
    from cm_script.observers import RunObserver

cm_api_version = "1"
cm_hookspecs = "cm_doc.hookspecs"

README_FLAG = "print_readme"
NOTEBOOK_FLAG = "print_notebook"

_FORCE = Option(name="force", help="replace files that exist (also -f)", kind="flag")
_RECIPES = Action(
    name="doc",
    automation="script",
    help="describe scripts: tags, variations, inputs, dependencies, commands",
    handler="cm_doc.scripts:document_scripts",
    options=(
        Option(name="tags", help="tags and _variations of the scripts", kind="list"),
        Option(name="all", help="all scripts", kind="flag"),
        Option(name="output", help="a file, or a folder that gets one page for each script"),
        Option(name="depth", help="levels of dependencies in the graph, by default 2"),
        _FORCE,
    ),
)
_REPOSITORY = Action(
    name="doc",
    automation="repo",
    help="write a catalogue of a repository: HTML pages with search that open from disk",
    handler="cm_doc.site:document_repository",
    options=(Option(name="output", help="the folder to write"), _FORCE),
)
_ANYTHING = Action(
    name="doc",
    automation="*",
    help="write a document: how to repeat what an artifact holds",
    handler="cm_doc.artifacts:document_artifact",
    options=(
        Option(name="tags", help="tags an artifact must have, with '-' those it must not have", kind="list"),
        Option(name="path", help="a folder instead of an artifact"),
        Option(name="output", help="the file, or a folder that gets README.md"),
        Option(name="notebook", help="write a Jupyter notebook instead of a README", kind="flag"),
        _FORCE,
    ),
)
_OF_RUNS = (
    Option(
        name=README_FLAG,
        help="write how to repeat this run into README-cm.md (=FILE: into this file)",
        kind="optional",
    ),
    Option(
        name=NOTEBOOK_FLAG,
        help="write this run as a notebook into notebook-cm.ipynb (=FILE)",
        kind="optional",
    ),
)


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """The verb ``doc``."""
    return [_ANYTHING, _RECIPES, _REPOSITORY]


@hookimpl
def cm_register_options() -> Iterable[AddedOptions]:
    """What ``cm run script`` writes about a run."""
    return [AddedOptions(action="run", automation="script", options=_OF_RUNS)]


@hookimpl
def cm_observe_run(request: Request, session: Session) -> RunObserver | None:
    """Write about a run when it has ended."""
    if not any(request.options.get(flag) for flag in (README_FLAG, NOTEBOOK_FLAG)):
        return None
    from cm_doc.runs import run_writer

    return run_writer(request, session)
