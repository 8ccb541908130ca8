"""Find, add, load, update, move, copy, info, version and test, on artifacts of any kind."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.actions import commonflags
from cm_core.actions.checks import (
    HINT_OF_KINDS,
    check_all_changeable,
    check_changeable,
    check_free,
    check_one_name,
    check_one_repository,
)
from cm_core.actions.kinds import check_no_plugin_has, first_files, is_of_plugin, kinds_of_plugins
from cm_core.actions.previews import is_dry_run, preview
from cm_core.base.frozen import replace
from cm_core.base.fsio import atomic_write_text, place_folder
from cm_core.base.locks import file_lock
from cm_core.errors import AmbiguousError, CMError, NotFoundError, UsageError
from cm_core.flags import read_flags
from cm_core.meta import merge_meta, meta_lines, read_meta, write_meta
from cm_core.model.artifact import preferred
from cm_core.model.identity import AUTOMATION_UID, ArtifactRef, ObjectRef, check_alias, check_uid, new_uid
from cm_core.model.result import Result
from cm_core.model.tags import TagQuery, split_tags
from cm_core.release import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cm_core.model.artifact import Artifact
    from cm_core.model.request import Request
    from cm_core.session import Session

IDENTITY_KEYS = ("alias", "uid", "automation_alias", "automation_uid")


def find_artifacts(request: Request, session: Session) -> Result:
    """List the folders of artifacts by name and tags; finding nothing is not an error."""
    found = select(request, session)
    lines = (
        f"{artifact.ref}: {artifact.meta['desc']}" if is_of_plugin(artifact) else str(artifact.path)
        for artifact in found
    )
    return Result(data={"list": found}, lines=tuple(lines))


def add_artifacts(request: Request, session: Session) -> Result:
    """Create an artifact's folder with its metadata.

    Raises:
        AlreadyExistsError: when the repository has an artifact of this name and kind.
        NotFoundError: when the repository is not registered.
        UsageError: when the name cannot be a folder name, or there is more than one.
    """
    check_one_name(request)
    ref = ArtifactRef.parse(request.artifact)
    kind = ObjectRef.parse(request.automation)
    asked = read_flags(commonflags.Add, request)
    meta, tags = merge_meta({}, asked.meta), (*asked.tags, *asked.new_tags)
    if is_dry_run(request):
        path, written = new_artifact(session, kind, ref, meta, tags)
        return preview("add", [path], path=path, meta=written)
    path, written = create_artifact(session, kind, ref, meta, tags, as_yaml=asked.yaml)
    return Result(data={"path": path, "meta": written}, lines=(f"added {path}",))


def create_artifact(
    session: Session,
    kind: ObjectRef,
    ref: ArtifactRef,
    meta: dict[str, Any],
    tags: Sequence[str],
    *,
    as_yaml: bool,
) -> tuple[Path, dict[str, Any]]:
    """Create the folder and metadata of a new artifact and tell the index.

    Returns:
        the folder and the metadata as written.

    Raises:
        AlreadyExistsError, NotFoundError, UsageError: as :func:`add_artifacts`.
        CMError: when the repository belongs to an installed distribution.
    """
    folder, full = new_artifact(session, kind, ref, meta, tags)

    def fill(place: Path) -> None:
        write_meta(place, full, as_yaml=as_yaml)
        for name, text in first_files(session, kind, ref.object.alias).items():
            atomic_write_text(place / name, text)

    place_folder(folder, fill)
    session.index.note_written(folder)
    return folder, full


def new_artifact(
    session: Session, kind: ObjectRef, ref: ArtifactRef, meta: dict[str, Any], tags: Sequence[str]
) -> tuple[Path, dict[str, Any]]:
    """The folder and metadata that :func:`create_artifact` would write.

    Raises:
        CMError: as :func:`create_artifact`, but for a folder that is in the way.
    """
    repo = session.repos.local if ref.repo is None else session.repos.get(ref.repo)
    check_changeable(repo, f"repository '{repo.alias}'")
    uid = check_uid(ref.object.uid or str(meta.get("uid") or "") or new_uid())
    if ref.object.alias:
        check_alias(ref.object.alias)
    check_no_plugin_has(session, kind, ObjectRef(alias=ref.object.alias, uid=uid))
    check_free(session, kind, repo, ObjectRef(alias=ref.object.alias, uid=uid))
    folder = repo.root / check_alias(kind.alias) / (ref.object.alias or uid)
    full = {
        "alias": ref.object.alias,
        "uid": uid,
        "automation_alias": kind.alias,
        "automation_uid": kind.uid,
        "tags": list(dict.fromkeys([*split_tags(meta.get("tags")), *tags])),
    }
    full = {**full, **{key: value for key, value in meta.items() if key not in full}}
    return folder, full


def load_artifacts(request: Request, session: Session) -> Result:
    """The metadata of exactly one artifact, printed as JSON, or as YAML with ``--yaml``.

    Raises:
        NotFoundError: when none matches.
        AmbiguousError: when several do.
    """
    artifact = require_one(request, session)
    data = {
        "path": artifact.path,
        "meta": artifact.meta,
        "original_meta": artifact.original_meta,
        "artifact": artifact,
    }
    asked = read_flags(commonflags.Load, request)
    return Result(data=data, lines=meta_lines(artifact.meta, as_yaml=asked.yaml))


def update_artifacts(request: Request, session: Session) -> Result:
    """Merge metadata and tags into an artifact, or add it when there is none.

    The artifact is chosen by its name and ``search_tags``; when neither is given, by ``tags``.

    Raises:
        UsageError: when nothing says which one.
        AmbiguousError: when several match and nobody agreed to change them all, or one name means artifacts
            in several repositories and nobody is asked.
    """
    asked = read_flags(commonflags.Update, request)
    chosen_by = asked.search_tags or (() if request.artifact else asked.tags)
    if not request.artifact and not chosen_by:
        raise UsageError("no artifact to update was given", hint="give a name, --search_tags or --tags")
    found = preferred(select(request.with_options(tags=chosen_by), session))
    if not found:
        return add_artifacts(request, session)
    if asked.force or session.interaction.yes:
        check_one_repository(request, found, to_mean_all=f"'*:{request.artifact}'")
    check_all_changeable(found)
    if is_dry_run(request):
        return preview("update", [artifact.path for artifact in found], list=found)
    if len(found) > 1 and not asked.force:
        question = f"change the metadata of {len(found)} artifacts?"
        if not session.interaction.confirm(question):
            raise AmbiguousError(
                "several artifacts match", candidates=[str(artifact.path) for artifact in found]
            )
    for artifact in found:
        # Read again under a lock: of two updates at the same time none is lost.
        with file_lock(session.home.locks_dir / "update.lock"):
            write_artifact(session, artifact, _merge_update(read_meta(artifact.path), asked))
    again = (session.index.at(artifact.kind_ref, artifact.path) for artifact in found)
    fresh = [artifact for artifact in again if artifact is not None]
    return Result(data={"list": fresh}, lines=tuple(f"updated {artifact.path}" for artifact in found))


def write_artifact(session: Session, artifact: Artifact, meta: dict[str, Any]) -> None:
    """Replace an artifact's metadata and tell the index."""
    write_meta(artifact.path, meta)
    session.index.note_written(artifact.path)


def move_artifacts(request: Request, session: Session) -> Result:
    """Rename artifacts, or move them to another repository: ``cm mv KIND NAME [REPO:]NEW``."""
    from cm_core.actions.moving import move_artifact, moved_folder

    found, target = _source_and_target(request, session)
    if is_dry_run(request):
        folders = [moved_folder(session, artifact, target) for artifact in found]
        return preview("move", folders, preposition="to", list=found)
    moved = [move_artifact(session, artifact, target) for artifact in found]
    return Result(data={"list": moved}, lines=tuple(f"moved to {artifact.path}" for artifact in moved))


def copy_artifacts(request: Request, session: Session) -> Result:
    """Copy artifacts under a new UID: ``cm cp KIND NAME [REPO:]NEW``."""
    from cm_core.actions.moving import copied_folder, copy_artifact

    found, target = _source_and_target(request, session)
    if code := next(filter(is_of_plugin, found), None):
        raise CMError(
            f"'{code.alias}' is code of {code.meta['distribution']}, which cannot be copied as an artifact",
            hint=HINT_OF_KINDS,
        )
    if is_dry_run(request):
        folders = [copied_folder(session, artifact, target) for artifact in found]
        return preview("copy", folders, preposition="to", list=found)
    extra = read_flags(commonflags.Copy, request).new_tags
    copied = [
        copy_artifact(session, artifact, target, _with_tags(artifact, extra) if extra else ())
        for artifact in found
    ]
    return Result(data={"list": copied}, lines=tuple(f"copied to {artifact.path}" for artifact in copied))


def info_artifacts(request: Request, session: Session) -> Result:
    """Names, path, folders and files of artifacts."""
    lines: list[str] = []
    found = require(request, session)
    for artifact in found:
        kind_alias, kind_uid = artifact.kind
        children = sorted(artifact.path.iterdir())
        lines += [
            f"CID   {kind_alias},{kind_uid}::{artifact.ref}",
            f"CID1  {kind_uid}::{artifact.uid}",
            f"repo  {artifact.repo.alias},{artifact.repo.uid}",
            f"path  {artifact.path}",
            f"tags  {','.join(artifact.tags)}",
            f"dirs  {' '.join(child.name for child in children if child.is_dir())}".rstrip(),
            f"files {' '.join(child.name for child in children if child.is_file())}".rstrip(),
            "",
        ]
    return Result(data={"list": found}, lines=tuple(lines[:-1]))


def version_artifacts(request: Request, session: Session) -> Result:
    """The version of the toolkit."""
    del request, session
    return Result(data={"version": __version__}, lines=(__version__,))


def test_artifacts(request: Request, session: Session) -> Result:
    """Read the metadata of all matching artifacts; problems are warnings."""
    found = select(request, session)
    for artifact in found:
        _ = artifact.meta
    return Result(data={"tested": len(found)}, lines=(f"{len(found)} artifacts can be read",))


# -- selection --------------------------------------------------------------------------------------


def select(request: Request, session: Session) -> list[Artifact]:
    """Artifacts by the request's names and tags."""
    kind = ObjectRef.parse(request.automation)
    tags = TagQuery.parse(read_flags(commonflags.Find, request).tags)
    found: dict[tuple[Path, str], Artifact] = {}
    for name in (request.artifact, *request.artifacts):
        ref = ArtifactRef.parse(name) if name else None
        artifacts = session.index.find(kind, ref, tags)
        if kind.uid == AUTOMATION_UID:
            artifacts += kinds_of_plugins(session, ref, tags)
        for artifact in artifacts:
            found.setdefault(_key(artifact), artifact)
    return list(found.values())


def _key(artifact: Artifact) -> tuple[Path, str]:
    """What tells artifacts apart; all kinds of one plugin lie in its folder."""
    return artifact.path, artifact.uid


def require(request: Request, session: Session) -> list[Artifact]:
    """Like :func:`select`, but finding nothing of one of the names is an error that names similar ones.

    Raises:
        NotFoundError: when none matches.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name] or [""]
    each = [select(replace(request, artifact=name, artifacts=()), session) for name in names]
    if all(each):
        return list({_key(artifact): artifact for found in each for artifact in found}.values())
    from cm_core.base.suggest import did_you_mean

    kind = ObjectRef.parse(request.automation)
    aliases, tags = session.index.words(kind)
    asked = read_flags(commonflags.Find, request).tags
    missing = [name for name, found in zip(names, each, strict=True) if not found]
    what = ", ".join(f"'{name}'" for name in missing if name) or f"tags '{','.join(asked)}'"
    wanted = ArtifactRef.parse(missing[0]).object.alias
    hint = did_you_mean(wanted, aliases) if wanted else ""
    unknown = [tag for tag in asked if tag.lstrip("-") not in tags]
    if not hint and unknown:
        hint = f"no artifact has the tag '{unknown[0]}'; {did_you_mean(unknown[0], tags)}".rstrip("; ")
    raise NotFoundError(f"no {kind.alias or 'artifact'} matches {what}", hint=hint)


def require_one(request: Request, session: Session) -> Artifact:
    """Exactly one artifact; one in a shared home or a distribution does not make another one ambiguous.

    Raises:
        NotFoundError: when none matches.
        AmbiguousError: when several do.
    """
    found = require(request, session)
    if len(found) > 1:
        found = preferred(found)
    if len(found) > 1:
        raise AmbiguousError(
            f"{len(found)} artifacts match, but exactly one is needed",
            candidates=[str(artifact.path) for artifact in found],
            hint=f"name one by its UID, for example {found[0].uid} ({found[0].path})",
        )
    return found[0]


def _with_tags(artifact: Artifact, extra: Sequence[str]) -> tuple[str, ...]:
    return (*split_tags(artifact.original_meta.get("tags")), *extra)


def _merge_update(old: dict[str, Any], asked: commonflags.Update) -> dict[str, Any]:
    changes = copy.deepcopy(dict(asked.meta))
    if uid := changes.get("uid"):
        check_uid(str(uid))
    if alias := changes.get("alias"):
        check_alias(str(alias))
    if asked.replace:
        meta = {**changes, **{key: old[key] for key in IDENTITY_KEYS if key in old}}
    elif asked.replace_lists:
        meta = merge_meta(old, {key: value for key, value in changes.items() if not isinstance(value, list)})
        meta.update({key: value for key, value in changes.items() if isinstance(value, list)})
    else:
        meta = merge_meta(old, changes)
    if asked.tags:
        meta["tags"] = list(dict.fromkeys([*split_tags(meta.get("tags")), *asked.tags]))
    return meta


def _source_and_target(request: Request, session: Session) -> tuple[list[Artifact], ArtifactRef]:
    if not request.artifact:
        raise UsageError("no artifact was given", hint=f"use: cm {request.action} KIND NAME NEW")
    if len(request.artifacts) != 1:
        raise UsageError(
            "exactly one new name is needed", hint=f"use: cm {request.action} KIND NAME NEW, or REPO:"
        )
    target = ArtifactRef.parse(request.artifacts[0])
    found = require(
        replace(request, artifacts=()),  # the target is not a source
        session,
    )
    if len(found) > 1 and not target.object.is_empty:
        raise AmbiguousError(
            f"{len(found)} artifacts cannot all be called '{target.object}'",
            candidates=[str(artifact.path) for artifact in found],
        )
    return found, target
