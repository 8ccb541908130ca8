"""Kinds of artifacts: those of plugins as artifacts, and the code that a new one begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.errors import AlreadyExistsError
from cm_core.model.artifact import Artifact, Repository, RepositoryKind
from cm_core.model.identity import AUTOMATION_UID, ArtifactRef, ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cm_core.model.tags import TagQuery
    from cm_core.plugins.interface import Automation
    from cm_core.session import Session

KIND = ObjectRef(alias="automation", uid=AUTOMATION_UID)
_MODULE = '''\
"""The automation {alias}: each method of the class is an action, as in: cm hello {alias}."""

from cmind.automation import Automation


class CAutomation(Automation):
    def hello(self, i):
        """Show what an action gets; i["artifact"] is the name on the command line, other keys are flags."""
        for key in sorted(i):
            print(f"{{key}}: {{i[key]}}")
        return {{"return": 0}}
'''


def kinds_of_plugins(session: Session, name: ArtifactRef | None, tags: TagQuery) -> Iterator[Artifact]:
    """The automations of plugins that a name means; they have no tags."""
    if tags.required or (name is not None and name.repo is not None and not name.repo.is_empty):
        return
    for automation in session.plugins.automations.values():
        if name is None or name.object.matches(automation.name, automation.uid):
            yield _as_artifact(session, automation)


def check_no_plugin_has(session: Session, kind: ObjectRef, name: ObjectRef) -> None:
    """Refuse a new automation that nothing would ever use, as a plugin answers to its name.

    Raises:
        AlreadyExistsError: when an installed plugin has an automation of this alias or UID.
    """
    if not KIND.matches(kind.alias, kind.uid):
        return
    for part in (ObjectRef(alias=name.alias), ObjectRef(uid=name.uid)):
        if not part.is_empty and (owned := session.plugins.automation(part.alias, part.uid)):
            info = session.plugins.plugins[session.plugins.owners[owned.name]]
            raise AlreadyExistsError(
                f"'{owned.name}' is a kind of {info.distribution}, which would be used instead",
                hint="choose another name",
            )


def is_of_plugin(artifact: Artifact) -> bool:
    """Whether an artifact is an automation of a plugin, which no file of metadata describes."""
    return artifact.path == artifact.repo.path


def first_files(session: Session, kind: ObjectRef, alias: str) -> dict[str, str]:
    """Name and text of the files that a new artifact begins with, beside its metadata.

    Only an automation has some, where a plugin runs those that live in repositories.
    """
    if not KIND.matches(kind.alias, kind.uid) or not session.plugins.manager.hook.cm_call.get_hookimpls():
        return {}
    return {"module.py": _MODULE.format(alias=alias)}


def _as_artifact(session: Session, automation: Automation) -> Artifact:
    registry = session.plugins
    owner = registry.owners[automation.name]
    folder = Path(getattr(registry.manager.get_plugin(owner), "__file__", None) or ".").parent
    meta: dict[str, Any] = {
        "alias": automation.name,
        "uid": automation.uid,
        "automation_alias": KIND.alias,
        "automation_uid": KIND.uid,
        "tags": [],
        "desc": automation.help,
        "distribution": registry.plugins[owner].distribution,
    }
    return Artifact(
        path=folder,
        alias=automation.name,
        uid=automation.uid,
        kind=(KIND.alias, KIND.uid),
        tags=(),
        repo=Repository(
            path=folder, alias=meta["distribution"], uid="", meta={}, kind=RepositoryKind.SHIPPED
        ),
        read_meta=lambda: (meta, meta),
    )
