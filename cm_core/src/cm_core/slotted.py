"""``@frozen`` and ``@mutable``: the dataclasses of this code base, slotted and keyword-only, made quickly.

For each class the standard decorator compiles up to six methods. That takes half a millisecond, and the fifty
classes of a short run a fifth of its time. Here all classes share the methods; fields and defaults, what type
checkers see, and ``dataclasses.replace`` and ``fields`` are the standard's. Since Python 3.13 the standard is
nearly as cheap; once nothing older is supported, this module can go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from functools import cached_property
from reprlib import recursive_repr
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

Made = TypeVar("Made")

_set = object.__setattr__


class _Shape:
    """What the shared methods need to know of a class; plain, since each class makes one at start-up."""

    __slots__ = ("compared", "defaults", "factories", "hashed", "names", "prepare", "shown")

    def __init__(self, fields: Mapping[str, Field[Any]], prepare: Callable[[Any], None] | None) -> None:
        given = {name: item for name, item in fields.items() if item.init}
        self.names = given.keys()
        self.defaults = {name: item.default for name, item in given.items() if item.default is not MISSING}
        self.factories = [
            (name, item.default_factory)
            for name, item in given.items()
            if item.default_factory is not MISSING
        ]
        self.shown = [name for name, item in fields.items() if item.repr]
        self.compared = [name for name, item in fields.items() if item.compare]
        self.hashed = [
            name for name, item in fields.items() if (item.compare if item.hash is None else item.hash)
        ]
        self.prepare = prepare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[Made]) -> type[Made]:
    """Make a class with annotated fields a frozen, slotted, keyword-only dataclass.

    ``__post_init__`` is called as usual, and a method that the class defines itself stays. A class with a
    ``cached_property`` has no slots, as that needs a place for its value.
    """
    return _made(cls, _FROZEN)


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(field,))
def mutable(cls: type[Made]) -> type[Made]:
    """Make a class with annotated fields a slotted, keyword-only dataclass that can be changed.

    Objects of it are equal only to themselves.
    """
    return _made(cls, _MUTABLE)


def _made(cls: type[Made], methods: Mapping[str, Any]) -> type[Made]:
    content = cls.__dict__
    slots = not any(isinstance(value, cached_property) for value in content.values())
    for name, method in methods.items():
        if name not in content:
            setattr(cls, name, method)
    made: Any = dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=True)(cls)
    made.__shape__ = _Shape(made.__dataclass_fields__, getattr(made, "__post_init__", None))
    return cast("type[Made]", made)


def _init(self: Any, /, **given: Any) -> None:
    shape = self.__shape__
    values = {**shape.defaults, **given}
    for name, make in shape.factories:
        if name not in given:
            values[name] = make()
    if values.keys() != shape.names:
        raise _wrong_arguments(self, shape.names, values)
    for name, value in values.items():
        _set(self, name, value)
    if shape.prepare is not None:
        shape.prepare(self)


def _wrong_arguments(made: Any, names: Any, values: dict[str, Any]) -> TypeError:
    missing, unknown = (", ".join(sorted(words)) for words in (names - values.keys(), values.keys() - names))
    said = [f"{what} {words}" for what, words in (("missing", missing), ("unexpected", unknown)) if words]
    return TypeError(f"{type(made).__qualname__}() got wrong arguments: {'; '.join(said)}")


@recursive_repr()
def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__shape__.shown)
    return f"{type(self).__qualname__}({values})"


def _eq(self: Any, other: Any) -> bool:
    if type(other) is not type(self):
        return cast("bool", NotImplemented)
    return all(getattr(self, name) == getattr(other, name) for name in self.__shape__.compared)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in self.__shape__.hashed]))


def _setattr(self: Any, name: str, value: object) -> NoReturn:
    del self, value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> NoReturn:
    del self
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__shape__.names]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__shape__.names, state, strict=True):
        _set(self, name, value)


_MUTABLE = {"__init__": _init, "__repr__": _repr}
_FROZEN = {
    **_MUTABLE,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    # Copying and pickling set attributes unless they are told how.
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
