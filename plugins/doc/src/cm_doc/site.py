"""``cm doc repo``: a catalogue of a repository as HTML files that need neither a server nor a network."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cm_core import ArtifactRef, NotFoundError, ObjectRef, Result, UsageError
from cm_core.actions import is_dry_run, preview
from cm_core.base import did_you_mean, user_path
from cm_core.flags import read_flags
from cm_doc.commands import Commands, commands_of
from cm_doc.flags import DocRepository
from cm_doc.output import write_documents
from cm_doc.recipe import Recipe, read_recipe
from cm_doc.rendering import OWN_TEMPLATES, Templates
from cm_doc.repositories import repository_states
from cm_doc.scripts import by_category, page_names
from cm_script import SCRIPT_KIND, Dependencies

if TYPE_CHECKING:
    from cm_core import Artifact, Repository, Request, Session
    from cm_script import Dependency

_PAGES = "script"
# Entries of the cache come and go.
_NOT_LISTED = frozenset({"cache", SCRIPT_KIND.alias})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A script of the catalogue.

    Attributes:
        file: of its page, relative to the folder of all pages.
    """

    recipe: Recipe
    file: str
    commands: Commands
    dependencies: tuple[Dependency, ...]
    folder: str


def document_repository(request: Request, session: Session) -> Result:
    """Write the catalogue of one repository into a folder.

    Returns:
        data: ``written`` (files), ``index`` (the first page).

    Raises:
        NotFoundError: when there is no such repository, or it has no scripts.
        UsageError: when no folder is named.
        AlreadyExistsError: when a file exists and ``--force`` is not given.
    """
    repo = _repository(request, session)
    asked = read_flags(DocRepository, request)
    if not asked.output:
        raise UsageError(
            "no folder for the catalogue was given",
            hint=f"use: cm doc repo {repo.alias} --output=FOLDER",
        )
    folder = session.cwd / user_path(asked.output)
    only_shown = is_dry_run(request)
    pages = catalogue(repo, session)
    written = write_documents(folder, pages, force=asked.force, only_shown=only_shown)
    index = folder / "index.html"
    if only_shown:
        return preview(f"write {len(written)} pages", [folder], preposition="into")
    return Result(
        data={"written": [str(file) for file in written], "index": str(index)},
        lines=(f"wrote {len(written)} pages; open {index}",),
    )


def catalogue(repo: Repository, session: Session) -> dict[str, str]:
    """Relative file name -> HTML: an index with search, and a page for each script.

    Raises:
        NotFoundError: when the repository has no scripts.
    """
    artifacts = _artifacts(repo, session)
    scripts = [artifact for artifact in artifacts if artifact.kind[0] == SCRIPT_KIND.alias]
    if not scripts:
        raise NotFoundError(f"repository '{repo.alias}' has no scripts", hint="see: cm show repo")
    entries = _entries(scripts, session)
    files = {entry.folder: entry.file for entry in entries}
    users = _users(entries)
    templates = Templates(session)
    code = (OWN_TEMPLATES / "site" / "search.js").read_text(encoding="utf-8")
    shared: dict[str, Any] = {
        "repository": repository_states(session, [repo])[0],
        "about": str(repo.meta.get("desc") or ""),
        "files": files,
    }
    pages = {
        f"{_PAGES}/{entry.file}": templates.render(
            "site/script.html",
            entry=entry,
            script=entry.recipe,
            users=users.get(entry.folder, []),
            **shared,
        )
        for entry in entries
    }
    index = templates.render(
        "site/index.html",
        categories=by_category((entry.recipe, entry.file) for entry in entries),
        others=sorted(_others(artifacts).items()),
        search=[_searchable(entry) for entry in entries],
        script_code=code,
        script_hash=base64.b64encode(hashlib.sha256(code.encode()).digest()).decode(),
        **shared,
    )
    return {"index.html": index, **pages}


def _repository(request: Request, session: Session) -> Repository:
    if not request.artifact or request.artifact == ".":
        if (around := session.repos.containing(session.cwd)) is None:
            raise UsageError("no repository was given", hint="use: cm doc repo NAME --output=FOLDER")
        return around
    if found := session.repos.find(ObjectRef.parse(request.artifact)):
        return found[0]
    known = [repo.alias for repo in session.repos.list()]
    raise NotFoundError(
        f"repository '{request.artifact}' is not registered",
        hint=did_you_mean(request.artifact, known) or "see: cm show repo",
    )


def _artifacts(repo: Repository, session: Session) -> list[Artifact]:
    place = ArtifactRef(object=ObjectRef(), repo=ObjectRef(alias=repo.alias, uid=repo.uid))
    return session.index.find(ObjectRef(alias="*"), place)


def _entries(scripts: list[Artifact], session: Session) -> list[_Entry]:
    dependencies, files = Dependencies(session), page_names(scripts, ".html")
    return [
        _Entry(
            recipe=read_recipe(artifact),
            file=files[artifact.path],
            commands=commands_of(artifact, session),
            dependencies=dependencies.of(artifact.path),
            folder=str(artifact.path),
        )
        for artifact in scripts
    ]


def _users(entries: list[_Entry]) -> dict[str, list[_Entry]]:
    """Folder of a script -> the scripts of the catalogue that may need it."""
    users: dict[str, dict[str, _Entry]] = {}
    for entry in entries:
        for dependency in entry.dependencies:
            for target in dependency.targets:
                users.setdefault(target.folder, {})[entry.folder] = entry
    return {folder: list(found.values()) for folder, found in users.items()}


def _others(artifacts: list[Artifact]) -> dict[str, list[str]]:
    """Kind -> names of the artifacts that have no page."""
    kinds: dict[str, list[str]] = {}
    for artifact in artifacts:
        if artifact.kind[0] not in _NOT_LISTED:
            kinds.setdefault(artifact.kind[0] or "other", []).append(artifact.name)
    return kinds


def _searchable(entry: _Entry) -> dict[str, str]:
    """What the search looks at: words that weigh much, and all others."""
    recipe = entry.recipe
    words = Counter[str]()
    words.update(f"_{variation.name}" for group in recipe.groups for variation in group.variations)
    words.update(f"--{item.flag}" for item in recipe.inputs)
    words.update((*recipe.env, *recipe.state, recipe.category, recipe.about, recipe.uid))
    return {
        "file": entry.file,
        "name": recipe.name,
        "title": recipe.title,
        "tags": ",".join(recipe.tags),
        "more": " ".join(words),
    }
