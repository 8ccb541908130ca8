"""The actions that every kind of artifact has, and those of the toolkit itself.

- ``checks``: what must hold before artifacts are written;
- ``clones``: address and commit of repositories, as the plugin that knows git says;
- ``common``: find, add, load, update, move, copy, info, version and test;
- ``commonflags``: the flags of these actions;
- ``doctor``: ``cm doctor``, and the findings that plugins add to it (``finding``);
- ``homechecks``: what it says about the home and about those that several users share;
- ``kinds``: the automations of plugins as artifacts, and the code that a new one begins with;
- ``moving``: one artifact moved or copied, comments of its metadata kept;
- ``pluginchecks``: what it says about plugins, and about what is left of those that were uninstalled;
- ``previews``: what a verb says with ``--dry_run`` instead of doing it;
- ``removing``: ``rm`` of artifacts, after one question;
- ``toolkit``: ``cm uid core``, ``cm init core``, ``cm print-input automation``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base.exports import lazy_exports

if TYPE_CHECKING:
    from cm_core.actions.checks import check_changeable as check_changeable
    from cm_core.actions.checks import check_free as check_free
    from cm_core.actions.checks import check_one_name as check_one_name
    from cm_core.actions.clones import clone_states as clone_states
    from cm_core.actions.common import create_artifact as create_artifact
    from cm_core.actions.common import find_artifacts as find_artifacts
    from cm_core.actions.common import load_artifacts as load_artifacts
    from cm_core.actions.common import new_artifact as new_artifact
    from cm_core.actions.common import require as require
    from cm_core.actions.common import require_one as require_one
    from cm_core.actions.common import select as select
    from cm_core.actions.common import write_artifact as write_artifact
    from cm_core.actions.doctor import examine as examine
    from cm_core.actions.doctor import install_command as install_command
    from cm_core.actions.finding import Finding as Finding
    from cm_core.actions.moving import copy_artifact as copy_artifact
    from cm_core.actions.moving import write_identity as write_identity
    from cm_core.actions.previews import is_dry_run as is_dry_run
    from cm_core.actions.previews import preview as preview
    from cm_core.actions.removing import rm_artifacts as rm_artifacts

# name -> (module, version since when)
PUBLIC = {
    "check_changeable": ("checks", "0.1"),
    "check_free": ("checks", "0.1"),
    "check_one_name": ("checks", "0.1"),
    "clone_states": ("clones", "0.1"),
    "create_artifact": ("common", "0.1"),
    "find_artifacts": ("common", "0.1"),
    "load_artifacts": ("common", "0.1"),
    "new_artifact": ("common", "0.1"),
    "require": ("common", "0.1"),
    "require_one": ("common", "0.1"),
    "rm_artifacts": ("removing", "0.1"),
    "select": ("common", "0.1"),
    "write_artifact": ("common", "0.1"),
    "Finding": ("finding", "0.1"),
    "examine": ("doctor", "0.1"),
    "install_command": ("doctor", "0.1"),
    "copy_artifact": ("moving", "0.1"),
    "write_identity": ("moving", "0.1"),
    "is_dry_run": ("previews", "0.1"),
    "preview": ("previews", "0.1"),
}
# modules of which everything is public -> version since when
PUBLIC_MODULES = {
    "commonflags": "0.1",
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
