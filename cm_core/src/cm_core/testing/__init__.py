"""Support for testing plugins; pytest finds the fixtures by itself.

- ``contracts``: suites that every automation has to pass;
- ``fixtures``: ``cm_home``, ``cm_session``, ``run_cm``, ``make_repo``, and that nothing is left behind;
  ``contents``: what a dry run must not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base.exports import lazy_exports

if TYPE_CHECKING:
    from cm_core.testing.contracts import AutomationContract as AutomationContract
    from cm_core.testing.fixtures import CommandOutcome as CommandOutcome
    from cm_core.testing.fixtures import CommandRunner as CommandRunner
    from cm_core.testing.fixtures import contents as contents

# name -> (module, version since when)
PUBLIC = {
    "AutomationContract": ("contracts", "0.1"),
    "CommandOutcome": ("fixtures", "0.1"),
    "CommandRunner": ("fixtures", "0.1"),
    "contents": ("fixtures", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
