"""Removing artifacts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cm_core.actions import commonflags
from cm_core.actions.checks import check_all_changeable, check_one_repository
from cm_core.actions.common import require
from cm_core.actions.previews import is_dry_run, preview
from cm_core.base.fsio import remove_tree, sweep
from cm_core.errors import CMError, UsageError
from cm_core.flags import read_flags
from cm_core.model.artifact import preferred
from cm_core.model.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cm_core.model.artifact import Artifact
    from cm_core.model.request import Request
    from cm_core.session import Session


def rm_artifacts(request: Request, session: Session) -> Result:
    """Remove artifacts after confirmation; without a name or tags only with ``--all``.

    Raises:
        UsageError: when nothing says which ones.
        NotFoundError: when none matches.
        AmbiguousError: when one name means artifacts in several repositories, and no question lists them.
        InteractionError: when consent is needed and nobody can give it.
    """
    asked = read_flags(commonflags.Rm, request)
    if not (request.artifact or asked.tags or asked.all):
        raise UsageError(
            "no artifact to remove was given",
            hint="give a name or --tags, or --all for everything of this kind",
        )
    matching = require(request, session)
    # One of the same name that ships with a distribution, or is in a shared home, cannot be meant.
    found = preferred(matching)
    if not asked.all and (asked.force or session.interaction.yes):
        check_one_repository(request, found, to_mean_all="--all")
    if is_dry_run(request):
        check_all_changeable(found)
        return preview("remove", [artifact.path for artifact in found], list=found)
    remove_artifacts(session, found, force=asked.force)
    return Result(data={"deleted_list": found}, lines=tuple(f"removed {artifact.path}" for artifact in found))


def remove_artifacts(session: Session, found: Sequence[Artifact], *, force: bool) -> None:
    """Remove these folders, after one question unless forced.

    Raises:
        CMError: when the answer is no, or a folder belongs to a shipped repository.
    """
    check_all_changeable(found)
    for artifact in found:
        with contextlib.suppress(CMError):
            _ = artifact.meta  # The answer shows it, and afterwards it cannot be read.
    listing = "".join(f"\n  {artifact.path}" for artifact in found)
    what = f"{len(found)} artifacts" if len(found) > 1 else f"'{found[0].name}'"
    if not force and not session.interaction.confirm(f"remove {what}?{listing}\nsure?"):
        raise CMError("nothing was removed")
    for artifact in found:
        remove_tree(artifact.path, inside=artifact.repo.root)
        session.index.note_removed(artifact.path)
    for parent in {artifact.path.parent for artifact in found}:
        sweep(parent)
