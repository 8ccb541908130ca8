"""What a run of a script gives back, and the record of what was done on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core import field, frozen
from cm_script.env.values import Env

if TYPE_CHECKING:
    from cm_core import Artifact, StepInfo, StepStatus


@frozen
class Outcome:
    """The result of one run.

    Attributes:
        env, state: those of the caller with the exports merged.
        new_env, new_state: the exports.
        deps: tags of the dependencies in the order in which they were reached.
        version: of what was found or made, ``""`` when there is none.
        skipped: whether the recipe decided that there is nothing to do.
        path: folder of the cache entry, ``""`` when the result is not cached.
    """

    env: Env = field(default_factory=Env)
    state: Env = field(default_factory=Env)
    new_env: Env = field(default_factory=Env)
    new_state: Env = field(default_factory=Env)
    deps: tuple[str, ...] = ()
    version: str = ""
    skipped: bool = False
    path: str = ""


@frozen
class StepRecord:
    """A finished step.

    Attributes:
        artifact: the script.
        variations: all that were on, in order of application.
        seconds: wall time with its dependencies.
        note: where the result came from, or why it failed.
        version: of what was found or made, ``""`` when there is none.
        path: folder of the cache entry, ``""`` when there is none.
    """

    step: StepInfo
    artifact: Artifact
    variations: tuple[str, ...] = ()
    status: StepStatus
    seconds: float
    note: str = ""
    version: str = ""
    path: str = ""

    @property
    def script(self) -> str:
        """``alias,uid`` of the script."""
        return self.artifact.ref

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.step.id,
            "parent": self.step.parent,
            "title": self.step.title,
            "depth": self.step.depth,
            "script": self.script,
            "variations": list(self.variations),
            "status": self.status,
            "seconds": round(self.seconds, 4),
            "note": self.note,
            "version": self.version,
            "path": self.path,
        }
