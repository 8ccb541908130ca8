"""Flags, declared once: how they are read, checked, explained and completed follows from the declaration.

The flags of a verb are a class, and an object of the class is what its handler works with::

    class Pull(Flags):
        branch = text("branch to switch to")
        depth = whole("number of commits to fetch", least=1)
        force = switch("do not ask", also=("f",))


    def pull(request, session):
        asked = read_flags(Pull, request, session.env)
        asked.depth  # int | None

Classes that several verbs share are bases of theirs, and ``group`` says under which title help shows them. A
plugin names its class as ``package.module:Pull``, so that it is imported for the verbs that have it only.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    NoReturn,
    TypeAlias,
    TypeVar,
    cast,
    overload,
)

from cm_core.model.flag import Flag, Kind, dashed

if TYPE_CHECKING:
    from typing import Unpack

    from cm_core.flagsettings import Bounds, More
    from cm_core.model.request import Request

__all__ = [
    "KNOWN_EVERYWHERE",
    "Answered",
    "Everywhere",
    "Flag",
    "Flags",
    "FlagsOfVerb",
    "Kind",
    "Manner",
    "Understood",
    "anything",
    "check_switches",
    "choice",
    "dashed",
    "duration",
    "mapping",
    "number",
    "optional",
    "path",
    "read_flags",
    "read_own_flags",
    "set_in",
    "size",
    "switch",
    "text",
    "texts",
    "whole",
    "words",
    "yes_or_no",
]
_EMPTY: Mapping[str, Any] = MappingProxyType({})


class _MadeOnDemand:
    """Stands in a class for its flags until they are wanted; then makes them, and the defaults of objects."""

    __slots__ = ("_declared", "_group", "_name", "_prefix")

    def __init__(self, name: str, group: str, prefix: str, declared: Mapping[str, _Declared]) -> None:
        self._name = name
        self._group = group
        self._prefix = prefix
        # Kept here, since the class has the defaults in their places once they are made: several threads may
        # want the flags at the same time, and each makes all of them.
        self._declared = declared

    def __get__(self, instance: object, cls: type[Flags]) -> Any:
        flags: dict[str, Flag] = {}
        for base in cls.__bases__:
            for flag in getattr(base, "__declared__", ()):
                if flags.setdefault(flag.attribute, flag).name != flag.name:
                    raise TypeError(f"{cls.__name__}.{flag.attribute} would be two flags of different names")
        for attribute, declared in self._declared.items():
            flags[attribute] = flag = declared.flag(attribute, self._group, self._prefix)
            setattr(cls, attribute, flag.default)
        cls.__declared__ = tuple(flags.values())
        cls.__by_key__ = {key: flag for flag in cls.__declared__ for key in flag.keys}
        return getattr(cls, self._name)


class Flags:
    """The flags of a verb: each attribute is one, and on an object its value in the request.

    Class arguments:
        group: title of the section that help gives these flags.
        prefix: what their names start with, before the name of the attribute.
    """

    # Of most classes that are imported nobody asks for the flags, so they are made when somebody does.
    __declared__: ClassVar[tuple[Flag, ...]] = ()
    __by_key__: ClassVar[Mapping[str, Flag]] = {}

    def __init_subclass__(cls, *, group: str = "", prefix: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        declared = {name: value for name, value in vars(cls).items() if isinstance(value, _Declared)}
        for name in ("__declared__", "__by_key__"):
            setattr(cls, name, _MadeOnDemand(name, group, prefix, declared))

    def __init__(self) -> None:
        # The defaults of an object that nobody has read are attributes of its class, too.
        _ = type(self).__declared__

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise _unchangeable(f"cannot assign to flag {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise _unchangeable(f"cannot delete flag {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # Values may be mappings.

    def __repr__(self) -> str:
        from cm_core.base.secrets import mask_secrets

        given = ", ".join(f"{name}={value!r}" for name, value in mask_secrets(vars(self)).items())
        return f"{type(self).__qualname__}({given})"


def _unchangeable(message: str) -> AttributeError:
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(message)


# The flags of a verb: classes, or where they are.
FlagsOfVerb: TypeAlias = "str | type[Flags] | tuple[str | type[Flags], ...]"
Read = TypeVar("Read", bound=Flags)


def read_flags(kind: type[Read], asked: Request | Mapping[str, Any], env: Mapping[str, str] = _EMPTY) -> Read:
    """What a request, or its options alone, say about these flags.

    An object has what was given; for the rest the defaults are attributes of its class. So reading takes the
    time that the given flags take, however many are declared.

    Args:
        env: the environment, for flags that may also be set there.

    Raises:
        UsageError: when a flag has no value or an impossible one, or two names of it contradict each other.
    """
    from cm_core.model.values import join, value_from_environment, value_of

    options = asked if isinstance(asked, Mapping) else asked.options
    by_key = kind.__by_key__  # and with them the defaults
    made = object.__new__(kind)
    given = vars(made)
    for key in options:
        if (flag := by_key.get(key)) is None or options[key] is None:
            continue
        value = value_of(flag, key, options[key])
        known = given.get(flag.attribute, flag.default)
        given[flag.attribute] = value if known in (value, flag.default) else join(flag, options, known, value)
    for key, text in set_in(env, kind).items() if env else ():
        flag = kind.__by_key__[key]
        if flag.attribute not in given:
            given[flag.attribute] = value_from_environment(flag, text)
    return made


def set_in(env: Mapping[str, str], kind: type[Flags]) -> dict[str, str]:
    """The flags that an environment sets, as options of a request."""
    return {flag.name: env[flag.env] for flag in kind.__declared__ if flag.env and env.get(flag.env)}


def read_own_flags(kind: type[Read], asked: Request | Mapping[str, Any]) -> Read:
    """The same of a request that is handed on to somebody who may have inputs of these names.

    A word that a switch does not know is then none of ours; :func:`check_switches` refuses it as soon as it
    is known whose it is.

    Raises:
        UsageError: as :func:`read_flags` for everything else.
    """
    from cm_core.model.values import without_foreign_words

    options = asked if isinstance(asked, Mapping) else asked.options
    return read_flags(kind, without_foreign_words(kind.__by_key__, options))


def check_switches(flags: Mapping[str, Flag], options: Mapping[str, Any]) -> None:
    """Refuse a word that a switch does not know.

    Args:
        flags: by each of their names.

    Raises:
        UsageError: when there is one.
    """
    from cm_core.model.values import value_of

    for key, given in options.items():
        if given is not None and key in flags and flags[key].kind == "switch":
            value_of(flags[key], key, given)


# -- declarations: what they return is what the attribute of an object will be ---------------------------


class _Declared:
    """What a class body says of a flag, before it is known how the flag is called."""

    __slots__ = ("settings",)

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def flag(self, attribute: str, group: str, prefix: str) -> Flag:
        """The flag; ``import_`` is the attribute of ``--import``."""
        settings = dict(self.settings)
        if prefix and "also" in settings:
            settings["also"] = tuple(prefix + name for name in settings["also"])
        return Flag(name=prefix + attribute.rstrip("_"), attribute=attribute, group=group, **settings)


def _declared(kind: Kind, about: str, default: Any, more: Mapping[str, Any]) -> Any:
    return _Declared({"kind": kind, "help": about, "default": default, **more})


def switch(about: str, **more: Unpack[More]) -> bool:
    """``--name``, or ``--name-`` for no."""
    return cast("bool", _declared("switch", about, False, more))


def yes_or_no(about: str, **more: Unpack[More]) -> bool | None:
    """The same, but ``None`` if the flag is not given."""
    return cast("bool | None", _declared("switch", about, None, more))


def optional(about: str, *, bare: str, **more: Unpack[More]) -> str:
    """``--name`` or ``--name=VALUE``; it never takes the next word."""
    return cast("str", _declared("optional", about, "", {"bare": bare, **more}))


def text(about: str, *, default: str = "", **more: Unpack[More]) -> str:
    """Any text."""
    return cast("str", _declared("text", about, default, more))


def path(about: str, *, default: str = "", **more: Unpack[More]) -> str:
    """A file or folder, as typed."""
    return cast("str", _declared("path", about, default, more))


def size(about: str, **more: Unpack[More]) -> str:
    """A size in bytes, such as ``8gb``, as typed."""
    return cast("str", _declared("size", about, "", more))


def choice(
    about: str,
    choices: tuple[str, ...],
    *,
    default: str = "",
    synonyms: Mapping[str, str] = _EMPTY,
    **more: Unpack[More],
) -> str:
    """One of these words; upper case, ``-`` and ``_`` make no difference."""
    settings = {"choices": choices, "synonyms": synonyms, **more}
    return cast("str", _declared("choice", about, default, settings))


@overload
def whole(about: str, *, default: int, **more: Unpack[Bounds]) -> int: ...
@overload
def whole(about: str, *, default: None = None, **more: Unpack[Bounds]) -> int | None: ...
def whole(about: str, *, default: int | None = None, **more: Unpack[Bounds]) -> int | None:
    """A whole number, at least 0 unless ``least`` says otherwise."""
    return cast("int | None", _declared("whole", about, default, {"least": 0, **more}))


@overload
def number(about: str, *, default: float, **more: Unpack[Bounds]) -> float: ...
@overload
def number(about: str, *, default: None = None, **more: Unpack[Bounds]) -> float | None: ...
def number(about: str, *, default: float | None = None, **more: Unpack[Bounds]) -> float | None:
    """Any number."""
    return cast("float | None", _declared("number", about, default, more))


@overload
def duration(about: str, *, default: float, **more: Unpack[Bounds]) -> float: ...
@overload
def duration(about: str, *, default: None = None, **more: Unpack[Bounds]) -> float | None: ...
def duration(about: str, *, default: float | None = None, **more: Unpack[Bounds]) -> float | None:
    """A time above 0 such as ``90``, ``90s``, ``10m`` or ``1.5h``, in seconds."""
    return cast("float | None", _declared("duration", about, default, {"above": 0, **more}))


def words(
    about: str,
    *,
    choices: tuple[str, ...] = (),
    synonyms: Mapping[str, str] = _EMPTY,
    nested: bool = False,
    **more: Unpack[More],
) -> tuple[str, ...]:
    """Words separated by commas, from ``choices`` if given; ``nested``: not by commas inside brackets."""
    settings = {"choices": choices, "synonyms": synonyms, "nested": nested, **more}
    return cast("tuple[str, ...]", _declared("words", about, (), settings))


def texts(about: str, **more: Unpack[More]) -> tuple[str, ...]:
    """Texts that may contain commas: one, a list, or one each time if the flag is repeated."""
    return cast("tuple[str, ...]", _declared("texts", about, (), more))


def mapping(about: str, *, valued_keys: bool = False, **more: Unpack[More]) -> Mapping[str, Any]:
    """Values by key: ``--name.key=value``; a key alone means yes, unless ``valued_keys`` is set."""
    settings = {"valued_keys": valued_keys, **more}
    return cast("Mapping[str, Any]", _declared("mapping", about, _EMPTY, settings))


def anything(about: str, *, valued_keys: bool = False, **more: Unpack[More]) -> Any:
    """A value that only the handler can read, as it is in the request; ``None`` if not given."""
    return _declared("anything", about, None, {"valued_keys": valued_keys, **more})


# -- the flags of every verb ------------------------------------------------------------------------------


class Manner(Flags, group="Flags of every action"):
    """How any request is answered."""

    yes = switch("answer yes to every question", also=("y",))
    quiet = switch("take the default answer to every question", also=("q",))
    strict = yes_or_no("also refuse flags that nothing declares; with no, not even misspelt ones")
    debug = switch("show where an error comes from")
    help = switch("show help", also=("h",))


class Answered(Flags, group="Flags of every action"):
    """Where the answer goes."""

    out = choice("output format (-j, --json: json)", ("con", "json", "yaml", "none"), default="con")
    save_to_json = path("also write the answer to this file")


class Everywhere(Manner, Answered, group="Flags of every action"):
    """What every verb understands on a command line."""


class Understood(Flags):
    """What is understood everywhere without being advertised everywhere."""

    json = switch("the same as --out=json", also=("j",))
    silent = switch("print results only", also=("s",))
    verbose = switch("print more", also=("v",))
    force = switch("do not ask", also=("f",))
    common = switch("use the common action even if a plugin owns the kind")
    ignore_inheritance = switch("load metadata as it is written")


# What need not be declared, by each of its names.
KNOWN_EVERYWHERE = {**Understood.__by_key__, **Everywhere.__by_key__}
