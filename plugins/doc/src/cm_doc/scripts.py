"""``cm doc script``: pages about scripts in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError, Result, UsageError, check_alias
from cm_core.actions import is_dry_run
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_doc.commands import commands_of
from cm_doc.flags import DocScript
from cm_doc.graph import dependency_graph
from cm_doc.output import check_target, is_notebook, target_file, write_documents
from cm_doc.recipe import Recipe, read_recipe
from cm_doc.rendering import Templates
from cm_doc.repositories import repository_states
from cm_doc.reproduction import notebook_of
from cm_script import (
    Dependencies,
    ScriptTags,
    find_scripts,
    has_variations,
    names_and_tags,
    parse_script_tags,
    script_not_found,
)

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session

_INDEX = "README.md"


def document_scripts(request: Request, session: Session) -> Result:
    """Write Markdown or a notebook about one script, or Markdown about several into a folder.

    Returns:
        data: ``written`` (files), or ``text`` when no output is named.

    Raises:
        NotFoundError: when no script has the name, the tags or the variations.
        UsageError: when several scripts are to be printed, nothing says which, or a file has a name of
            another form.
        AlreadyExistsError: when a file exists and ``--force`` is not given.
    """
    asked, only_shown = read_flags(DocScript, request), is_dry_run(request)
    output, force = asked.output, asked.force
    whole = asked.all or _means_many(request)
    found = _requested_scripts(request, session, whole=whole)
    writer = PageWriter(session, depth=asked.depth)
    if len(found) == 1 and not whole:
        if not output:
            text = writer.notebook(found[0]) if asked.notebook else writer.page(found[0])
            return Result(data={"text": text}, lines=tuple(text.splitlines()))
        usual = page_names(found, ".ipynb" if asked.notebook else ".md")[found[0].path]
        file = target_file(output, usual, session)
        as_notebook = is_notebook(file) or asked.notebook
        check_target(file, force=force)
        text = writer.notebook(found[0]) if as_notebook else writer.page(found[0])
        written = write_documents(file.parent, {file.name: text}, force=force, only_shown=only_shown)
        return _wrote(written, only_shown=only_shown)
    if asked.notebook:
        raise UsageError("a notebook describes one script", hint="leave out --notebook, or name one script")
    if not output:
        raise UsageError(
            f"{len(found)} scripts match, too many to print", hint="name a folder: --output=FOLDER"
        )
    folder = session.cwd / user_path(output)
    written = write_documents(folder, writer.pages(found), force=force, only_shown=only_shown)
    return _wrote(written, only_shown=only_shown)


class PageWriter:
    """Writes pages of scripts of one session.

    Args:
        depth: levels of dependencies in the graphs.
    """

    def __init__(self, session: Session, *, depth: int = DocScript.depth) -> None:
        self._session = session
        self._depth = depth
        self._dependencies = Dependencies(session)
        self._templates = Templates(session)

    def page(self, artifact: Artifact) -> str:
        """The page of one script."""
        return self._page(artifact, read_recipe(artifact), {})

    def notebook(self, artifact: Artifact) -> str:
        """The same as a notebook that runs the script."""
        run = commands_of(artifact, self._session).run
        return notebook_of(artifact.name, self.page(artifact), (run,))

    def pages(self, artifacts: Sequence[Artifact]) -> dict[str, str]:
        """File name -> text: an index, and a page for each script with links to the others."""
        files = page_names(artifacts, ".md", taken=(_INDEX,))
        links = {str(path): name for path, name in files.items()}
        recipes = {artifact.path: read_recipe(artifact) for artifact in artifacts}
        index = self._templates.render(
            "scripts.md",
            categories=by_category((recipe, files[path]) for path, recipe in recipes.items()),
            repositories=repository_states(self._session, (artifact.repo for artifact in artifacts)),
        )
        pages = {
            files[artifact.path]: self._page(artifact, recipes[artifact.path], links)
            for artifact in artifacts
        }
        return {_INDEX: index, **pages}

    def _page(self, artifact: Artifact, recipe: Recipe, links: Mapping[str, str]) -> str:
        return self._templates.render(
            "script.md",
            script=recipe,
            commands=commands_of(artifact, self._session),
            dependencies=self._dependencies.of(artifact.path),
            graph=dependency_graph(recipe.name, artifact.path, self._dependencies, self._depth),
            links=links,
        )


def by_category(recipes: Iterable[tuple[Recipe, str]]) -> list[tuple[str, list[tuple[Recipe, str]]]]:
    """Scripts with the names of their pages, grouped by category and sorted; those without one come last."""
    groups: dict[str, list[tuple[Recipe, str]]] = {}
    for recipe, file in recipes:
        groups.setdefault(recipe.category, []).append((recipe, file))
    ordered = sorted(groups, key=lambda category: (not category, category.lower()))
    return [(name, sorted(groups[name], key=lambda item: item[0].name.lower())) for name in ordered]


def page_names(artifacts: Iterable[Artifact], suffix: str, *, taken: Iterable[str] = ()) -> dict[Path, str]:
    """Folder of a script -> name of its page: unique, also where letter case does not count, and safe."""
    used = {name.lower() for name in taken}
    names: dict[Path, str] = {}
    for artifact in artifacts:
        stem = _safe_stem(artifact)
        name, number = f"{stem}{suffix}", 1
        while name.lower() in used:
            number += 1
            name = f"{stem}-{number}{suffix}"
        used.add(name.lower())
        names[artifact.path] = name
    return names


def _safe_stem(artifact: Artifact) -> str:
    try:
        return check_alias(artifact.alias)
    except UsageError:
        return artifact.uid


def _means_many(request: Request) -> bool:
    """Whether a repository or a pattern is asked for, however many scripts that is."""
    names, _ = names_and_tags(request)
    return any(name.endswith(":") or "*" in name or "?" in name for name in names)


def _requested_scripts(request: Request, session: Session, *, whole: bool) -> list[Artifact]:
    names, tags = names_and_tags(request)
    wanted = parse_script_tags(tags)
    if names == [""] and wanted.is_empty and not whole:
        raise UsageError(
            "no script to describe was given",
            hint='use: cm doc script NAME, cm doc script "its tags" or cm doc script --all --output=FOLDER',
        )
    found: dict[Path, Artifact] = {}
    for name in names:
        candidates = find_scripts(session, name, wanted)
        fitting = [artifact for artifact in candidates if has_variations(artifact, wanted)]
        if not fitting:
            raise _not_found(session, name, wanted, candidates)
        found.update({artifact.path: artifact for artifact in fitting})
    best = min(artifact.repo.rank for artifact in found.values())
    # A built-in script does not make another one ambiguous, as for `cm run script`.
    return [artifact for artifact in found.values() if whole or artifact.repo.rank == best]


def _not_found(session: Session, name: str, tags: ScriptTags, candidates: list[Artifact]) -> NotFoundError:
    if name or not candidates:
        return script_not_found(session, name, tags)
    return NotFoundError(
        f"no script has the variations of '{','.join(tags.to_words())}'",
        hint=f"see: cm doc script {candidates[0].name}",
    )


def _wrote(files: list[Path], *, only_shown: bool) -> Result:
    verb = "would write" if only_shown else "wrote"
    lines = [f"{verb} {file}" for file in files[:1]]
    if len(files) > 1:
        lines = [f"{verb} {len(files)} files into {files[0].parent}"]
    data = {"dry_run": True} if only_shown else {"written": [str(file) for file in files]}
    return Result(data=data, lines=tuple(lines))
