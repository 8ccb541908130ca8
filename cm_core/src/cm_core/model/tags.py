"""Tags: the words by which people find artifacts."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cm_core.base.frozen import frozen
from cm_core.errors import UsageError


def split_tags(value: object) -> tuple[str, ...]:
    """The tags in ``"a,b"`` or ``["a", "b"]``, stripped, without empty ones, duplicates dropped.

    Raises:
        UsageError: for a bare ``--tags`` or any other type.
    """
    if value is None or value is False or value == "":
        return ()
    if isinstance(value, str):
        words: Iterable[object] = value.split(",")
    elif isinstance(value, list | tuple):
        words = value
    else:
        raise UsageError("--tags needs a value", hint="write --tags=one,two")
    return tuple(dict.fromkeys(word for item in words if (word := str(item).strip())))


@frozen
class TagQuery:
    """Which tags an artifact must have and must not have."""

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @classmethod
    def parse(cls, value: object) -> TagQuery:
        """Read ``a,b,-c``: all plain tags are required, those with a dash are excluded.

        Raises:
            UsageError: when the value is not text or a list, or asks for and excludes the same tag.
        """
        tags = split_tags(value)
        required = tuple(tag for tag in tags if not tag.startswith("-"))
        excluded = tuple(tag[1:] for tag in tags if tag.startswith("-") and len(tag) > 1)
        if both := set(required) & set(excluded):
            raise UsageError(f"the tag '{min(both)}' is both required and excluded")
        return cls(required=required, excluded=excluded)

    @property
    def is_empty(self) -> bool:
        return not self.required and not self.excluded

    def matches(self, tags: Collection[str]) -> bool:
        """Whether these tags have all required ones and none of the excluded ones."""
        return all(tag in tags for tag in self.required) and not any(tag in tags for tag in self.excluded)
