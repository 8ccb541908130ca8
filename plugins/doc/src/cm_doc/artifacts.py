"""``cm doc KIND NAME``: how to repeat what an artifact holds, as the plugin of its kind says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import NotFoundError, Result, UsageError
from cm_core.actions import is_dry_run, preview, require_one
from cm_core.base import user_path
from cm_core.flags import read_flags
from cm_doc.facts import Reproduction
from cm_doc.flags import DocAnything
from cm_doc.output import check_target, is_notebook, target_file, write_documents
from cm_doc.reproduction import notebook, readme

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session


def document_artifact(request: Request, session: Session) -> Result:
    """Write a README, or with ``--notebook`` a notebook, that repeats what an artifact or a folder holds.

    A file whose name ends in ``.ipynb`` is a notebook, too.

    Returns:
        data: ``written`` (files), or ``text`` when no output is named.

    Raises:
        NotFoundError: when there is no such artifact or folder, or no plugin says how to repeat it.
        AlreadyExistsError: when the file exists and ``--force`` is not given.
        UsageError: when its name says that it is neither.
    """
    asked = read_flags(DocAnything, request)
    file, as_notebook = None, asked.notebook
    if asked.output:
        file = target_file(asked.output, "notebook.ipynb" if asked.notebook else "README.md", session)
        as_notebook = is_notebook(file) or asked.notebook
        check_target(file, force=asked.force)
    facts = _facts(request, session)
    text = notebook(facts, session) if as_notebook else readme(facts, session)
    if file is None:
        return Result(data={"text": text}, lines=tuple(text.splitlines()))
    if is_dry_run(request):
        return preview("write", [file])
    write_documents(file.parent, {file.name: text}, force=asked.force)
    return Result(data={"written": [str(file)]}, lines=(f"wrote {file}",))


def _facts(request: Request, session: Session) -> Reproduction:
    kind = session.kind(request.automation).ref.alias
    artifact, folder = _place(request, session, kind)
    facts: Reproduction | None = session.hooks.first(
        "cm_reproduction", Reproduction, kind=kind, folder=folder, artifact=artifact, session=session
    )
    if facts is None:
        raise NotFoundError(
            f"no installed plugin can say how to repeat the {kind} in {folder}",
            hint="a plugin provides this with the hook cm_reproduction",
        )
    return facts


def _place(request: Request, session: Session, kind: str) -> tuple[Artifact | None, Path]:
    asked = read_flags(DocAnything, request)
    if asked.path:
        folder = session.cwd / user_path(asked.path)
        if not folder.is_dir():
            raise NotFoundError(f"folder {folder} does not exist")
        return None, folder
    if not request.artifact and not asked.tags:
        raise UsageError(
            f"no {kind} to describe was given",
            hint=f"use: cm doc {kind} NAME, or cm doc {kind} --path=FOLDER",
        )
    artifact = require_one(request, session)
    return artifact, artifact.path
