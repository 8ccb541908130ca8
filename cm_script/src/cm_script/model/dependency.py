"""Lists of dependency entries: how blocks add to them and how ``ad``/``adr`` updates change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cm_core import CMError, UsageError
from cm_script.env.expand import expand_value
from cm_script.env.merge import extended, merge
from cm_script.model.condition import is_enabled
from cm_script.schema import keys

Entry = dict[str, Any]
FixedEntry = Mapping[str, Any]
Updates = Mapping[str, Mapping[str, Any]]

_CONDITION_PREFIXES = ("enable_if_", "skip_if_")


def names_of(entry: Mapping[str, Any], source: str) -> tuple[str, ...]:
    """The ``names`` of an entry; a single word or ``a,b`` is accepted, as recipes have it.

    Raises:
        MetaError: for another shape.
    """
    return keys.ENTRY_NAMES.of(entry, source)


def tags_of(entry: Mapping[str, Any], source: str) -> tuple[str, ...]:
    """The ``tags`` of an entry or an update, without duplicates; ``()`` when there are none.

    Raises:
        MetaError: when they are not text.
    """
    words = keys.ENTRY_TAGS.of(entry, source).split(",")
    return tuple(dict.fromkeys(word for item in words if (word := item.strip())))


def append_entries(entries: list[Entry], new: Sequence[Entry], source: str = "metadata") -> None:
    """Append entries; one with the same names (or, nameless, the same tags) is replaced where it stands.

    The new entries themselves are put into the list: updates made to them last when a block is applied again.

    Raises:
        MetaError: when names or tags have the wrong shape.
    """
    for entry in new:
        position = _position(entries, entry, source)
        if position < 0:
            entries.append(entry)
        else:
            entries[position] = entry


def _position(entries: Sequence[Entry], entry: Entry, source: str) -> int:
    # With names, names decide; a nameless entry is compared with all entries, also those with names.
    key = names_of if entry.get("names") else tags_of
    wanted = frozenset(key(entry, source))
    if not wanted:
        return -1
    for number, old in enumerate(entries):
        if frozenset(key(old, source)) == wanted:
            return number
    return -1


def apply_updates(
    lists: Sequence[Sequence[Entry]],
    updates: Updates,
    env: Mapping[str, Any],
    *,
    strict: bool,
    fake_run: bool = False,
    source: str = "metadata",
) -> dict[str, dict[str, Any]]:
    """Change entries by name, in place; returns the updates as dependencies further down get them.

    An update whose conditions do not hold in ``env`` is left out. Where one was applied, its placeholders are
    resolved in the returned updates too, as far as possible. Lists and dictionaries inside of entries are
    replaced, not changed, since others may share them.

    Args:
        lists: all dependency lists of a script; a name is looked for in each of them.
        strict: whether a name that no entry has is an error (``ad``) or nothing (``adr``).

    Raises:
        CMError: for an unknown name when strict.
        UsageError: for an update that is not a dictionary.
    """
    passed_on: dict[str, dict[str, Any]] = {}
    for name, update in updates.items():
        if not isinstance(update, Mapping):
            raise UsageError(
                f"the update of dependency '{name}' needs keys", hint=f"write --ad.{name}.tags=_variation"
            )
        passed_on[name] = dict(update)
        if not is_enabled(update, env, fake_run=fake_run):
            continue
        targets = [entry for entries in lists for entry in entries if name in names_of(entry, source)]
        if not targets:
            if strict:
                raise _unknown_name(name, lists, source)
            continue
        resolved = expand_value(passed_on[name], env)
        passed_on[name] = resolved
        for entry in targets:
            update_entry(entry, resolved, source)
    return passed_on


def update_entry(entry: Entry, update: Mapping[str, Any], source: str = "metadata") -> None:
    """Change one entry in place.

    Tags are appended (those with an unresolved placeholder are dropped), dictionaries merge, lists are
    extended, other values are replaced; conditions of the update stay out, they are about the update itself.
    """
    for key, value in update.items():
        if key == "tags":
            added = [tag for tag in tags_of(update, source) if "<<<" not in tag]
            entry["tags"] = ",".join(dict.fromkeys((*tags_of(entry, source), *added)))
        elif key.startswith(_CONDITION_PREFIXES):
            continue
        else:
            _update_key(entry, key, value)


def _update_key(entry: Entry, key: str, value: Any) -> None:
    old = entry.get(key)
    if isinstance(value, dict) and isinstance(old, dict):
        entry[key] = merge(old, value)
    elif isinstance(value, list) and isinstance(old, list):
        entry[key] = extended(old, value)
    else:
        entry[key] = value


def merge_updates(base: Updates, new: Updates, source: str = "metadata") -> dict[str, dict[str, Any]]:
    """Both sets of updates as one: tags are appended, dictionaries and lists merge, scalars of ``new`` win.

    Raises:
        MetaError: when tags are not text.
    """
    merged = {name: dict(update) for name, update in base.items()}
    for name, update in new.items():
        old = merged.get(name, {})
        tags = dict.fromkeys((*tags_of(old, source), *tags_of(update, source)))
        merged[name] = merge(old, update)
        if tags:
            merged[name]["tags"] = ",".join(tags)
    return merged


def _unknown_name(name: str, lists: Sequence[Sequence[Entry]], source: str) -> CMError:
    known = sorted({word for entries in lists for entry in entries for word in names_of(entry, source)})
    hint = f"its dependencies are: {', '.join(known)}" if known else "none of its dependencies has a name"
    return CMError(f"{source}: no dependency is called '{name}'", hint=hint, details={"names": known})
