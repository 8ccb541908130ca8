"""What must hold before artifacts are written: the name is free, the repository may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.actions.kinds import is_of_plugin
from cm_core.errors import AlreadyExistsError, AmbiguousError, CMError, UsageError
from cm_core.model.artifact import Repository, RepositoryKind
from cm_core.model.identity import ArtifactRef, ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cm_core.model.artifact import Artifact
    from cm_core.model.request import Request
    from cm_core.session import Session

_HINT = "copy what you need into your own repository: cm cp"
# Those of plugins are code, which nobody can copy as an artifact.
HINT_OF_KINDS = "for a kind of your own: cm add automation NAME"


def check_one_name(request: Request) -> None:
    """Refuse further names where one artifact is made.

    Raises:
        UsageError: when there are some.
    """
    if request.artifacts:
        extra = " ".join(f"'{name}'" for name in request.artifacts)
        raise UsageError(
            f"one artifact is made at a time; {extra} is extra",
            hint=f"use: cm {request.action} {request.automation} {request.artifact}",
        )


def check_one_repository(request: Request, found: Sequence[Artifact], *, to_mean_all: str) -> None:
    """Refuse plain names that mean artifacts in several repositories, where one was probably meant.

    Args:
        to_mean_all: what to type instead of that.

    Raises:
        AmbiguousError: for the first such name, with the folders.
    """
    for word in filter(None, (request.artifact, *request.artifacts)):
        name = ArtifactRef.parse(word)
        if name.repo is not None or name.object.has_wildcard:
            continue
        meant = [artifact for artifact in found if name.object.matches(artifact.alias, artifact.uid)]
        if len({artifact.repo.path for artifact in meant}) > 1:
            kind = ObjectRef.parse(request.automation).alias
            one = f"cm {request.action} {kind} {meant[0].repo.alias}:{word}"
            raise AmbiguousError(
                f"'{word}' is in {len(meant)} repositories",
                candidates=[str(artifact.path) for artifact in meant],
                hint=f"name one: {one}; to mean all: {to_mean_all}",
            )


def check_free(
    session: Session, kind: ObjectRef, repo: Repository, name: ObjectRef, *, besides: Path | None = None
) -> None:
    """Make sure that a repository has no artifact of this kind with this alias or UID.

    Args:
        besides: the folder of the artifact that is to get this name.

    Raises:
        AlreadyExistsError: when it has one.
    """
    for part in (ObjectRef(alias=name.alias), ObjectRef(uid=name.uid)):
        if part.is_empty:
            continue
        where = ObjectRef(alias=repo.alias, uid=repo.uid)
        for existing in session.index.find(kind, ArtifactRef(object=part, repo=where)):
            if existing.path != besides:
                raise AlreadyExistsError(
                    f"'{existing.name}' already exists at {existing.path}",
                    hint=f"see: cm load {kind.alias} {existing.name}",
                )


def check_all_changeable(artifacts: Iterable[Artifact]) -> None:
    """The same for each of some artifacts.

    Raises:
        CMError: for the first that belongs to an installed distribution.
    """
    for artifact in artifacts:
        hint = HINT_OF_KINDS if is_of_plugin(artifact) else _HINT
        check_changeable(artifact.repo, f"'{artifact.name}'", hint=hint)


def check_changeable(repo: Repository, what: str, *, hint: str = _HINT) -> None:
    """Refuse to change what belongs to an installed distribution or to a shared home.

    Args:
        hint: what to do instead.

    Raises:
        CMError: when it does.
    """
    if repo.home is not None:
        raise CMError(f"{what} is in the shared home {repo.home}, which is only read", hint=hint)
    if repo.kind is RepositoryKind.SHIPPED:
        raise CMError(
            f"{what} belongs to an installed distribution and cannot be changed ({repo.path})", hint=hint
        )
