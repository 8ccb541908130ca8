"""Models and data sets that the scripts of recipes get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Request

if TYPE_CHECKING:
    from cm_core import Session


class Recipes:
    """What gets models and data sets: it runs their scripts."""

    def result(self, tags: str, key: str, session: Session) -> tuple[str, tuple[str, ...]]:
        """What a script exports under a key, and all scripts that ran for it.

        Raises:
            CMError: when the script fails, or exports no such key.
        """
        request = Request(action="run", automation="script", artifact=tags, options={"quiet": True})
        data = session.call(request).data
        exported: Mapping[str, Any] = data.get("new_env", {})
        if not exported.get(key):
            raise CMError(f"the script '{tags}' did not export its result as {key}", hint="run it with -v")
        return str(exported[key]), tuple(step["script"] for step in data["steps"])


RECIPES = Recipes()
