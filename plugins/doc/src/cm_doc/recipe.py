"""Metadata of a script -> the facts of its page. Keys of the wrong shape are left out, not an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.model.request import is_true

if TYPE_CHECKING:
    from cm_core.model.artifact import Artifact

_HOOK = re.compile(r"^def (preprocess|postprocess|detect_version)\(", re.MULTILINE)
_NATIVE = ("*.sh", "*.bat")


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
    blocks = _mapping(meta, "variations")
    return Recipe(
        alias=artifact.alias,
        uid=artifact.uid,
        title=_text(meta, "name") or artifact.name,
        about=_text(meta, "desc") or _text(meta, "description"),
        category=_text(meta, "category"),
        tags=artifact.tags,
        repository=artifact.repo.alias,
        folder=artifact.path.relative_to(artifact.repo.path).as_posix(),
        cached=is_true(meta.get("cache")),
        groups=_groups(blocks, _text(meta, "default_variation")),
        combinations=tuple(name for name in blocks if "," in name),
        inputs=_inputs(meta),
        defaults=_texts(meta, "default_env"),
        settings=_texts(meta, "env"),
        env=_words(meta, "new_env_keys"),
        state=_words(meta, "new_state_keys"),
        labels=_texts(meta, "print_env_at_the_end"),
        versions=tuple(_mapping(meta, "versions")),
        default_version=_text(meta, "default_version"),
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


def _groups(blocks: Mapping[str, Any], default: str) -> tuple[Group, ...]:
    members: dict[str, list[Variation]] = {}
    for name, block in blocks.items():
        if "," not in name:
            facts = block if isinstance(block, Mapping) else {}
            variation = _variation(name, facts, default=name == default)
            members.setdefault(_text(facts, "group"), []).append(variation)
    named = sorted(name for name in members if name)
    ordered = [*named, ""] if "" in members else named
    return tuple(Group(name=name, variations=tuple(members[name])) for name in ordered)


def _variation(name: str, block: Mapping[str, Any], *, default: bool) -> Variation:
    lists = ("deps", "prehook_deps", "posthook_deps", "post_deps")
    added = [block.get(key) for key in lists]
    return Variation(
        name=name,
        default=default or is_true(block.get("default")),
        alias=_text(block, "alias"),
        base=_words(block, "base"),
        env={**_texts(block, "default_env"), **_texts(block, "env"), **_texts(block, "const")},
        dependencies=sum(len(entries) for entries in added if isinstance(entries, list)),
    )


def _inputs(meta: Mapping[str, Any]) -> tuple[Input, ...]:
    blocks = [meta, *_blocks(meta, "variations"), *_blocks(meta, "versions")]
    keys: dict[str, dict[str, None]] = {}
    described: dict[str, Any] = {}
    for block in blocks:
        for flag, key in _mapping(block, "input_mapping").items():
            keys.setdefault(flag, {})[str(key)] = None
        for flag, facts in _mapping(block, "input_description").items():
            described.setdefault(flag, facts)
    return tuple(
        _input(flag, described.get(flag), tuple(keys.get(flag, ()))) for flag in {**described, **keys}
    )


def _input(flag: str, facts: object, keys: tuple[str, ...]) -> Input:
    known: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}
    return Input(
        flag=flag,
        about=_text(known, "desc"),
        default=_plain(known.get("default")),
        choices=_words(known, "choices"),
        keys=keys,
    )


def _blocks(meta: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    return (block for block in _mapping(meta, key).values() if isinstance(block, Mapping))


def _mapping(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return {str(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}


def _texts(raw: Mapping[str, Any], key: str) -> dict[str, str]:
    return {name: _plain(value) for name, value in _mapping(raw, key).items()}


def _words(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    return tuple(map(_plain, value)) if isinstance(value, list) else ()


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return "" if isinstance(value, Mapping | list) else _plain(value).strip()


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
