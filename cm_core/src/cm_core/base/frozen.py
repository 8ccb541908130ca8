"""``@frozen`` and ``@mutable``: the dataclasses of this code base, slotted and keyword-only, made quickly.

For each class the standard decorator looks at every field and compiles up to six methods. That takes half
a millisecond, and the sixty classes of a short run a fifth of its time. Here all classes share the methods;
what type checkers see is the standard's, and so is what ``dataclasses.replace``, ``fields`` and ``asdict``
work on, which the standard decorator makes when it is asked for. Every annotation is a field, and all are
arguments by name. ``field`` and ``replace`` are here as well: to import :mod:`dataclasses` takes a quarter
of the time of ``cm version``. Since Python 3.13 the standard is cheaper; once nothing older is supported,
measure whether this module can go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast, dataclass_transform

Made = TypeVar("Made")

MISSING: Any = object()
_FIELD_SETTINGS = ("default", "default_factory", "init", "repr", "hash", "compare", "metadata")
_set = object.__setattr__


class _Field:
    """What ``field(…)`` says of a field, with the attributes of :class:`dataclasses.Field`."""

    __slots__ = ("compare", "default", "default_factory", "hash", "init", "repr", "settings")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.default = settings.get("default", MISSING)
        self.default_factory = settings.get("default_factory", MISSING)
        self.init = settings.get("init", True)
        self.repr = settings.get("repr", True)
        self.compare = settings.get("compare", True)
        self.hash = settings.get("hash")


if TYPE_CHECKING:
    from dataclasses import field as field  # noqa: PLC0414 - for other modules
    from dataclasses import replace as replace  # noqa: PLC0414 - for other modules
else:

    def field(**settings: Any) -> _Field:
        """Say more of a field than its default; as :func:`dataclasses.field`."""
        return _Field(settings)

    def replace(made: Made, /, **changes: Any) -> Made:
        """A copy of an object with other values, as :func:`dataclasses.replace` makes it."""
        if not hasattr(made, "__shape__"):
            import dataclasses

            return dataclasses.replace(made, **changes)
        shape = made.__shape__
        for name in changes:
            if name in shape.given and name not in shape.names:
                raise ValueError(f"field {name} is declared with init=False, so it cannot be replaced")
        values = {name: getattr(made, name) for name in shape.names}
        return type(made)(**{**values, **changes})


class _Shape:
    """What the shared methods need to know of a class; plain, since each class makes one at start-up.

    Attributes:
        given: what the class says about each field: a default, a ``field(…)`` or ``MISSING``.
        names: of the fields that are arguments.
        prepare: ``__post_init__``, if there is one.
    """

    __slots__ = ("compared", "defaults", "factories", "given", "hashed", "names", "prepare", "shown")

    def __init__(self, given: dict[str, Any], prepare: Callable[[Any], None] | None) -> None:
        self.given = given
        self.prepare = prepare
        self.defaults: dict[str, Any] = {}
        self.factories: list[tuple[str, Callable[[], Any]]] = []
        self.shown, self.compared, self.hashed = list(given), list(given), list(given)
        names = dict.fromkeys(given)
        for name, value in given.items():
            if isinstance(value, _Field):
                self._note(name, value)
                if not value.init:
                    del names[name]
            elif value is not MISSING:
                self.defaults[name] = value
        self.names = names.keys()

    def _note(self, name: str, item: _Field) -> None:
        if item.default is not MISSING:
            self.defaults[name] = item.default
        elif item.default_factory is not MISSING:
            self.factories.append((name, item.default_factory))
        if not item.repr:
            self.shown.remove(name)
        if not item.compare:
            self.compared.remove(name)
        if not (item.compare if item.hash is None else item.hash):
            self.hashed.remove(name)


class _Standard:
    """An attribute that the standard decorator makes; both are made when the first of them is asked for."""

    __slots__ = ("_name",)
    names = ("__dataclass_fields__", "__dataclass_params__")

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: Any) -> Any:
        import dataclasses

        made = next(cls for cls in owner.__mro__ if vars(cls).get(self._name) is self)
        # A class without a text about it would get its signature as one, which costs more than all the rest.
        content = {name: getattr(made, name) for name in ("__annotations__", "__module__")}
        content["__doc__"] = made.__doc__ or made.__name__
        if "__orig_bases__" in vars(made):  # of a generic class
            content["__orig_bases__"] = made.__orig_bases__
        for name in made.__annotations__:
            given = made.__shape__.given[name]
            if given is not MISSING:
                content[name] = dataclasses.field(**given.settings) if isinstance(given, _Field) else given
        plain: Any = type(made.__name__, made.__bases__, content)
        standard: Any = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(plain)
        for name in self.names:
            setattr(made, name, getattr(standard, name))
        return getattr(made, self._name)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[Made]) -> type[Made]:
    """Make a class with annotated fields a frozen, slotted, keyword-only dataclass.

    ``__post_init__`` is called as usual, and a method that the class defines itself stays. A class with a
    ``cached_property`` has no slots, as that needs a place for its value.
    """
    return _make_dataclass(cls, _FROZEN)


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(field,))
def mutable(cls: type[Made]) -> type[Made]:
    """Make a class with annotated fields a slotted, keyword-only dataclass that can be changed.

    Objects of it are equal only to themselves.
    """
    return _make_dataclass(cls, _MUTABLE)


def from_values(cls: type[Made], values: Mapping[str, Any]) -> Made:
    """An object of a class of this module from a value for each field, in two thirds of the time.

    Args:
        values: the caller has seen to it that they are all, and no others.
    """
    made: Any = object.__new__(cls)
    for name, value in values.items():
        _set(made, name, value)
    if (prepare := made.__shape__.prepare) is not None:
        prepare(made)
    return cast("Made", made)


def _without_dataclasses(value: Any) -> Any:
    """A ``dataclasses.field(…)`` as one of this module; everything else as it is."""
    standard = sys.modules.get("dataclasses")
    if standard is None or not isinstance(value, standard.Field):
        return value
    settings = {name: getattr(value, name) for name in _FIELD_SETTINGS}
    return _Field({name: said for name, said in settings.items() if said is not standard.MISSING})


def _make_dataclass(cls: Any, methods: Mapping[str, Any]) -> type[Made]:
    content = dict(vars(cls))
    for name in ("__dict__", "__weakref__"):
        content.pop(name, None)
    own = {name: _without_dataclasses(content.pop(name, MISSING)) for name in cls.__annotations__}
    inherited = getattr(cls, "__shape__", None)
    given = {**inherited.given, **own} if inherited else own
    if not any(isinstance(value, cached_property) for value in content.values()):
        content["__slots__"] = tuple(name for name in own if not inherited or name not in inherited.given)
    made = type(cls)(
        cls.__name__,
        cls.__bases__,
        {
            **methods,
            **{name: _Standard(name) for name in _Standard.names},
            **content,
            "__qualname__": cls.__qualname__,
            "__shape__": _Shape(given, getattr(cls, "__post_init__", None)),
        },
    )
    return cast("type[Made]", made)


def _init(self: Any, /, **given: Any) -> None:
    shape = self.__shape__
    if given.keys() != shape.names:
        given = {**shape.defaults, **given}
        for name, make in shape.factories:
            if name not in given:
                given[name] = make()
        if given.keys() != shape.names:
            raise _wrong_arguments(self, shape.names, given)
    for name, value in given.items():
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
    from dataclasses import FrozenInstanceError

    del self, value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

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
