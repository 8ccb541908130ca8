"""What can be asked of a pull, and what came out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from cm_core import UsageError, check_alias, frozen, replace
from cm_repo.urls import Credentials, check_revision

Change = Literal["cloned", "unpacked", "updated", "unchanged", "fixed"]


@frozen
class PullOptions:
    """The flags of ``cm pull repo``.

    Attributes:
        branch: branch (for a new clone also a tag) to be on; with ``checkout``, that branch is set to it.
        checkout: branch, tag or commit to check out.
        new_branch: branch to create at what was checked out.
        depth: number of commits to fetch into a new clone; 0 fetches all.
        folder: name of the folder inside the home, may hold ``/``.
        desc, prefix: keys of a ``cmr.yaml`` that has to be generated.
        strip: take the only folder of a zip file as the repository.
    """

    branch: str = ""
    checkout: str = ""
    new_branch: str = ""
    depth: int = 0
    folder: str = ""
    desc: str = ""
    prefix: str = ""
    strip: bool = False
    credentials: Credentials | None = None

    def __post_init__(self) -> None:
        for name in ("branch", "checkout", "new_branch"):
            check_revision(getattr(self, name), name)
        if self.depth < 0:
            raise UsageError("--depth must be a positive number")
        for part in self.folder.split("/") if self.folder else ():
            check_alias(part)

    @property
    def selects_revision(self) -> bool:
        """Whether a branch, tag or commit is named."""
        return bool(self.branch or self.checkout or self.new_branch)

    def pinned_to(self, commit: str) -> PullOptions:
        """These options with the pinned commit, unless another one is asked for (and then refused)."""
        return replace(self, checkout=commit) if commit and not self.checkout else self


@frozen
class PullOutcome:
    """One repository after a pull.

    Attributes:
        name: by which it was asked for.
        url: where it came from; stars stand for what opens or signs it.
        change: ``fixed`` means that a commit without a branch is checked out, so nothing was to update.
        previous_commit: the one before, empty for a new clone.
    """

    name: str
    meta: dict[str, Any]
    path: Path
    change: Change
    url: str = ""
    branch: str = ""
    commit: str = ""
    previous_commit: str = ""

    def __post_init__(self) -> None:
        from cm_core.base import without_credentials

        object.__setattr__(self, "url", without_credentials(self.url))

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        who = f"{self.meta['alias']},{self.meta['uid']}"
        at = f" at commit {self.commit[:12]}" if self.commit else ""
        on = f" (branch {self.branch})" if self.branch else ""
        came_from = f" from {self.url}" if self.url else ""
        if self.change == "updated":
            before = self.previous_commit[:12] or "nothing"
            return f"updated {who}{came_from}: {before} -> {self.commit[:12]}{on}"
        if self.change == "unchanged":
            return f"{who} is up to date{at}{on}"
        if self.change == "fixed":
            return f"{who} stays{at}{on or ' (no branch is checked out)'}: there is nothing to update from"
        verb = "unpacked" if self.change == "unpacked" else "pulled"
        return f"{verb} {who}{came_from}{at}{on}"
