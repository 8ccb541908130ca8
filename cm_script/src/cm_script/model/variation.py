"""Variations: ``_name`` in the tags of a script, and what else each of them switches on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cm_script.model.meta import ScriptMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTags:
    """Tags of a request, taken apart; each part in the given order without duplicates.

    Attributes:
        required: tags that the script must have.
        excluded: tags that it must not have (``-tag``).
        variations: requested variations, without the underscore.
        excluded_variations: forbidden ones (``-_name``).
    """

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    variations: tuple[str, ...] = ()
    excluded_variations: tuple[str, ...] = ()

    def to_words(self) -> tuple[str, ...]:
        """The tags as words that parse to the same."""
        raise NotImplementedError


def parse_script_tags(value: object) -> ScriptTags:
    """Take ``a,b,_v,-x,-_w`` (text or list) apart.

    Raises:
        UsageError: for another type, or when something is both asked for and excluded.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
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
    """The declared variation for a name: the exact one, else a ``prefix.#`` with a usable rest."""
    raise NotImplementedError


def missing_variations(meta: ScriptMeta, tags: ScriptTags) -> tuple[str, ...]:
    """Requested and excluded variations that the script does not have; used to filter candidates."""
    raise NotImplementedError


def variation_groups(meta: ScriptMeta) -> Mapping[str, tuple[str, ...]]:
    """Group -> declared members.

    Raises:
        MetaError: when a group has two defaults.
    """
    raise NotImplementedError


def resolve_variations(
    meta: ScriptMeta, requested: tuple[str, ...], excluded: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """All variations that are on, in the order in which they are applied.

    Raises:
        NotFoundError: for an unknown variation, with near names.
        CMError: for two members of one group, an excluded base or alias, or an invalid combination.
        MetaError: when the metadata names variations or groups that do not exist.
    """
    raise NotImplementedError


def active_combinations(meta: ScriptMeta, active: tuple[str, ...]) -> tuple[str, ...]:
    """Declared combinations (``a,b``) all of whose parts are on, smaller ones first."""
    raise NotImplementedError


def variation_block(meta: ScriptMeta, match: VariationMatch) -> dict[str, Any]:
    """A copy of the block of a variation with ``#`` replaced by the value."""
    raise NotImplementedError
