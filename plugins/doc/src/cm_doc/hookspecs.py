"""Hooks that the doc plugin publishes.

A plugin that does not need this one implements them with ``@hookimpl(optionalhook=True)``, and imports from
``cm_doc`` inside the function: it is called only where the doc plugin is installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import hookspec

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_doc.facts import Reproduction


@hookspec(firstresult=True)
def cm_reproduction(
    kind: str, folder: Path, artifact: Artifact | None, session: Session
) -> Reproduction | None:
    """How to repeat what an artifact or a folder holds, such as an experiment or the results of a benchmark.

    Called for ``cm doc KIND NAME`` and ``cm doc KIND --path=FOLDER``. All plugins are called, so check the
    kind first. The first answer wins; return ``None`` for other kinds.

    Args:
        kind: alias of the automation.
        folder: that of the artifact, or the one that was named.
        artifact: ``None`` when a folder was named.

    Returns:
        the facts; the README and the notebook are written from them. A CMError is the answer; a plugin that
        raises anything else is left out with a warning.
    """
    raise NotImplementedError


@hookspec
def cm_template_folders(session: Session) -> Iterable[Path]:
    """Folders with templates that replace those of the same name.

    Called once for each document. A plugin that is loaded later goes before one that is loaded earlier;
    ``@hookimpl(tryfirst=True)`` goes before all. The replaced template stays reachable as ``original/NAME``.
    A plugin that raises is left out with a warning.
    """
    raise NotImplementedError
