"""What one recipe accepts: variations by group, inputs and versions, without values of the wrong shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cm_core import field, frozen
from cm_script.schema import keys

# What the engine reads for a script that finds a program, whether its authors say so or not.
_OF_DETECTORS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "path": {keys.INPUT_ABOUT.name: "look in this folder only", keys.INPUT_TYPE.name: "folder"},
        "input": {keys.INPUT_ABOUT.name: "take this file", keys.INPUT_TYPE.name: "file"},
    }
)


@frozen
class Variation:
    """A variation, but for combinations.

    Attributes:
        default: whether it is on unless another one of its group is asked for.
        block: what it says.
    """

    name: str
    default: bool = False
    block: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_pattern(self) -> bool:
        """Whether its name stands for any value, as ``batch.#`` does."""
        return self.name.endswith(".#")


@frozen
class Group:
    """Variations of which one can be on; without a name, those that are in no group."""

    name: str
    variations: tuple[Variation, ...]


@frozen
class Input:
    """A flag of a recipe.

    Attributes:
        about: what its authors say about it.
        facts: all that they say about it.
        keys: env keys that it sets.
    """

    flag: str
    about: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values that it can have, as they are written."""
        choices = self.facts.get(keys.INPUT_CHOICES.name)
        return tuple(choices) if isinstance(choices, list) else ()

    @property
    def kind(self) -> str:
        """Its type, ``""`` when nobody says."""
        if keys.INPUT_BOOLEAN.or_empty(self.facts):
            return "boolean"
        return keys.INPUT_TYPE.or_empty(self.facts)


@frozen
class Interface:
    """All of it.

    Attributes:
        groups: those with a name by name, then the one without.
        combinations: variations that belong together, ``a,b``.
    """

    groups: tuple[Group, ...]
    combinations: tuple[str, ...]
    inputs: tuple[Input, ...]
    versions: tuple[str, ...]
    default_version: str


def interface_of(raw: Mapping[str, Any]) -> Interface:
    """What a recipe with these metadata accepts."""
    blocks = keys.VARIATIONS.or_empty(raw)
    return Interface(
        groups=_groups(blocks, keys.DEFAULT_VARIATION.or_empty(raw)),
        combinations=tuple(name for name in blocks if "," in name),
        inputs=inputs_of(raw),
        versions=tuple(keys.VERSIONS.or_empty(raw)),
        default_version=keys.DEFAULT_VERSION.or_empty(raw),
    )


def inputs_of(raw: Mapping[str, Any]) -> tuple[Input, ...]:
    """The flags that a recipe describes, maps to keys or needs to find a program, in any of its blocks."""
    mapped: dict[str, dict[str, None]] = {}
    described: dict[str, Any] = {}
    found: Mapping[str, Any] = {}
    for block in _blocks(raw):
        for flag, key in keys.INPUT_MAPPING.or_empty(block).items():
            mapped.setdefault(flag, {})[key] = None
        for flag, facts in keys.INPUT_DESCRIPTION.or_empty(block).items():
            described.setdefault(str(flag), facts)
        if keys.FIND_TOOL.or_empty(block):
            found = _OF_DETECTORS
    described = {**found, **described}
    return tuple(
        _input(flag, described.get(flag), tuple(mapped.get(flag, ()))) for flag in {**described, **mapped}
    )


def declared_inputs(raw: Mapping[str, Any]) -> set[str]:
    """The names of all flags that a recipe declares, those that only containers read included."""
    mounted = keys.DOCKER.or_empty(raw).get("docker_input_mapping")
    names = mounted if isinstance(mounted, Mapping) else {}
    return {item.flag for item in inputs_of(raw)} | {str(name) for name in names}


def _input(flag: str, facts: object, env_keys: tuple[str, ...]) -> Input:
    if isinstance(facts, str):
        facts = {keys.INPUT_ABOUT.name: facts}
    known: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}
    return Input(flag=flag, about=keys.INPUT_ABOUT.or_empty(known), facts=known, keys=env_keys)


def _blocks(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield raw
    yield from keys.VARIATIONS.or_empty(raw).values()
    yield from keys.VERSIONS.or_empty(raw).values()


def _groups(blocks: Mapping[str, Mapping[str, Any]], default: str) -> tuple[Group, ...]:
    members: dict[str, list[Variation]] = {}
    for name, block in blocks.items():
        if "," not in name:
            is_on = name == default or keys.DEFAULT.or_empty(block)
            variation = Variation(name=name, default=is_on, block=block)
            members.setdefault(keys.GROUP.or_empty(block), []).append(variation)
    ordered = sorted(members, key=lambda name: (not name, name))
    return tuple(Group(name=name, variations=tuple(members[name])) for name in ordered)
