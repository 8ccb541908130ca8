"""Metadata of a script -> the facts of its page. Keys of the wrong shape are left out, not an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.model.keys import MappingKey
from cm_script.schema import interface, keys

if TYPE_CHECKING:
    from cm_core import Artifact

_HOOK = re.compile(r"^def (preprocess|postprocess|detect_version)\(", re.MULTILINE)
_NATIVE = ("*.sh", "*.bat")
# What a variation sets, later ones over earlier ones, and what it adds.
_SETTINGS = (keys.DEFAULT_ENV, keys.ENV, keys.CONST)
_DEPENDENCIES = (keys.DEPS, keys.PREHOOK_DEPS, keys.POSTHOOK_DEPS, keys.POST_DEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A variation.

    Attributes:
        default: whether it is on unless another one of its group is asked for.
        alias: another variation that it stands for.
        base: variations that it switches on.
        env: keys that it sets, with their values.
        dependencies: how many it adds.
    """

    name: str
    default: bool = False
    alias: str = ""
    base: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    dependencies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Variations of which one can be on; without a name, those that are in no group."""

    name: str
    variations: tuple[Variation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A flag of a script.

    Attributes:
        about: what its authors say about it.
        keys: env keys that it sets.
    """

    flag: str
    about: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is known about a script without running it.

    Attributes:
        title: its name for people, else its alias.
        about: what its authors say it does; mostly empty.
        folder: inside its repository.
        cached: whether its result is kept.
        defaults: env key -> value unless somebody sets it.
        settings: env key -> value, whatever was there.
        env, state: keys and patterns that it exports.
        labels: exported key -> what it is, shown after a run.
        combinations: variations that belong together, ``a,b``.
        hooks: functions of its ``customize.py``.
        native: its shell scripts.
        notes: files with texts by its authors.
    """

    alias: str
    uid: str
    title: str
    about: str
    category: str
    tags: tuple[str, ...]
    repository: str
    folder: str
    cached: bool
    groups: tuple[Group, ...]
    combinations: tuple[str, ...]
    inputs: tuple[Input, ...]
    defaults: Mapping[str, str]
    settings: Mapping[str, str]
    env: tuple[str, ...]
    state: tuple[str, ...]
    labels: Mapping[str, str]
    versions: tuple[str, ...]
    default_version: str
    hooks: tuple[str, ...]
    native: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The shortest name a person would type."""
        return self.alias or self.uid


def read_recipe(artifact: Artifact) -> Recipe:
    """The facts of a script."""
    meta = artifact.meta
    files = _files(artifact.path)
    found = interface.interface_of(meta)
    return Recipe(
        alias=artifact.alias,
        uid=artifact.uid,
        title=keys.TITLE.or_empty(meta) or artifact.name,
        about=keys.ABOUT.or_empty(meta) or keys.DESCRIPTION.or_empty(meta),
        category=keys.CATEGORY.or_empty(meta),
        tags=artifact.tags,
        repository=artifact.repo.alias,
        folder=artifact.path.relative_to(artifact.repo.path).as_posix(),
        cached=keys.CACHE.or_empty(meta),
        groups=tuple(
            Group(name=group.name, variations=tuple(map(_variation, group.variations)))
            for group in found.groups
        ),
        combinations=found.combinations,
        inputs=tuple(map(_input, found.inputs)),
        defaults=_texts(keys.DEFAULT_ENV, meta),
        settings=_texts(keys.ENV, meta),
        env=tuple(keys.NEW_ENV_KEYS.or_empty(meta)),
        state=tuple(keys.NEW_STATE_KEYS.or_empty(meta)),
        labels=keys.PRINT_ENV_AT_THE_END.or_empty(meta),
        versions=found.versions,
        default_version=found.default_version,
        hooks=_hooks(artifact.path) if "customize.py" in files else (),
        native=tuple(name for name in files if any(Path(name).match(pattern) for pattern in _NATIVE)),
        notes=tuple(name for name in files if name.startswith("README") and name != "README.md"),
    )


def _files(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(path.name for path in folder.iterdir()))
    except OSError:
        return ()


def _hooks(folder: Path) -> tuple[str, ...]:
    try:
        text = (folder / "customize.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(dict.fromkeys(_HOOK.findall(text)))


def _variation(found: interface.Variation) -> Variation:
    block = found.block
    return Variation(
        name=found.name,
        default=found.default,
        alias=keys.VARIATION_ALIAS.or_empty(block),
        base=tuple(keys.BASE.or_empty(block)),
        env={name: text for key in _SETTINGS for name, text in _texts(key, block).items()},
        dependencies=sum(len(key.or_empty(block)) for key in _DEPENDENCIES),
    )


def _input(found: interface.Input) -> Input:
    return Input(
        flag=found.flag,
        about=found.about,
        default=_plain(found.facts.get("default")),
        choices=tuple(map(_plain, found.choices)),
        keys=found.keys,
    )


def _texts(key: MappingKey, raw: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): _plain(value) for name, value in key.or_empty(raw).items()}


def _plain(value: object) -> str:
    """A value as a person would write it into YAML."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | list):
        import json

        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
