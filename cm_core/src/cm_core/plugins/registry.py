"""The plugins: found through entry points, checked one by one, asked by owner."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pluggy

from cm_core.base.frozen import field, mutable
from cm_core.errors import PluginError
from cm_core.plugins.chosen import ChosenPlugins
from cm_core.plugins.entrypoints import EntryPoint, installed_entry_points
from cm_core.plugins.interface import ENTRY_POINT_GROUP, PROJECT, Action, AddedFlags, Automation
from cm_core.plugins.loadchecks import (
    Announced,
    check_interface,
    check_marks,
    check_verbs,
    reason_and_fix,
)
from cm_core.plugins.origins import CORE
from cm_core.release import __version__
from cm_core.verbs import SYNONYMS

BUILT_IN = "core"


@mutable
class PluginInfo:
    """What is known about one plugin, working or not.

    Attributes:
        problem: why it is switched off; ``""`` when it works.
        fix: what to do about that.
        api: the version of the plugin interface for which it is written.
    """

    name: str
    module: str
    distribution: str
    version: str
    problem: str = ""
    fix: str = ""
    load_seconds: float = 0.0
    api: str = ""
    automations: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        from dataclasses import asdict

        return {**asdict(self), "enabled": not self.problem}


class _Hooks(pluggy.PluginManager):
    """Looks for hooks among the functions of a module only, which is what most plugins and their specs are.

    In objects of other kinds each name takes a look that calls nothing: too long, for all names of all
    plugins.
    """

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        return super().parse_hookimpl_opts(plugin, name) if _may_be_hook(plugin, name) else None

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> pluggy.HookspecOpts | None:
        if not _may_be_hook(module_or_class, name):
            return None
        return super().parse_hookspec_opts(module_or_class, name)


def _may_be_hook(plugin: object, name: str) -> bool:
    return not isinstance(plugin, ModuleType) or isinstance(vars(plugin).get(name), FunctionType)


@mutable
class PluginRegistry:
    """All plugins of the process's environment.

    Attributes:
        automations: by alias.
        actions: verbs beyond the five, in the order of registration.
        flags_by_plugin: flags that plugins add to verbs of others.
        warnings: one sentence for each plugin that had to be switched off, or that nobody knows.
        told: hears what is wrong with a plugin that was loaded.
    """

    manager: pluggy.PluginManager
    plugins: dict[str, PluginInfo] = field(default_factory=dict)
    automations: dict[str, Automation] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    flags_by_plugin: dict[str, list[AddedFlags]] = field(default_factory=dict)
    repositories_by_plugin: dict[str, list[Path]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    told: list[Callable[[str], None]] = field(default_factory=list)

    @classmethod
    def load(cls, env: Mapping[str, str], home: Path) -> PluginRegistry:
        """Load the built-in plugin and all installed ones.

        ``CM_DISABLE_PLUGINS=name,name`` leaves plugins out without importing them, ``CM_PLUGINS`` all but
        those that it names. A plugin that does not import, misspells a hook or asks for another version of
        the hooks is switched off with a warning. What plugins print meanwhile goes to stderr.
        """
        registry = cls(manager=_Hooks(PROJECT))
        # The core is a plugin like the others: it publishes its hooks and implements them.
        core = EntryPoint(name=BUILT_IN, module="cm_core.plugin", distribution=CORE, version=__version__)
        registry._note(core)
        registry._publish_hooks(core)
        registry._add(core, None)
        installed = installed_entry_points(ENTRY_POINT_GROUP, home)
        chosen = ChosenPlugins.by(env)
        registry.warnings += chosen.doubts(core, installed)
        entries = [entry for entry in installed if registry._accepts(entry, chosen)]
        with contextlib.redirect_stdout(sys.stderr):
            # First all hooks: a plugin may implement one that another publishes, whatever their names.
            for entry in entries:
                registry._publish_hooks(entry)
            for entry in entries:
                registry.add(entry)
        return registry

    def add(self, entry: EntryPoint, module: ModuleType | None = None) -> PluginInfo:
        """Load one plugin; a broken one is switched off with one warning that names its distribution."""
        try:
            return self._add(entry, module)
        # Whatever a foreign module raises, even by calling sys.exit(), the others must work.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            if self.manager.has_plugin(entry.name):
                self.manager.unregister(name=entry.name)
            reason, fix = reason_and_fix(error, entry, self.manager.hook)
            self.warnings.append(f"plugin '{entry.name}' of {entry.distribution} is switched off: {reason}")
            return self._note(entry, problem=reason, fix=fix)

    def report(self, text: str) -> None:
        """Tell, once, what had to be left out of a plugin."""
        if text not in self.warnings:
            self.warnings.append(text)
            for told in self.told:
                told(text)

    @property
    def repositories(self) -> list[Path]:
        """Those shipped inside distributions, in search order.

        By the marks of ``cm_register_repositories``: ``tryfirst``, none, ``trylast``; among those with the
        same, by the names of the plugins.
        """
        impls = {
            impl.plugin_name: impl for impl in self.manager.hook.cm_register_repositories.get_hookimpls()
        }
        given = self.repositories_by_plugin
        names = sorted(given, key=lambda name: (impls[name].trylast - impls[name].tryfirst, name))
        return [path for name in names for path in given[name]]

    def plugins_that_ship(self, folders: Collection[Path]) -> Iterator[PluginInfo]:
        """The working plugins inside whose packages some of the folders are."""
        for name, info in self.plugins.items():
            module = None if info.problem else self.manager.get_plugin(name)
            file = getattr(module, "__file__", None)
            if file and any(folder.is_relative_to(Path(file).parent) for folder in folders):
                yield info

    def described(self, name: str) -> str:
        """A plugin with its distribution, for messages."""
        info = self.plugins.get(name)
        return f"plugin '{name}' of {info.distribution}" if info else f"plugin '{name}'"

    def owner_of(self, kind: str) -> str | None:
        """The plugin that owns an automation, by the automation's alias."""
        return self.owners.get(kind)

    def automation(self, alias: str, uid: str) -> Automation | None:
        """The registered automation of this UID, else of this alias."""
        for automation in self.automations.values():
            if uid and automation.uid == uid:
                return automation
        return None if uid else self.automations.get(alias) or self.automations.get(alias.lower())

    def may_answer(self, plugin: str, kind: str) -> bool:
        """Whether a plugin is asked about a kind: its owner is, and all that own no kind."""
        owner = self.owner_of(kind)
        return plugin in (owner, BUILT_IN) or plugin not in self.owners.values()

    def flags_of_plugin(self, plugin: str, verb: str, kind: str) -> list[AddedFlags]:
        """The flags that a plugin adds to a verb of another one."""
        added = self.flags_by_plugin.get(plugin, ())
        return [flags for flags in added if (flags.action, flags.automation) == (verb, kind)]

    def answers_itself(self, verb: str, kind: str) -> bool:
        """Whether a plugin that owns a kind has a hook of its own for one of the five actions."""
        owner = self.owners.get(kind)
        return owner not in (None, BUILT_IN) and hasattr(self.manager.get_plugin(owner), f"cm_{verb}")

    def find_action(self, verb: str, kind: str) -> Action | None:
        """The verb on this automation, else on all of them."""
        for automation in (kind, "*"):
            for action in self.actions:
                if action.automation == automation and verb in (action.name, *action.synonyms):
                    return action
        return None

    def verb(self, word: str, kind: str) -> str:
        """The name of an action on a kind: synonyms replaced, hyphens and underscores alike."""
        word = word.replace("_", "-")
        for candidate in (word, word.replace("-", "_")):
            if found := self.find_action(candidate, kind):
                return found.name
        return SYNONYMS.get(word, word)

    def shortcuts(self) -> dict[str, tuple[str, str]]:
        """Programs that mean a verb on an automation: program -> both words."""
        of_actions = {item.shortcut: (item.name, item.automation) for item in self.actions if item.shortcut}
        of_the_five = {
            program: (verb, automation.name)
            for automation in self.automations.values()
            for verb, program in automation.shortcuts.items()
        }
        return of_the_five | of_actions

    def passes_flags_on(self, verb: str, kind: str) -> bool:
        """Whether a verb takes flags that nobody declared, for what it works on."""
        if action := self.find_action(verb, kind):
            return action.open_flags
        return kind in self.automations and verb in self.automations[kind].open_verbs

    def takes_command(self, verb: str, kind: str) -> bool:
        """Whether a verb reads the words after ``--``."""
        if action := self.find_action(verb, kind):
            return action.takes_command
        return kind in self.automations and verb in self.automations[kind].command_verbs

    def full_disk_hint(self) -> str:
        """What to do when a disk is full."""
        from cm_core.base.fsio import full_disk_hint

        return full_disk_hint(item.frees_space for item in self.automations.values() if item.frees_space)

    def provider(self, verb: str, kind: str) -> str:
        """The plugin that has this verb or, for the five actions, owns the kind; for messages."""
        for shown in (f"{verb} {kind}", f"{verb} *"):
            for info in self.plugins.values():
                if shown in info.actions:
                    return info.name
        return self.owners.get(kind, BUILT_IN)

    def _accepts(self, entry: EntryPoint, chosen: ChosenPlugins) -> bool:
        """Whether a plugin is to be loaded; notes why not."""
        if entry.name in self.plugins:
            rival = self.plugins[entry.name].distribution
            self.warnings.append(
                f"plugin '{entry.name}' of {entry.distribution} is switched off:"
                f" {rival} already has a plugin of this name"
            )
            return False
        problem = chosen.why_off(entry)
        self._note(entry, problem=problem)
        return not problem

    def _publish_hooks(self, entry: EntryPoint) -> None:
        started = time.perf_counter()
        # A module that cannot be imported is reported when it is registered.
        with contextlib.suppress(Exception, SystemExit):
            if specs := getattr(importlib.import_module(entry.module), "cm_hookspecs", ""):
                self.manager.add_hookspecs(importlib.import_module(specs))
        self.plugins[entry.name].load_seconds = time.perf_counter() - started

    def _add(self, entry: EntryPoint, module: ModuleType | None) -> PluginInfo:
        known = self.plugins.get(entry.name)
        started = time.perf_counter() - (known.load_seconds if known else 0.0)
        plugin = module or importlib.import_module(entry.module)
        version = str(getattr(plugin, "cm_api_version", ""))
        check_interface(version)
        if specs := getattr(plugin, "cm_hookspecs", ""):
            importlib.import_module(specs)  # raises what `_publish_hooks` passed over
        check_marks(plugin, self.manager.hook)
        if self.manager.register(plugin, entry.name) is None:
            raise PluginError("its name is blocked")
        self.manager.check_pending()
        impls = [caller.name for caller in self.manager.get_hookcallers(plugin) or []]
        announced = Announced.by(plugin)
        check_verbs(announced, self.actions)
        # From here on nothing fails, so that no half of a plugin stays behind.
        self._claim(entry, announced.automations)
        self.actions += announced.actions
        if announced.flags:
            self.flags_by_plugin[entry.name] = list(announced.flags)
        if announced.repositories:
            self.repositories_by_plugin[entry.name] = list(announced.repositories)
        info = self._note(entry)
        info.automations = tuple(automation.name for automation in announced.automations)
        info.actions = tuple(f"{action.name} {action.automation}" for action in announced.actions)
        info.hooks = tuple(sorted(impls))
        info.api = version
        info.load_seconds = time.perf_counter() - started
        return info

    def _claim(self, entry: EntryPoint, automations: Iterable[Automation]) -> None:
        mine = list(automations)
        for automation in mine:
            rival = next(
                (
                    a
                    for a in self.automations.values()
                    if automation.name == a.name or automation.uid == a.uid
                ),
                None,
            )
            if rival is not None:
                owner = self.plugins[self.owners[rival.name]].distribution
                prefer = f"set CM_DISABLE_PLUGINS={self.owners[rival.name]} to prefer this one"
                raise PluginError(
                    f"the automation '{automation.name}' already belongs to {owner}; {prefer}",
                    hint=f"{prefer}, or uninstall {entry.distribution}",
                )
        for automation in mine:
            self.automations[automation.name] = automation
            self.owners[automation.name] = entry.name

    def _note(self, entry: EntryPoint, *, problem: str = "", fix: str = "") -> PluginInfo:
        info = PluginInfo(
            name=entry.name,
            module=entry.module,
            distribution=entry.distribution,
            version=entry.version,
            problem=problem,
            fix=fix,
        )
        self.plugins[entry.name] = info
        return info
