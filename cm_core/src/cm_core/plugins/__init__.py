"""Finding, checking and calling plugins.

- ``calling``: hooks, called so that a broken plugin harms nobody;
- ``chosen``: which of the installed plugins the environment wants;
- ``declared``: which flags are declared where;
- ``entrypoints``: which plugins are installed, remembered between runs;
- ``givenflags``: whether whoever answers a request reads all of it;
- ``interface``: what plugins announce themselves with;
- ``loadchecks``: what a plugin announces, checked when it is loaded;
- ``mistakes``: what only all plugins together show, for ``cm doctor``;
- ``origins``: whose a distribution is;
- ``registry``: all of them, checked one by one, asked by owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base.exports import lazy_exports

if TYPE_CHECKING:
    from cm_core.plugins.calling import PluginHooks as PluginHooks
    from cm_core.plugins.declared import flags_added_to as flags_added_to
    from cm_core.plugins.declared import flags_in as flags_in
    from cm_core.plugins.entrypoints import EntryPoint as EntryPoint
    from cm_core.plugins.origins import is_ours as is_ours
    from cm_core.plugins.origins import upgrade_advice as upgrade_advice
    from cm_core.plugins.registry import PluginRegistry as PluginRegistry

# name -> (module, version since when)
PUBLIC = {
    "PluginHooks": ("calling", "0.1"),
    "flags_added_to": ("declared", "0.1"),
    "flags_in": ("declared", "0.1"),
    "EntryPoint": ("entrypoints", "0.1"),
    "is_ours": ("origins", "0.1"),
    "upgrade_advice": ("origins", "0.1"),
    "PluginRegistry": ("registry", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
