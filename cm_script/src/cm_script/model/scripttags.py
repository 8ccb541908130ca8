"""Tags and variations, as people ask for scripts: ``get,python3,_venv,-old``."""

from __future__ import annotations

from cm_core import UsageError, frozen, split_tags


@frozen
class ScriptTags:
    """Tags of a request, split by meaning; each part in the given order without duplicates.

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
        return (
            *self.required,
            *(f"-{tag}" for tag in self.excluded),
            *(f"_{name}" for name in self.variations),
            *(f"-_{name}" for name in self.excluded_variations),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.required or self.excluded or self.variations or self.excluded_variations)


def parse_script_tags(value: object) -> ScriptTags:
    """Split ``a,b,_v,-x,-_w`` (text or list) by meaning; ``_-w`` is another spelling of ``-_w``.

    Raises:
        UsageError: for another type, or when something is both requested and excluded.
    """
    parts: dict[str, dict[str, None]] = {"": {}, "-": {}, "_": {}, "-_": {}}
    for word in split_tags(value):
        prefix = "-_" if word[:2] in ("-_", "_-") else word[:1] if word[:1] in ("-", "_") else ""
        if rest := word[len(prefix) :]:
            parts[prefix][rest] = None
    for wanted, unwanted, what in (("", "-", "tag"), ("_", "-_", "variation")):
        if both := parts[wanted].keys() & parts[unwanted].keys():
            raise UsageError(f"the {what} '{min(both)}' is both requested and excluded")
    return ScriptTags(
        required=tuple(parts[""]),
        excluded=tuple(parts["-"]),
        variations=tuple(parts["_"]),
        excluded_variations=tuple(parts["-_"]),
    )


def are_tags(word: str) -> bool:
    """Whether a word after the name of a script means tags: several, or a variation."""
    return " " in word or "," in word or word.startswith("_")
