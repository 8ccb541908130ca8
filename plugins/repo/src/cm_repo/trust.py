"""Which repositories may be pulled: an allow-list of owners and pinned commits, both optional."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cm_core import CMError, MetaError, field, frozen
from cm_repo.urls import RepoSource, location_of

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")


class UntrustedError(CMError):
    """The configuration does not allow this repository or this commit."""


@frozen
class TrustPolicy:
    """The key ``trust`` of the configuration.

    Attributes:
        allow: owners (``mlcommons``), places (``gitlab.com/group``) or URLs; ``None`` allows everything,
            an empty list nothing.
        pins: alias of a repository -> full commit id.
    """

    allow: tuple[str, ...] | None = None
    pins: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, data: object, *, source: str) -> TrustPolicy:
        """Read ``{allow: [owner, …], pins: {alias: commit}}``.

        Raises:
            MetaError: for any other shape, since a rule that is not understood must not be skipped.
        """
        if data is None:
            return cls()
        if not isinstance(data, dict) or set(data) - {"allow", "pins"}:
            raise MetaError(f"{source}: 'trust' may only hold 'allow' and 'pins'")
        allow = data.get("allow")
        if allow is not None and not (
            isinstance(allow, list) and all(isinstance(entry, str) and entry.strip("/ ") for entry in allow)
        ):
            raise MetaError(f"{source}: 'trust.allow' must be a list of owners")
        pins = {} if data.get("pins") is None else data["pins"]
        if not isinstance(pins, dict):
            raise MetaError(f"{source}: 'trust.pins' must map aliases to commits")
        for alias, commit in pins.items():
            if not isinstance(commit, str) or not _COMMIT.match(commit.lower()):
                raise MetaError(
                    f"{source}: the pin of '{alias}' must be a full commit id of 40 hexadecimal digits",
                    hint="put it in quotes",
                )
        return cls(
            allow=None if allow is None else tuple(entry.strip() for entry in allow),
            pins={str(alias).lower(): commit.lower() for alias, commit in pins.items()},
        )

    @property
    def is_strict(self) -> bool:
        """Whether a server must not send us elsewhere."""
        return self.allow is not None

    def check_source(self, source: RepoSource, *, url_prefix: str) -> None:
        """Refuse a source that is not on the allow-list.

        Raises:
            UntrustedError: naming the alias and the entry that would allow it.
        """
        if self.allow is None or any(_covers(entry, source.location, url_prefix) for entry in self.allow):
            return
        raise UntrustedError(
            f"repository '{source.alias}' from {source.location} is not on the list of trusted owners",
            hint=f"add '{source.location.rpartition('/')[0]}' to trust.allow in the CM home's config.yaml",
        )

    def pin_of(self, *aliases: str) -> str:
        """The commit pinned for a repository of any of these aliases, or ``""``.

        Raises:
            UntrustedError: when two of them are pinned to different commits.
        """
        commits = {self.pins[alias.lower()] for alias in aliases if alias.lower() in self.pins}
        if len(commits) > 1:
            raise UntrustedError(f"the aliases {', '.join(aliases)} are pinned to different commits")
        return commits.pop() if commits else ""

    def check_commit(self, commit: str, *aliases: str) -> None:
        """Refuse a commit other than the pinned one.

        Args:
            commit: the full id, ``""`` for content that has none, such as a zip file.

        Raises:
            UntrustedError: naming both commits.
        """
        pin = self.pin_of(*aliases)
        if pin and commit.lower() != pin:
            raise UntrustedError(
                f"repository '{aliases[0]}' is pinned to commit {pin[:12]}, "
                f"but this is {commit[:12] or 'content without a commit'}",
                hint="change trust.pins in the CM home's config.yaml if you trust the other one",
            )


def _covers(entry: str, location: str, url_prefix: str) -> bool:
    """Whether an entry of the allow-list covers ``host/path``: itself or anything below it."""
    if "://" in entry:
        base = location_of(entry)
    elif "/" in entry:
        base = entry.rstrip("/")
    else:
        base = f"{location_of(url_prefix).rstrip('/')}/{entry}"
    return location == base or location.startswith(base + "/")
