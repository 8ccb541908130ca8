"""What is to be examined: recipes of scripts or of repositories, and everything they may refer to."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import (
    META_NAME,
    Artifact,
    ArtifactRef,
    NotFoundError,
    ObjectRef,
    Repository,
    RepositoryKind,
    frozen,
    list_folders,
    misnamed_meta,
    read_meta,
)
from cm_core.base import did_you_mean
from cm_core.flags import read_flags
from cm_script.flags import LintRepository
from cm_script.lint.catalog import Catalog, Identity, KnownScript
from cm_script.lint.identity import identity_of, kind_of_artifact
from cm_script.lint.recipe import Recipe
from cm_script.model.scripttags import ScriptTags, parse_script_tags
from cm_script.schema.table import KeyTable
from cm_script.search import SCRIPT_KIND, find_scripts, has_variations, names_and_tags, script_not_found

if TYPE_CHECKING:
    from cm_core import Request, Session

_REPO_META = "cmr"
# Entries of the cache are written by the engine and come and go.
_NOT_WRITTEN_BY_PEOPLE = frozenset({"cache"})


@frozen
class Material:
    """What a lint works on.

    Attributes:
        artifacts: recipes and other artifacts to examine.
        catalog: what they may refer to.
        keys: those that they may have.
    """

    artifacts: tuple[Recipe, ...]
    catalog: Catalog
    keys: KeyTable

    @property
    def scripts(self) -> tuple[Recipe, ...]:
        """The recipes among the artifacts."""
        return tuple(
            artifact for artifact in self.artifacts if kind_of_artifact(artifact) == SCRIPT_KIND.alias
        )


def collect_scripts(request: Request, session: Session) -> Material:
    """The scripts that names or tags mean; all of them when none are given.

    Raises:
        NotFoundError: when nothing has the name or the tags.
    """
    names, tags = names_and_tags(request)
    wanted = parse_script_tags(tags)
    known = find_scripts(session, "", ScriptTags())
    found: list[Recipe] = []
    for name in names:
        artifacts = [item for item in find_scripts(session, name, wanted) if has_variations(item, wanted)]
        recipes = [_with_inheritance(Recipe.read(item.path, item.repo), item) for item in artifacts]
        if wanted.is_empty:
            listed = {artifact.path for artifact in known}
            recipes += [recipe for recipe in _unlisted_recipes(session, name) if recipe.folder not in listed]
        if (name or not wanted.is_empty) and not recipes:
            raise script_not_found(session, name, wanted)
        found += recipes
    unique = {recipe.folder: recipe for recipe in found}
    return _material(session, unique.values())


def collect_repository(request: Request, session: Session) -> Material:
    """All artifacts of the repositories that names or paths mean, registered or not.

    Without a name it is the repository around the current folder, else all that people registered.

    Raises:
        NotFoundError: when there is no such repository.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name]
    if path := read_flags(LintRepository, request).path:
        names.append(path)
    if names:
        found = [repo for name in names for repo in _repositories(name, session)]
    elif around := session.repos.containing(session.cwd):
        found = [around]
    else:
        found = [repo for repo in session.repos.list() if repo.is_own]
    repos = {repo.path: repo for repo in found}
    indexed = {artifact.path: artifact for artifact in find_scripts(session, "", ScriptTags())}
    artifacts = [
        _with_inheritance(recipe, indexed.get(recipe.folder))
        for repo in repos.values()
        for recipe in _walk(repo)
    ]
    return _material(session, artifacts)


def _material(session: Session, recipes: Collection[Recipe]) -> Material:
    return Material(
        artifacts=tuple(recipes),
        catalog=_catalog(session, recipes),
        keys=KeyTable.of_plugins(session.hooks),
    )


def _repositories(name: str, session: Session) -> Iterable[Repository]:
    is_path = name in (".", "..") or os.sep in name or "/" in name
    if not is_path and (found := session.repos.find(ObjectRef.parse(name))):
        return found
    folder = Path(os.path.normpath(session.cwd / Path(name).expanduser()))
    for repo in session.repos.list():
        if repo.path == folder:
            return [repo]
    if not folder.is_dir():
        known = [repo.alias for repo in session.repos.list()]
        raise NotFoundError(
            f"there is no repository '{name}', neither registered nor as a folder",
            hint=did_you_mean(name, known) or "see: cm show repo",
        )
    try:
        meta = read_meta(folder, _REPO_META)
    except NotFoundError:
        if around := session.repos.containing(folder):
            return [around]
        raise NotFoundError(
            f"{folder} has no {_REPO_META}.yaml, so it is not a repository",
            hint=f"make it one with: cm init repo NAME --path={folder}",
        ) from None
    alias, uid = str(meta.get("alias") or folder.name), str(meta.get("uid") or "")
    # Not registered, so it meets no other repository: it is compared with none.
    return [Repository(path=folder, alias=alias, uid=uid, meta=meta, kind=RepositoryKind.LOCAL)]


def _walk(repo: Repository) -> Iterator[Recipe]:
    """All artifacts of a repository, those that cannot be read among them."""
    for kind in sorted(list_folders(repo.root)):
        if kind not in _NOT_WRITTEN_BY_PEOPLE:
            for name in sorted(list_folders(repo.root / kind)):
                recipe = Recipe.read(repo.root / kind / name, repo)
                if recipe.documents:
                    yield recipe


def _unlisted_recipes(session: Session, name: str) -> Iterator[Recipe]:
    """Scripts that the index leaves out, perhaps since something is wrong with their metadata."""
    ref = ArtifactRef.parse(name) if name else ArtifactRef(object=ObjectRef())
    for repo in session.repos.list():
        if ref.repo is not None and not ref.repo.matches(repo.alias, repo.uid):
            continue
        folder = repo.root / SCRIPT_KIND.alias
        for script in sorted(list_folders(folder)):
            has_meta = misnamed_meta(folder / script) or any(
                (folder / script / f"{META_NAME}{suffix}").is_file() for suffix in (".yaml", ".json")
            )
            if has_meta and (ref.object.is_empty or ref.object.matches(script, "")):
                yield Recipe.read(folder / script, repo)


def _with_inheritance(recipe: Recipe, artifact: Artifact | None) -> Recipe:
    if artifact is None or "_base" not in recipe.meta:
        return recipe
    return Recipe(folder=recipe.folder, repo=recipe.repo, documents=recipe.documents, inherited=artifact.meta)


def _catalog(session: Session, linted: Iterable[Recipe]) -> Catalog:
    """The known scripts: those of the index, and those under examination as they are on disk."""
    recipes = {recipe.folder: recipe for recipe in linted}
    indexed = find_scripts(session, "", ScriptTags())
    scripts: list[KnownScript] = []
    identities = [identity_of(recipe) for recipe in recipes.values()]
    for artifact in indexed:
        tags = frozenset(artifact.tags)
        scripts.append(KnownScript(path=artifact.path, alias=artifact.name, tags=tags, meta=artifact.meta))
    listed = {artifact.path for artifact in indexed}
    scripts += [
        KnownScript(path=recipe.folder, alias=recipe.name, tags=_tags(recipe), meta=recipe.meta)
        for recipe in recipes.values()
        if recipe.folder not in listed and kind_of_artifact(recipe) == SCRIPT_KIND.alias
    ]
    for kind in {kind_of_artifact(recipe) for recipe in recipes.values()}:
        identities += [
            Identity(kind=kind, alias=item.alias, uid=item.uid, path=item.path, repo=item.repo)
            for item in session.index.find(ObjectRef(alias=kind), thorough=False)
            if item.path not in recipes
        ]
    return Catalog(scripts, identities)


def _tags(recipe: Recipe) -> frozenset[str]:
    tags = recipe.meta.get("tags")
    return frozenset(str(tag) for tag in tags) if isinstance(tags, list) else frozenset()
