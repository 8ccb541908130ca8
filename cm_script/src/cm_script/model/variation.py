"""Variations: ``_name`` in the tags of a script, and what else each of them switches on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, frozen, mutable
from cm_script.schema import keys

if TYPE_CHECKING:
    from cm_script.model.meta import ScriptMeta
    from cm_script.model.scripttags import ScriptTags

_DYNAMIC = ".#"
_SHOWN = 12


@frozen
class VariationMatch:
    """A variation of the metadata that a name stands for.

    Attributes:
        name: as requested, e.g. ``batch.8``.
        key: as declared, e.g. ``batch.#``.
        value: what ``#`` stands for, ``""`` when the name is declared literally.
    """

    name: str
    key: str
    value: str = ""


def match_variation(meta: ScriptMeta, name: str) -> VariationMatch | None:
    """The declared variation for a name: the exact one, else a ``prefix.#`` with a usable rest.

    The value starts after the first dot (``m.4.5`` gives ``4.5``) unless only a longer prefix is declared. A
    name that ends in a dot has no value and matches nothing.
    """
    return _match(meta.variations, name)


def _match(variations: Mapping[str, Any], name: str) -> VariationMatch | None:
    if name in variations:
        return VariationMatch(name=name, key=name)
    if name.endswith("."):
        return None
    dot = name.find(".")
    while dot >= 0:
        key = name[:dot] + _DYNAMIC
        if key in variations and dot + 1 < len(name):
            return VariationMatch(name=name, key=key, value=name[dot + 1 :])
        dot = name.find(".", dot + 1)
    return None


def missing_variations(meta: ScriptMeta, tags: ScriptTags) -> tuple[str, ...]:
    """Requested and excluded variations that the script does not have; used to filter candidates."""
    variations = meta.variations
    names = (*tags.variations, *tags.excluded_variations)
    return tuple(name for name in names if _match(variations, name) is None)


def unknown_variation(meta: ScriptMeta, name: str) -> NotFoundError:
    """The error for a variation that a script does not have, with the names that look alike."""
    from cm_core.base import nearest

    known = list(meta.variations)
    near = nearest(name, known, count=4, likeness=0.5)
    if near:
        hint = "did you mean " + " or ".join(f"_{word}" for word in near) + "?"
    elif known:
        shown = [f"_{word}" for word in known[:_SHOWN]]
        hint = f"it has {', '.join(shown)}" + (" …" if len(known) > _SHOWN else "")
    else:
        hint = "it has no variations; remove the word that starts with an underscore"
    error = NotFoundError(f"script '{meta.name}' has no variation '_{name}'", hint=hint)
    error.details.update(variation=name, variations=known)
    return error


def variation_groups(meta: ScriptMeta) -> Mapping[str, tuple[str, ...]]:
    """Group -> declared members.

    Raises:
        MetaError: when a group has two defaults.
    """
    return {name: tuple(group.members) for name, group in _groups(meta).items()}


@mutable
class _Group:
    members: list[str]
    default: str = ""


def _groups(meta: ScriptMeta) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for key, block in meta.variations.items():
        if not (name := keys.GROUP.of(block, meta.source)):
            continue
        group = groups.setdefault(name, _Group(members=[]))
        group.members.append(key)
        if "default" in block:
            if group.default:
                raise meta.problem(f"group '{name}' has two defaults, '{group.default}' and '{key}'")
            group.default = key
    return groups


def resolve_variations(
    meta: ScriptMeta, requested: tuple[str, ...], excluded: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """All variations that are on, in the order in which they are applied.

    Requested ones come first, then the targets of their aliases, then what ``base`` and
    ``default_variations`` of each add, then defaults of groups and what those add.

    Raises:
        NotFoundError: for an unknown variation, with near names.
        CMError: for two members of one group, an excluded base or alias, or an invalid combination.
        MetaError: when the metadata names variations or groups that do not exist.
    """
    closure = _Closure(meta, frozenset(excluded))
    for name in requested:
        closure.add(name)
    for name in requested:
        closure.add_alias(name)
    default = meta.default_variation
    if default and not closure.is_declared(default):
        raise meta.problem(f"'default_variation' names the variation '{default}', which does not exist")
    if not requested and default and default not in excluded:
        closure.add(default)
    closure.close()
    if closure.fill_groups():
        closure.close()
    _check_combinations(meta, closure.names)
    return tuple(closure.names)


class _Closure:
    """The growing list of variations that are on."""

    def __init__(self, meta: ScriptMeta, excluded: frozenset[str]) -> None:
        self.meta = meta
        self.variations = meta.variations
        self.groups = _groups(meta)
        self.excluded = excluded
        self.names: list[str] = []
        self.keys: dict[str, str] = {}
        self._combinations = sorted((key for key in self.variations if "," in key), key=_size)

    def is_declared(self, name: str) -> bool:
        return _match(self.variations, name) is not None

    def add(self, name: str) -> None:
        if name in self.keys:
            return
        match = _match(self.variations, name)
        if match is None:
            raise unknown_variation(self.meta, name)
        self.names.append(name)
        self.keys[name] = match.key

    def add_alias(self, name: str) -> None:
        block = self.variations[self.keys[name]]
        alias = keys.VARIATION_ALIAS.of(block, self.meta.source)
        if not alias:
            return
        if alias in self.excluded:
            raise CMError(f"variation '_{name}' stands for '_{alias}', which is excluded with '-_{alias}'")
        if not self.is_declared(alias):
            raise self.meta.problem(f"variation '{name}' is an alias of '{alias}', which does not exist")
        for key in ("group", "default"):
            if key in block:
                raise self.meta.problem(f"variation '{name}' has both 'alias' and '{key}'")
        self.add(alias)

    def close(self) -> None:
        """Add bases and defaults until nothing is missing; the list grows while it is walked."""
        pending = list(self._combinations)
        settled = frozenset(self.keys.values())
        position = 0
        while position < len(self.names):
            name = self.names[position]
            block = self.variations[self.keys[name]]
            self._add_bases(name, block)
            self._add_defaults(name, block, settled)
            for combination in list(pending):
                if self._is_active(combination):
                    pending.remove(combination)
                    self._add_defaults(combination, self.variations[combination], settled)
            position += 1

    def fill_groups(self) -> bool:
        """Check that each group has at most one member, add defaults of empty ones; tells whether any."""
        added = []
        for name, group in self.groups.items():
            active = [variation for variation, key in self.keys.items() if key in group.members]
            if len({self.keys[variation] for variation in active}) > 1:
                raise CMError(
                    f"script '{self.meta.name}' allows one variation of the group '{name}', "
                    f"but both '_{active[0]}' and '_{active[1]}' are active",
                    hint=f"keep one of {', '.join(f'_{variation}' for variation in active)}",
                )
            if not active and group.default and group.default not in self.excluded:
                added.append(group.default)
        for default in added:
            self.add(default)
        return bool(added)

    def _is_active(self, combination: str) -> bool:
        return all(part in self.keys for part in combination.split(","))

    def _add_bases(self, name: str, block: Mapping[str, Any]) -> None:
        for base in keys.BASE.of(block, self.meta.source):
            match = _match(self.variations, base)
            if match is None:
                raise self.meta.problem(f"variation '{name}' has the base '{base}', which does not exist")
            if base in self.keys or (match.value and match.key in self.keys.values()):
                continue
            if base in self.excluded:
                raise CMError(f"variation '_{name}' needs '_{base}', which is excluded with '-_{base}'")
            self.add(base)

    def _add_defaults(self, name: str, block: Mapping[str, Any], settled: frozenset[str]) -> None:
        """Add defaults for groups without a member.

        A value of a pattern (``n.8`` of ``n.#``) may join another value of it that was added since the list
        was ``settled``: this is how a larger combination refines the default of a smaller one, since the
        later value wins.
        """
        for group_name, default in keys.DEFAULT_VARIATIONS.of(block, self.meta.source).items():
            group = self.groups.get(group_name)
            if group is None:
                raise self.meta.problem(
                    f"variation '{name}' has a default for the group '{group_name}', which does not exist"
                )
            if default in self.excluded or not settled.isdisjoint(group.members):
                continue
            match = _match(self.variations, default)
            if match is None:
                raise self.meta.problem(
                    f"variation '{name}' has the default '{default}', which does not exist"
                )
            rivals = set(self.keys.values()) - ({match.key} if match.value else set())
            if rivals.isdisjoint(group.members):
                self.add(default)


def _size(combination: str) -> int:
    return combination.count(",")


def _check_combinations(meta: ScriptMeta, active: list[str]) -> None:
    valid = meta.valid_variation_combinations
    shown = ", ".join(f"_{name}" for name in active) or "no variation"
    if valid and not any(all(name in active for name in names) for names in valid):
        choices = "; ".join(" ".join(f"_{name}" for name in names) for names in valid)
        raise CMError(
            f"script '{meta.name}' does not support the combination {shown}", hint=f"choose from: {choices}"
        )
    for names in meta.invalid_variation_combinations:
        if all(name in active for name in names):
            together = " and ".join(f"'_{name}'" for name in names)
            raise CMError(
                f"script '{meta.name}' cannot run with {together} together", details={"variations": active}
            )


def active_combinations(meta: ScriptMeta, active: tuple[str, ...]) -> tuple[str, ...]:
    """Declared combinations (``a,b``) all of whose parts are on, smaller ones first."""
    names = set(active)
    found = [key for key in meta.variations if "," in key and names.issuperset(key.split(","))]
    return tuple(sorted(found, key=_size))


def variation_block(meta: ScriptMeta, match: VariationMatch) -> Mapping[str, Any]:
    """The block of a variation with ``#`` replaced by the value.

    Replaced in all text inside lists and dictionaries of the block; its own scalars (``group``, ``alias`` …)
    stay.
    """
    block = meta.variations[match.key]
    if not match.value:
        return block

    # Imported here since few runs name a value.
    from cm_core.base import map_texts

    def fill(text: str) -> str:
        return text.replace("#", match.value)

    return {
        key: map_texts(value, fill) if isinstance(value, list | dict) else value
        for key, value in block.items()
    }
