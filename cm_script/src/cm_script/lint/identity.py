"""Checks of what an artifact is known by, and of the files beside the metadata."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_core import RepositoryKind, is_uid, kind_of
from cm_script.lint.catalog import Catalog, Identity
from cm_script.lint.finding import Finding
from cm_script.lint.recipe import Recipe
from cm_script.runtime.nativefile import windows_endings, with_unix_endings

# So many shared UIDs are told one by one.
_FEW = 3


def check_readable(recipe: Recipe) -> Iterator[Finding]:
    """Metadata files that cannot be read."""
    for document in recipe.documents:
        if document.problem:
            yield Finding(
                path=document.path,
                line=document.problem_line,
                rule="unreadable-metadata",
                message=f"the file {document.problem}",
                fix="repair it; until then this artifact cannot be found",
                artifact=recipe.name,
            )


def check_identity(recipe: Recipe, kind_uids: Mapping[str, str]) -> Iterator[Finding]:
    """Alias, UID and kind.

    Args:
        kind_uids: alias of a known automation -> its UID.
    """
    meta = recipe.meta
    for key in ("alias", "uid", "automation_alias", "automation_uid"):
        value = meta.get(key)
        if value is not None and not isinstance(value, str):
            message = f"'{key}' must be text, not {kind_of(value)}"
            yield recipe.finding("bad-identity", (key,), message, "put it in quotes")
    uid = meta.get("uid")
    if uid is None or uid == "":
        yield recipe.finding("bad-identity", ("uid",), "there is no 'uid'", "make one with: cm uid core")
    elif isinstance(uid, str) and not is_uid(uid):
        message = f"the UID '{uid}' is not 16 hexadecimal digits"
        yield recipe.finding("bad-identity", ("uid",), message, "make one with: cm uid core")
    if not meta.get("alias") and recipe.folder.name != uid:
        yield recipe.finding(
            "bad-identity", ("alias",), "there is no 'alias'", f"write alias: {recipe.folder.name}"
        )
    alias = meta.get("alias")
    if isinstance(alias, str) and alias and recipe.folder.name not in (alias, uid):
        message = f"the artifact '{alias}' is in the folder '{recipe.folder.name}'"
        yield recipe.finding("folder-name", ("alias",), message, "rename one of them")
    kind, kind_uid = kind_of_artifact(recipe), meta.get("automation_uid")
    wanted = kind_uids.get(kind)
    if wanted and isinstance(kind_uid, str) and kind_uid.lower() != wanted:
        message = f"the UID of the automation '{kind}' is {wanted}, not '{kind_uid}'"
        yield recipe.finding("wrong-automation", ("automation_uid",), message, f"write {wanted}")
    yield from _check_tags(recipe)


def check_twins(recipe: Recipe, catalog: Catalog) -> Iterator[Finding]:
    """Artifacts of one repository that are taken for one another."""
    identity = identity_of(recipe)
    for by, value in (("uid", identity.uid), ("alias", identity.alias)):
        for other in catalog.twins(identity, by) if value else ():
            if other.repo.path == recipe.repo.path:
                message = f"{other.path.name} also has the {'UID' if by == 'uid' else 'alias'} '{value}'"
                fix = "make a new UID with: cm uid core" if by == "uid" else "rename one of them"
                yield recipe.finding(f"duplicate-{by}", (by,), message, fix)


def check_overlap(recipes: Iterable[Recipe], catalog: Catalog) -> Iterator[Finding]:
    """UIDs that artifacts of two pulled repositories share.

    A repository of the user may replace an artifact of another one by the same name and UID, and any may
    replace a built-in one: that is how people adapt a recipe. But two that were pulled side by side must not
    meet by accident. Where they share many, one is a copy of the other, and that is one finding.
    """
    shared: dict[tuple[Path, Path], list[tuple[Recipe, Identity]]] = defaultdict(list)
    for recipe in recipes:
        identity = identity_of(recipe)
        for other in catalog.twins(identity, "uid") if identity.uid else ():
            registered = recipe.repo.kind is other.repo.kind is RepositoryKind.REGISTERED
            if registered and other.repo.path != recipe.repo.path:
                shared[recipe.repo.path, other.repo.path].append((recipe, other))
    for pairs in shared.values():
        told = pairs if len(pairs) <= _FEW else pairs[:1]
        more = "" if told is pairs else f" ({len(pairs) - 1} more are shared)"
        for recipe, other in told:
            message = f"{other.path} also has the UID '{other.uid}'{more}"
            fix = "make a new UID with: cm uid core, or register only one of the two repositories"
            yield recipe.finding("duplicate-uid", ("uid",), message, fix)


def check_customize(recipe: Recipe) -> Iterator[Finding]:
    """``customize.py`` that is not Python."""
    path = recipe.folder / "customize.py"
    try:
        source = path.read_bytes()
    except OSError:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error)
        yield Finding(
            path=path,
            line=getattr(error, "lineno", None) or 1,
            rule="customize-syntax",
            message=f"this is not valid Python: {reason}",
            fix="correct it; until then the script cannot run",
            artifact=recipe.name,
        )


def check_native(recipe: Recipe) -> Iterator[Finding]:
    """Native scripts that are named, or that only some systems have."""
    names = {path.name for path in recipe.folder.iterdir()}
    for block in recipe.blocks:
        stem = block.raw.get("script_name")
        if not isinstance(stem, str) or not stem or "#" in stem or "<<<" in stem:
            continue
        if not any(name.startswith(stem) and name[len(stem) :][:1] in "-." for name in names):
            yield recipe.finding(
                "missing-native-script",
                (*block.place, "script_name"),
                f"there is no {stem}.sh in {recipe.folder.name}",
                f"add {stem}.sh, or correct 'script_name'",
            )
    for path in (recipe.folder / name for name in names):
        if line := windows_endings(path):
            yield Finding(
                path=path,
                line=line,
                rule="windows-line-endings",
                message=r"this line ends with \r\n, and bash takes the \r for part of a word",
                fix=f"run {with_unix_endings(path)}",
                artifact=recipe.name,
            )
    if "run.sh" in names and "run.bat" not in names:
        yield Finding(
            path=recipe.folder / "run.sh",
            line=1,
            rule="no-windows-script",
            message="there is no run.bat next to run.sh, so nothing runs on Windows",
            fix="add run.bat if the script makes sense there",
            artifact=recipe.name,
        )


def identity_of(recipe: Recipe) -> Identity:
    """How the artifact is known."""
    return Identity(
        kind=kind_of_artifact(recipe),
        alias=_text(recipe.meta.get("alias")),
        uid=_text(recipe.meta.get("uid")),
        path=recipe.folder,
        repo=recipe.repo,
    )


def kind_of_artifact(recipe: Recipe) -> str:
    """Alias of the automation; metadata that do not name it belong to that of their folder."""
    return _text(recipe.meta.get("automation_alias")) or recipe.folder.parent.name


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _check_tags(recipe: Recipe) -> Iterator[Finding]:
    if "tags" not in recipe.meta:
        return
    tags = recipe.meta["tags"]
    if not isinstance(tags, list):
        message = f"'tags' must be a list of words, not {kind_of(tags)}"
        yield recipe.finding("wrong-shape", ("tags",), message, "write a list of words")
        return
    is_script = kind_of_artifact(recipe) == "script"
    for position, tag in enumerate(tags):
        place = ("tags", str(position))
        if not isinstance(tag, str):
            yield recipe.finding(
                "tag-not-text", place, f"the tag {tag} is {kind_of(tag)}, not text", "put it in quotes"
            )
        elif not tag or "," in tag or tag != tag.strip() or tag[0] == "-" or (is_script and tag[0] == "_"):
            message = f"the tag '{tag}' cannot be requested"
            yield recipe.finding("odd-tag", place, message, "write words without a comma, leading '_' or '-'")
