"""What is known of clones, for records and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core.model.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cm_core.session import Session


def clone_states(session: Session, uids: Sequence[str]) -> list[dict[str, Any]]:
    """Path, address, branch, commit and changes of each repository that is a clone.

    Nothing is known where no plugin answers ``get repo``.

    Args:
        uids: of the repositories in question.

    Raises:
        CMError: when a clone is damaged.
    """
    if not uids or session.plugins.find_action("get", "repo") is None:
        return []
    request = Request(action="get", automation="repo", artifact=uids[0], artifacts=tuple(uids[1:]))
    states: list[dict[str, Any]] = session.call(request).data["list"]
    return states
