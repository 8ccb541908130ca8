"""The base of automations that live in repositories: ``class CAutomation(Automation)``."""

from __future__ import annotations

import os
from typing import Any

from cmind._types import Contract


class Automation:
    """Has the actions common to all kinds; a sub-class adds its own or overrides them.

    Attributes:
        cmind: the object with ``access`` and ``x``.
        automation_file_path, path: the Python file and its folder.
        meta, full_path, artifact, artfact: set after construction: metadata of the automation, the file, and
            ``alias,uid`` (under both names, the second for old code).
    """

    def __init__(self, cmind: Any, automation_file: str) -> None:
        self.cmind = cmind
        self.automation_file_path = automation_file
        self.path = os.path.dirname(automation_file)
        self.full_path = automation_file
        self.meta: Contract = {}
        self.artifact = ""
        self.artfact = ""

    def version(self, i: Contract) -> Contract:
        """The version of the toolkit."""
        return self._common("version", i)

    def test(self, i: Contract) -> Contract:
        """Check that the metadata of the kind can be used."""
        return self._common("test", i)

    def search(self, i: Contract) -> Contract:
        """Find artifacts by name and tags; ``list``."""
        return self._common("find", i)

    def add(self, i: Contract) -> Contract:
        """Create an artifact with ``meta`` and ``tags``; ``path`` and ``meta``."""
        return self._common("add", i)

    def delete(self, i: Contract) -> Contract:
        """Remove artifacts; ``deleted_list``."""
        return self._common("rm", i)

    def load(self, i: Contract) -> Contract:
        """The metadata of exactly one artifact."""
        return self._common("load", i)

    def update(self, i: Contract) -> Contract:
        """Merge ``meta`` and ``tags`` into artifacts; ``list``."""
        return self._common("update", i)

    def move(self, i: Contract) -> Contract:
        """Rename artifacts or move them to another repository."""
        return self._common("move", i)

    def copy(self, i: Contract) -> Contract:
        """Copy artifacts, with a new UID."""
        return self._common("copy", i)

    def info(self, i: Contract) -> Contract:
        """Names, path and files of artifacts."""
        return self._common("info", i)

    def _common(self, action: str, i: Contract) -> Contract:
        control = i.get("control") or {}
        out = i.get("out", control.get("out", ""))
        kept = {key: value for key, value in i.items() if key not in ("control", "self_module")}
        kind = self.artifact or i.get("automation", "")
        request = {**kept, "action": action, "automation": kind, "common": True, "out": out}
        answer: Contract = self.cmind.access(request)
        return answer
