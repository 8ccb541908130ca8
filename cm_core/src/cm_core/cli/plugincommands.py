"""The commands that are no actions: those of the core, and those that plugins add."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from cm_core.errors import PluginError
from cm_core.plugins.calling import PluginHooks
from cm_core.plugins.registry import BUILT_IN

if TYPE_CHECKING:
    from cm_core.cli.catalog import Catalog


def all_commands(catalog: Catalog, warn: Callable[[str], None]) -> Mapping[str, click.Command]:
    """What plugins add through ``cm_register_commands``, by name.

    Args:
        warn: is told whose commands are left out.
    """
    registry = catalog.registry
    group = _Commands(catalog)
    # First, so that nobody can take these names.
    if (core := registry.manager.get_plugin(BUILT_IN)) is not None:
        core.cm_register_commands(group=group)
    PluginHooks(registry, warn).lists("cm_register_commands", object, group=group)
    return group.commands


class _Commands(click.Group):
    """Takes commands whose names are free."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__("cm")
        self._catalog = catalog

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add one.

        Raises:
            PluginError: when its name means something already.
        """
        name = name or cmd.name or ""
        if self.commands.get(name, cmd) is not cmd or self._catalog.verb(name):
            raise PluginError(f"'cm {name}' already exists")
        super().add_command(cmd, name)
