"""Actions of the toolkit itself: ``print-input automation``, ``uid core``, ``init core``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cm_core.model.identity import ArtifactRef, new_uid
from cm_core.model.result import Result

if TYPE_CHECKING:
    from cm_core.model.request import Request
    from cm_core.session import Session


def print_input(request: Request, session: Session) -> Result:
    """How the command line was understood, as a dictionary with parsed names."""
    del session

    def parse_names(name: str) -> list[list[str]]:
        ref = ArtifactRef.parse(name)
        pairs = [[ref.object.alias, ref.object.uid]]
        return pairs if ref.repo is None else [*pairs, [ref.repo.alias, ref.repo.uid]]

    shown: dict[str, Any] = {
        **request.to_mapping(),
        "automation": "automation",
        "parsed_automation": parse_names(request.automation),
    }
    if request.artifact:
        shown["parsed_artifact"] = parse_names(request.artifact)
    if request.artifacts:
        shown["parsed_artifacts"] = [parse_names(name) for name in request.artifacts]
    return Result(
        data=shown, lines=tuple(json.dumps(shown, indent=2, ensure_ascii=False, default=str).splitlines())
    )


def print_uid(request: Request, session: Session) -> Result:
    """A new random UID."""
    del request, session
    uid = new_uid()
    return Result(data={"uid": uid}, lines=(uid,))


def init_home(request: Request, session: Session) -> Result:
    """Create the home if it is missing; installs nothing."""
    del request
    session.home.ensure()
    return Result(
        data={"path": session.home.path},
        lines=(f"the CM home is {session.home.path}", "next: cm --help"),
    )
