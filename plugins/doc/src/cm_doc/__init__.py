"""Generated documents of the CM toolkit: pages of recipes, and READMEs and notebooks that repeat a run.

Public are the facts that plugins hand over, so that documents about their artifacts can be written, and what
templates get.

- ``facts``: what documents are written from; ``rendering``, ``markdown``: how they become text;
- ``scripts``, ``site``: pages of recipes; ``recipe``, ``commands``, ``dependencies``,
  ``graph``: what stands on them;
- ``runs``, ``artifacts``: how to repeat a run or what an artifact holds; ``reproduction``: its text;
- ``repositories``: where recipes come from; ``output``: files that are never overwritten unasked;
- ``hookspecs``: what other plugins add; ``plugin``, ``flags``: what this one adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_doc.facts import Command as Command
    from cm_doc.facts import RepositoryState as RepositoryState
    from cm_doc.facts import Reproduction as Reproduction
    from cm_doc.facts import Table as Table
    from cm_doc.recipe import Recipe as Recipe
    from cm_doc.repositories import repository_states as repository_states

# name -> (module, version since when)
PUBLIC = {
    "Command": ("facts", "0.1"),
    "RepositoryState": ("facts", "0.1"),
    "Reproduction": ("facts", "0.1"),
    "Table": ("facts", "0.1"),
    "Recipe": ("recipe", "0.1"),
    "repository_states": ("repositories", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
