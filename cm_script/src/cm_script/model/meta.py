"""``_cm.yaml`` of a script: a typed view over the dictionary, which is kept as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cm_core.artifact import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptMeta:
    """Metadata of one script.

    Attributes:
        raw: the metadata as read; treat as read-only, :meth:`thaw` gives a copy to change.
        source: what messages call the file.
        path: folder of the script, ``""`` when unknown.
        repo_path: folder of its repository.
        repo_root: the same with the repository's prefix.
    """

    raw: Mapping[str, Any] = field(repr=False)
    source: str = "script metadata"
    path: str = ""
    repo_path: str = ""
    repo_root: str = ""

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> ScriptMeta:
        """The view of an artifact's metadata."""
        return cls(
            raw=artifact.meta,
            source=str(artifact.path),
            path=str(artifact.path),
            repo_path=str(artifact.repo.path),
            repo_root=str(artifact.repo.root),
        )

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any], *, source: str = "script metadata") -> ScriptMeta:
        """The view of a dictionary, for tests and generated scripts."""
        return cls(raw=raw, source=source)

    def thaw(self) -> dict[str, Any]:
        """A deep copy of the metadata."""
        return copy.deepcopy(dict(self.raw))
