"""Which of the installed plugins the environment wants: ``CM_PLUGINS`` and ``CM_DISABLE_PLUGINS``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cm_core.base.frozen import frozen
from cm_core.plugins.origins import folded

if TYPE_CHECKING:
    from cm_core.plugins.entrypoints import EntryPoint

ONLY, WITHOUT = "CM_PLUGINS", "CM_DISABLE_PLUGINS"
_NONE = "none"


@frozen
class ChosenPlugins:
    """What the two variables say; both name plugins or their distributions.

    Attributes:
        only: the plugins to load; ``None`` for all.
        without: those to leave out.
    """

    only: frozenset[str] | None
    without: frozenset[str]

    @classmethod
    def by(cls, env: Mapping[str, str]) -> ChosenPlugins:
        """What an environment says."""
        only = _names(env, ONLY)
        return cls(only=only - {_NONE} if only else None, without=_names(env, WITHOUT))

    def why_off(self, entry: EntryPoint) -> str:
        """Why a plugin is not to be loaded; ``""`` when it is."""
        if not self.without.isdisjoint(_names_of(entry)):
            return f"disabled by {WITHOUT}"
        if self.only is not None and self.only.isdisjoint(_names_of(entry)):
            return f"disabled by {ONLY}"
        return ""

    def doubts(self, core: EntryPoint, entries: Iterable[EntryPoint]) -> Iterator[str]:
        """One sentence for each name that no installed plugin has, or that is the core's, which always works.

        Args:
            entries: the plugins beside the core.
        """
        if not self.only and not self.without:
            return
        others = {name for entry in entries for name in _names_of(entry)}
        always = {*_names_of(core)} - others
        for variable, names in ((ONLY, self.only or frozenset()), (WITHOUT, self.without)):
            for name in sorted(names - others):
                if name not in always:
                    from cm_core.base.suggest import did_you_mean

                    hint = did_you_mean(name, others | always) or "to see the names: cm plugins"
                    yield f"{variable} names '{name}', but no installed plugin is called that; {hint}"
                elif variable == WITHOUT:
                    yield f"{variable} names '{name}', which is the core: nothing works without it"


def _names(env: Mapping[str, str], variable: str) -> frozenset[str]:
    return frozenset(filter(None, (folded(name.strip()) for name in env.get(variable, "").split(","))))


def _names_of(entry: EntryPoint) -> tuple[str, str]:
    return folded(entry.name), folded(entry.distribution)
