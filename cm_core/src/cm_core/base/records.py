"""Records on disk: classes with annotated fields, and the JSON that holds their objects.

A :class:`Format` says how the files of one kind of record look. What a field may hold is its annotation:
text, numbers, yes/no values, ``None``, ``Literal``, ``Path`` (text in JSON), ``tuple[X, ...]``, ``list[X]``,
``Mapping[str, X]``, other classes of fields, unions of these that JSON tells apart, and ``Any``.

Keys that a class does not know come from a newer version, or from somebody's editor: a class that derives
from :class:`Record` keeps them, so that they survive when the record is changed and written again.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from math import isfinite
from pathlib import Path, PurePath
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, cast

from cm_core.base.frozen import from_values, frozen
from cm_core.base.fsio import atomic_write_json
from cm_core.base.jsonfiles import DamagedError, read_json
from cm_core.base.text import alternatives
from cm_core.errors import CMError, MetaError, kind_of

R = TypeVar("R")

# A number of a record that need not be finite.
AnyFloat = Annotated[float, "also infinite, or not a number"]
"""What somebody else measured; a field that is a plain ``float`` takes numbers only."""

_UNKNOWN = "unknown"


@frozen
class Record:
    """A class of fields that keeps the keys that it does not know.

    Attributes:
        unknown: key -> what JSON has there; written again after the fields.
    """

    unknown: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class NewerRecordError(MetaError):
    """A record is in a format that only a newer version of the toolkit knows."""


@frozen
class Format(Generic[R]):
    """The format of the files of one kind of record.

    Attributes:
        record: the class.
        version: of the format; a file with a greater one is refused, one without any has the first.
        version_key: under which it stands in the file; without one there are no versions.
        sort_keys: ``False`` where the order of keys means something.
        unique: whether to refuse a key that occurs twice; ``False`` where files are read by thousands, as
            looking for it takes half as long as all the rest.
        hint: what to do about a damaged file.
        distribution: what to upgrade when a file is too new.
    """

    record: type[R]
    version: int = 1
    version_key: str = ""
    sort_keys: bool = True
    unique: bool = True
    hint: str = ""
    distribution: str = "cm-automation"

    def read(self, path: Path) -> R:
        """The record in a file.

        Raises:
            NotFoundError: when there is no such file.
            DamagedError: when it does not hold such a record, naming file and key.
            NewerRecordError: when its format is too new.
            MetaError: when it cannot be read.
        """
        try:
            data = read_json(path, unique=self.unique)
        except DamagedError as error:
            raise DamagedError(error.message, hint=self.hint) from error
        return self.decode(data, source=str(path))

    def write(self, path: Path, record: R) -> None:
        """Replace the file in one step.

        Raises:
            CMError: when it cannot be written, or could not be read again; the old file is untouched then.
        """
        values = encode(record)
        try:
            shape_of(cast("Any", self.record))(values)
        except _WrongError as error:
            problem = f"{_place_text(error.place)}: {error.problem}"
            raise CMError(f"{path} cannot be written{problem}") from error
        atomic_write_json(path, {**self._version_entry, **values}, sort_keys=self.sort_keys)

    def decode(self, data: object, *, source: str) -> R:
        """The record that JSON values hold.

        Args:
            source: what error messages call them, usually the path of their file.

        Raises:
            DamagedError, NewerRecordError: as :meth:`read`.
        """
        if self.version_key and isinstance(data, dict) and self.version_key in data:
            data = dict(data)
            self._check_version(data.pop(self.version_key), source)
        return decode(self.record, data, source=source, hint=self.hint)

    def encode(self, record: R) -> dict[str, Any]:
        """The record as JSON values, with the version of its format."""
        return {**self._version_entry, **encode(record)}

    @property
    def _version_entry(self) -> dict[str, int]:
        return {self.version_key: self.version} if self.version_key else {}

    def _check_version(self, found: object, source: str) -> None:
        version = decode(int, found, source=f"{source}: {self.version_key}", hint=self.hint)
        if version > self.version:
            raise NewerRecordError(
                f"{source} has format {version}, but this toolkit only knows formats up to {self.version}",
                hint=f"a newer toolkit wrote it: pip install --upgrade {self.distribution}",
            )


def decode(record: type[R], data: object, *, source: str, hint: str = "") -> R:
    """An object of a class from JSON values; each field is checked.

    Args:
        record: the class; an annotation such as ``tuple[str, ...]`` will do as well.
        source: what error messages call the values.

    Raises:
        DamagedError: naming the place, such as ``run.json: tests[2].duration: expected a number, got text``.
    """
    try:
        made: R = shape_of(cast("Any", record))(data)
    except _WrongError as error:
        raise DamagedError(f"{source}{_place_text(error.place)}: {error.problem}", hint=hint) from error
    return made


def encode(value: Any) -> Any:
    """A value as JSON values; an object with all its fields, the unknown ones last."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    names = field_names(cast("Any", type(value)))
    if names is None:
        return str(value) if isinstance(value, PurePath) else value
    known = {name: encode(getattr(value, name)) for name in names}
    if isinstance(value, Record):
        known.update({name: item for name, item in encode(value.unknown).items() if name not in known})
    return known


# -- shapes: what an annotation admits, found out once ------------------------------------------------


class _WrongError(Exception):
    """A value does not fit; ``place`` are the keys and indices to it, innermost first."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place: list[str | int] = []


class Shape:
    """What an annotation admits.

    Attributes:
        expected: in words.
        as_is: types whose values pass unchanged.
        kinds: type -> what turns its values into what the annotation says.
        are_right: whether several values are as they should be already, which nearly all are.
    """

    __slots__ = ("are_right", "as_is", "expected", "kinds")

    def __init__(
        self,
        expected: str,
        *,
        as_is: frozenset[type] = frozenset(),
        kinds: Mapping[type, Callable[[Any], Any]] | None = None,
        are_right: Callable[[Collection[Any]], bool] | None = None,
    ) -> None:
        self.expected = expected
        self.as_is = as_is
        self.kinds = kinds or {}
        self.are_right = are_right or self._have_types

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        if kind in self.as_is:
            return value
        if (turn := self.kinds.get(kind)) is None:
            raise _WrongError(f"expected {self.expected}, got {_found(value)}")
        return turn(value)

    def _have_types(self, values: Collection[Any]) -> bool:
        if self.as_is.issuperset(map(type, values)):
            return True
        return float in self.kinds and all(
            kind in self.as_is or (kind is float and isfinite(value))
            for value, kind in zip(values, map(type, values), strict=True)
        )


def _finite(value: float) -> float:
    if not isfinite(value):
        raise _WrongError(f"expected a number, got {value}")
    return value


_ANYTHING = Shape("anything", as_is=frozenset((str, bool, int, float, type(None), dict, list)))
_PLAIN: Mapping[Any, Shape] = {
    Any: _ANYTHING,
    str: Shape("text", as_is=frozenset((str,))),
    bool: Shape("a yes/no value", as_is=frozenset((bool,))),
    int: Shape("a whole number", as_is=frozenset((int,))),
    # A whole number stays one, so that it is written again as it was.
    float: Shape("a number", as_is=frozenset((int,)), kinds={float: _finite}),
    AnyFloat: Shape("a number", as_is=frozenset((int, float))),
    type(None): Shape("nothing", as_is=frozenset((type(None),))),
    Path: Shape("text", kinds={str: Path}),
}


@cache
def shape_of(annotation: Any) -> Shape:
    """What an annotation admits."""
    if (plain := _PLAIN.get(annotation)) is not None:
        return plain
    if field_names(annotation) is not None:
        return Shape("a dictionary", kinds={dict: _object(annotation)})
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, types.UnionType):
        return _union([shape_of(argument) for argument in arguments])
    of_fixed_length = origin is tuple and arguments[1:] != (Ellipsis,)
    if origin not in (list, tuple, Sequence, dict, Mapping) or of_fixed_length:
        raise TypeError(f"records cannot hold {annotation}")
    last = shape_of(arguments[1 if len(arguments) > 1 and arguments[1] is not Ellipsis else 0])
    if origin in (dict, Mapping):
        return _mapping(last)
    return _list(last, list if origin is list else tuple)


def _literal(values: tuple[Any, ...]) -> Shape:
    expected = alternatives([str(value) for value in values])
    types = set(map(type, values))

    def check(value: Any) -> Any:
        if value not in values:
            raise _WrongError(f"expected {expected}, got {str(value)[:40]!r}")
        return value

    def are_right(found: Collection[Any]) -> bool:
        return types.issuperset(map(type, found)) and set(values).issuperset(found)

    return Shape(expected, kinds={type(value): check for value in values}, are_right=are_right)


def _union(shapes: Sequence[Shape]) -> Shape:
    as_is = frozenset[type]().union(*(shape.as_is for shape in shapes))
    kinds: dict[type, Callable[[Any], Any]] = {}
    for shape in shapes:
        if clash := shape.kinds.keys() & (kinds.keys() | (as_is - shape.as_is)):
            raise TypeError(f"JSON cannot tell apart what is {shape.expected} and another {clash}")
        kinds |= shape.kinds
    any_number = float in as_is or float in kinds
    words = [shape.expected for shape in shapes if not any_number or shape is not _PLAIN[int]]
    return Shape(alternatives(words), as_is=as_is, kinds=kinds)


def _list(item: Shape, made: Callable[[Sequence[Any]], Any]) -> Shape:
    def read(values: Sequence[Any]) -> Any:
        if item.are_right(values):
            return made(values)
        return made([_at(index, item, value) for index, value in enumerate(values)])

    return Shape("a list", kinds={list: read, tuple: read})


def _mapping(item: Shape) -> Shape:
    if item is _ANYTHING:
        return Shape("a dictionary", as_is=frozenset((dict,)))

    def read(values: dict[str, Any]) -> dict[str, Any]:
        if item.are_right(values.values()):
            return values
        return {key: _at(key, item, value) for key, value in values.items()}

    def are_right(found: Collection[Any]) -> bool:
        if not {dict}.issuperset(map(type, found)):
            return False
        return item.are_right([value for mapping in found for value in mapping.values()])

    return Shape("a dictionary", kinds={dict: read}, are_right=are_right)


@cache
def field_shapes(record: Any) -> Mapping[str, Shape]:
    """What each field of a class admits."""
    annotations = typing.get_type_hints(record, include_extras=True)
    return {name: shape_of(annotations[name]) for name in field_names(record) or ()}


def _object(record: Any) -> Callable[[dict[str, Any]], Any]:
    """What makes objects of a class of fields from dictionaries."""
    shapes = field_shapes(record)
    needed = frozenset(_needed_of(record))
    keeps_unknown = issubclass(record, Record)
    own = getattr(record, "__shape__", None)
    every = -1 if own is None else len(own.names)

    def make(data: dict[str, Any]) -> Any:
        given, unknown = dict(data), {}
        name = ""
        try:
            for name, value in data.items():
                if (shape := shapes.get(name)) is None:
                    unknown[name] = given.pop(name)
                elif (kind := type(value)) not in shape.as_is:
                    turn = shape.kinds.get(kind)
                    given[name] = shape(value) if turn is None else turn(value)
        except _WrongError as error:
            error.place.append(name)
            raise
        if len(given) < len(shapes) and (missing := needed - given.keys()):
            wrong = _WrongError("is missing")
            wrong.place.append(min(missing))
            raise wrong
        if keeps_unknown:
            given[_UNKNOWN] = unknown
        return from_values(record, given) if len(given) == every else record(**given)

    return make


def _at(place: str | int, shape: Shape, value: Any) -> Any:
    try:
        return shape(value)
    except _WrongError as error:
        error.place.append(place)
        raise


@cache
def field_names(kind: Any) -> tuple[str, ...] | None:
    """The fields of a class, without ``unknown``; ``None`` for a class without fields."""
    # What @frozen notes itself: asking it for the attributes of the standard costs half a millisecond.
    if (shape := getattr(kind, "__shape__", None)) is not None:
        return tuple(name for name in shape.given if name != _UNKNOWN or not issubclass(kind, Record))
    if not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
        return None
    return tuple(item.name for item in dataclasses.fields(kind))


def _needed_of(record: Any) -> Iterator[str]:
    """The fields that have no default."""
    if (shape := getattr(record, "__shape__", None)) is not None:
        optional = {*shape.defaults, *(name for name, _ in shape.factories)}
        yield from shape.names - optional
        return
    for item in dataclasses.fields(record):
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            yield item.name


def _found(value: object) -> str:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else kind_of(value)


def _place_text(place: Sequence[str | int]) -> str:
    """Keys and indices as a person writes them: ``tests[2].duration``, ``metrics['a b']``."""
    text = ""
    for part in reversed(place):
        if isinstance(part, str) and part.isidentifier():
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return f": {text}" if text else ""
