"""What can be typed: verbs, automations and flags, as the installed plugins announce them."""

from __future__ import annotations

from collections.abc import Mapping

from cm_core.base.frozen import frozen
from cm_core.flags import Flag
from cm_core.plugins.declared import flags_of_verb, registered
from cm_core.plugins.interface import Action, Automation
from cm_core.plugins.registry import BUILT_IN, PluginRegistry
from cm_core.verbs import FIVE_ACTIONS, SYNONYMS

ALL_KINDS = "*"
_FIVE_HELP = {
    "find": "find artifacts by name and tags",
    "add": "create an artifact",
    "run": "do what an artifact is for",
    "rm": "remove artifacts",
    "load": "print the metadata of one artifact",
}


@frozen
class Verb:
    """An action as a person types it, and the automations that have it.

    Attributes:
        kinds: aliases of automations; ``*`` for all.
    """

    name: str
    help: str
    synonyms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = (ALL_KINDS,)

    @property
    def words(self) -> tuple[str, ...]:
        """The name and its synonyms."""
        return (self.name, *self.synonyms)


class Catalog:
    """A view of the plugins for help, completion and checks."""

    def __init__(self, registry: PluginRegistry) -> None:
        self.registry = registry
        verbs = {name: self._one_of_five(name) for name in FIVE_ACTIONS}
        for action in registry.actions:
            known = verbs.get(action.name)
            verbs[action.name] = _join_verbs(known, action) if known else _verb(action)
        self.verbs: Mapping[str, Verb] = verbs
        self._names = {_fold_word(word): verb.name for verb in verbs.values() for word in verb.words}

    def verb(self, word: str) -> Verb | None:
        """The verb that a word means; ``-`` and ``_`` are the same."""
        name = self._names.get(_fold_word(word))
        return self.verbs[name] if name else None

    def automation(self, name: str) -> Automation | None:
        """The registered automation of this alias, UID or ``alias,UID``."""
        return registered(self.registry, name)

    def automations_with(self, verb: str) -> tuple[str, ...]:
        """Aliases of the automations that have a verb."""
        if verb == "run":
            return tuple(name for name in self.registry.automations if self._can_run(name))
        kinds = self.verbs[verb].kinds
        return tuple(name for name in self.registry.automations if ALL_KINDS in kinds or name in kinds)

    def verbs_of(self, kind: str) -> tuple[Verb, ...]:
        """The verbs of an automation, its own first."""
        own = [verb for verb in self.verbs.values() if kind in verb.kinds]
        common = [verb for verb in self.verbs.values() if ALL_KINDS in verb.kinds and verb not in own]
        return tuple(verb for verb in (*own, *common) if verb.name != "run" or self._can_run(kind))

    def flags(self, verb: str, kind: str) -> tuple[Flag, ...]:
        """The declared flags of a verb on an automation, without those that every verb has."""
        return flags_of_verb(self.registry, verb, kind)

    def _can_run(self, kind: str) -> bool:
        owner = self.registry.plugins.get(self.registry.owner_of(kind) or BUILT_IN)
        return self.registry.find_action("run", kind) is not None or (
            owner is not None and "cm_run" in owner.hooks
        )

    def _one_of_five(self, name: str) -> Verb:
        synonyms = tuple(word for word, target in SYNONYMS.items() if target == name)
        return Verb(name=name, help=_FIVE_HELP[name], synonyms=synonyms)


def _verb(action: Action) -> Verb:
    return Verb(name=action.name, help=action.help, synonyms=action.synonyms, kinds=(action.automation,))


def _join_verbs(verb: Verb, action: Action) -> Verb:
    """A verb that several plugins have for their automations."""
    synonyms = dict.fromkeys((*verb.synonyms, *action.synonyms))
    kinds = dict.fromkeys((*verb.kinds, action.automation))
    return Verb(name=verb.name, help=verb.help, synonyms=tuple(synonyms), kinds=tuple(kinds))


def _fold_word(word: str) -> str:
    return word.replace("_", "-")
