"""The commands that run exactly one script: on a command line, in a container, from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cm_doc.facts import Command
from cm_script import ScriptTags, find_scripts

if TYPE_CHECKING:
    from cm_core import Artifact, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """How to run a script.

    Attributes:
        help: explains its flags.
        python: a program that runs it.
    """

    run: Command
    docker: Command
    help: Command
    python: str


_PYTHON = """\
from cm_core import Request, Session

request = Request(action="run", automation="script", {selection})
result = Session().call(request)
print(result.data["new_env"])"""


def commands_of(artifact: Artifact, session: Session) -> Commands:
    """The commands that run a script and no other."""
    selection = selecting_tags(artifact, session)
    if selection:
        words, python = (f"--tags={selection}",), f"options={{'tags': {selection!r}}}"
    else:
        name = selecting_name(artifact, session)
        words, python = (name,), f"artifact={name!r}"
    return Commands(
        run=Command(words=("cm", "run", "script", *words)),
        docker=Command(words=("cm", "docker", "script", *words)),
        help=Command(words=("cm", "run", "script", *words, "--help")),
        python=_PYTHON.format(selection=python),
    )


def selecting_tags(artifact: Artifact, session: Session) -> str:
    """The tags of a script when they mean it alone, else nothing."""
    if not artifact.tags or any("," in tag or tag.startswith(("_", "-")) for tag in artifact.tags):
        return ""
    found = find_scripts(session, "", ScriptTags(required=artifact.tags))
    return ",".join(artifact.tags) if _is_first_alone(artifact, found) else ""


def selecting_name(artifact: Artifact, session: Session) -> str:
    """The shortest name that means a script alone: its alias, with its repository, or its UID."""
    names = (artifact.alias, f"{artifact.repo.alias}:{artifact.alias}", artifact.uid)
    for name in names if artifact.alias else ():
        if _is_first_alone(artifact, find_scripts(session, name, ScriptTags())):
            return name
    return f"{artifact.repo.alias}:{artifact.uid}"


def _is_first_alone(artifact: Artifact, found: list[Artifact]) -> bool:
    """Whether a search that found these chooses the script without a question."""
    best = min((other.repo.rank for other in found), default=-1)
    return [other.path for other in found if other.repo.rank == best] == [artifact.path]
