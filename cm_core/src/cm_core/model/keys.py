"""Keys of metadata that people write by hand: each is declared once, with its shape and meaning.

From the declarations come the reading (the right shape, or an error that names file and key), the checks of
``cm lint``, the tables of the reference, and the JSON Schemas for editors. A key of which nothing stands in
a file, or no value, reads as empty. Classes are plain, since tables of keys are made at each start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from cm_core.errors import MetaError, kind_of
from cm_core.model.request import is_true

Value = TypeVar("Value")
_Container = TypeVar("_Container", dict[str, Any], list[Any])
Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


if TYPE_CHECKING:
    from typing import Protocol

    class Written(Protocol):
        """Something with metadata: what stands there, and what messages call it."""

        @property
        def raw(self) -> Mapping[str, Any]: ...

        @property
        def source(self) -> str: ...


class Key(Generic[Value]):
    """A key that may have any value; other classes are keys of a shape.

    As an attribute of a class with ``raw`` and ``source`` it reads from there.

    Args:
        levels: where it may stand, in the words of the kind of metadata.
        sentence: what it means, in Markdown.
        values: more about its values, as a part of a JSON Schema.
        owner: the plugin that reads it; empty for the one with the table.
        since: the first version that does.
    """

    __slots__ = ("levels", "name", "owner", "sentence", "since", "values")
    wanted: ClassVar[str] = "anything"
    types: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        name: str,
        levels: tuple[str, ...],
        sentence: str,
        values: Schema | None = None,
        *,
        owner: str = "",
        since: str = "0.1",
    ) -> None:
        self.name = name
        self.levels = levels
        self.sentence = sentence
        self.values = values
        self.owner = owner
        self.since = since

    def __repr__(self) -> str:
        return f"<key {self.name} of {', '.join(self.levels)}>"

    @overload
    def __get__(self, instance: None, owner: type) -> Key[Value]: ...

    @overload
    def __get__(self, instance: Written, owner: type) -> Value: ...

    def __get__(self, instance: Written | None, owner: type) -> Key[Value] | Value:
        return self if instance is None else self.of(instance.raw, instance.source)

    def of(self, raw: Mapping[str, Any], source: str) -> Value:
        """The value in some metadata.

        Raises:
            MetaError: when it has another shape.
        """
        del source
        value: Value = raw.get(self.name)  # type: ignore[assignment]
        return value

    def _typed(self, kind: type[_Container], raw: Mapping[str, Any], source: str) -> _Container:
        value = raw.get(self.name)
        if value is None:
            return kind()
        if not isinstance(value, kind):
            raise wrong_shape(source, self.name, self.wanted, value)
        return value

    def or_empty(self, raw: Mapping[str, Any]) -> Value:
        """The same, but a value of another shape counts as none: what is said about others' metadata."""
        try:
            return self.of(raw, "")
        except MetaError:
            return self.of({}, "")

    def has_shape(self, value: object) -> bool:
        """Whether a value can be read."""
        try:
            self.of({self.name: value}, "")
        except MetaError:
            return False
        return True

    def schema(self) -> Schema:
        """What may stand at the key, for editors."""
        written = {"type": [*self.types, "null"]} if self.types else {}
        return {"description": self.sentence.replace("`", ""), **written, **(self.values or {})}


class TextKey(Key[str]):
    """Text, stripped; numbers are taken as text."""

    __slots__ = ()
    wanted = "text"
    types = ("string", "number")

    def of(self, raw: Mapping[str, Any], source: str) -> str:
        value = raw.get(self.name)
        if value is None:
            return ""
        if isinstance(value, bool | list | dict):
            raise wrong_shape(source, self.name, self.wanted, value)
        return str(value).strip()


class FlagKey(Key[bool]):
    """Yes or no, also as a word."""

    __slots__ = ()
    wanted = "yes or no"
    types = ("boolean", "string", "number")

    def of(self, raw: Mapping[str, Any], source: str) -> bool:
        del source
        return is_true(raw.get(self.name))


class NumberKey(Key[float]):
    """A number; 0 when there is none."""

    __slots__ = ()
    wanted = "a number"
    types = ("number",)

    def of(self, raw: Mapping[str, Any], source: str) -> float:
        value = raw.get(self.name) or 0
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_shape(source, self.name, self.wanted, value)
        if not float("-inf") < value < float("inf"):
            raise MetaError(f"{source}: '{self.name}' must be a number, not {value}")
        return value


class _ListKey(Key[Value]):
    """What keys of several words have in common."""

    __slots__ = ()
    wanted = "a list of words"

    def _words(self, raw: Mapping[str, Any], source: str) -> list[str]:
        value = raw.get(self.name)
        if value is None:
            return []
        if not isinstance(value, list) or any(
            item is None or isinstance(item, list | dict) for item in value
        ):
            raise wrong_shape(source, self.name, self.wanted, value)
        return [str(item) for item in value]

    def schema(self) -> Schema:
        return {"items": {"type": ["string", "number", "boolean"]}, **super().schema()}


class WordsKey(_ListKey[list[str]]):
    """A list of words, numbers taken as text."""

    __slots__ = ()
    types = ("array",)

    def of(self, raw: Mapping[str, Any], source: str) -> list[str]:
        return self._words(raw, source)


class NamesKey(_ListKey[tuple[str, ...]]):
    """A list of words, or one text with commas between them."""

    __slots__ = ()
    types = ("array", "string")

    def of(self, raw: Mapping[str, Any], source: str) -> tuple[str, ...]:
        value = raw.get(self.name)
        if isinstance(value, str):
            return tuple(word for item in value.split(",") if (word := item.strip()))
        return tuple(self._words(raw, source))


class MappingKey(Key[dict[str, Any]]):
    """A dictionary."""

    __slots__ = ()
    wanted = "a dictionary"
    types = ("object",)

    def of(self, raw: Mapping[str, Any], source: str) -> dict[str, Any]:
        return self._typed(dict, raw, source)


class TextsKey(Key[dict[str, str]]):
    """A dictionary of texts."""

    __slots__ = ()
    wanted = "a dictionary"
    types = ("object",)

    def of(self, raw: Mapping[str, Any], source: str) -> dict[str, str]:
        return {str(name): str(item) for name, item in self._typed(dict, raw, source).items()}


class EntriesKey(Key[list[dict[str, Any]]]):
    """A list of dictionaries."""

    __slots__ = ()
    wanted = "a list"
    types = ("array",)

    def of(self, raw: Mapping[str, Any], source: str) -> list[dict[str, Any]]:
        value = self._typed(list, raw, source)
        for number, entry in enumerate(value):
            if not isinstance(entry, dict):
                raise wrong_shape(source, f"{self.name}[{number}]", "a dictionary", entry)
        return value


class BlocksKey(Key[dict[str, dict[str, Any]]]):
    """Names with a dictionary each; one without content is an empty one."""

    __slots__ = ()
    wanted = "a dictionary"
    types = ("object",)

    def of(self, raw: Mapping[str, Any], source: str) -> dict[str, dict[str, Any]]:
        value = self._typed(dict, raw, source)
        for name, block in value.items():
            if block is not None and not isinstance(block, dict):
                raise wrong_shape(source, f"{self.name}.{name}", "a dictionary", block)
        return {str(name): block or {} for name, block in value.items()}

    def or_empty(self, raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        value = raw.get(self.name)
        blocks = value if isinstance(value, dict) else {}
        return {str(name): block if isinstance(block, dict) else {} for name, block in blocks.items()}


class ListsKey(Key[list[list[str]]]):
    """A list of lists of words."""

    __slots__ = ()
    wanted = "a list of lists"
    types = ("array",)

    def of(self, raw: Mapping[str, Any], source: str) -> list[list[str]]:
        value = raw.get(self.name) or []
        if not isinstance(value, list) or any(not isinstance(words, list) for words in value):
            raise wrong_shape(source, self.name, self.wanted, value)
        return [[str(word) for word in words] for words in value]

    def schema(self) -> Schema:
        words = {"type": "array", "items": {"type": ["string", "number"]}}
        return {"items": words, **super().schema()}


def wrong_shape(source: str, key: str, wanted: str, value: object) -> MetaError:
    """The error for a value of another kind than wanted."""
    return MetaError(f"{source}: '{key}' must be {wanted}, not {kind_of(value)}")


def object_schema(keys: Mapping[str, Key[Any]], *, closed: bool, empty: bool = False) -> Schema:
    """The JSON Schema of a dictionary with these keys.

    Args:
        closed: whether other keys are mistakes.
        empty: whether there may be nothing instead of a dictionary.
    """
    return {
        "type": ["object", "null"] if empty else "object",
        "properties": {name: keys[name].schema() for name in sorted(keys)},
        **({"additionalProperties": False} if closed else {}),
    }
