"""A flag, as it is declared and as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cm_core.base.frozen import field, frozen

Kind = Literal[
    "switch",
    "optional",
    "text",
    "path",
    "size",
    "choice",
    "whole",
    "number",
    "duration",
    "words",
    "texts",
    "mapping",
    "anything",
]
_METAVARS: Mapping[str, str] = {
    "switch": "",
    "optional": "VALUE",
    "text": "TEXT",
    "path": "PATH",
    "size": "SIZE",
    "choice": "WORD",
    "whole": "N",
    "number": "NUMBER",
    "duration": "TIME",
    "words": "WORD,WORD",
    "texts": "TEXT",
    "mapping": "KEY=VALUE",
    "anything": "VALUE",
}
_MOST_CHOICES_SHOWN = 48


@frozen
class Flag:
    """One flag.

    Attributes:
        name: as a key of the request, e.g. ``new_tags`` for ``--new_tags``.
        attribute: of the object that handlers get.
        help: what it does, without what follows from the other attributes.
        kind: what its value is; ``switch`` has none, ``optional`` may have one, ``mapping`` is written
            ``--name.key=value``, ``words`` are divided by commas, ``texts`` are not.
        default: what the handler gets if the flag is not given.
        choices: the words that are accepted.
        synonyms: further words, and which of the choices each of them means.
        also: other names of the same flag.
        repeat: whether it may be given several times; all values count.
        env: environment variable to read if the flag is not given.
        least: inclusive lower bound.
        most: inclusive upper bound.
        above: exclusive lower bound.
        unit: unit of the number, for display.
        metavar: placeholder for the value in help; a leading dot means that values have keys.
        bare: the value of an ``optional`` without one.
        values: where completion finds words: ``tags``, ``artifacts``, or ``package.module:function``, which
            is called with the session.
        nested: whether commas inside brackets and quotes do not divide words, as in ``a,max(b, c)``.
        valued_keys: whether the keys of a mapping always have values, so that ``--name.key V`` gives one.
        group: title in help.
    """

    name: str
    attribute: str
    help: str
    kind: Kind
    default: Any = None
    choices: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    repeat: bool = False
    env: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    unit: str = ""
    metavar: str = ""
    bare: str = ""
    values: str = ""
    nested: bool = False
    valued_keys: bool = False
    group: str = ""

    @property
    def takes_next_word(self) -> bool:
        """Whether ``--name V`` means ``--name=V``."""
        return self.kind not in ("switch", "optional") and not self.has_keys

    @property
    def has_keys(self) -> bool:
        """Whether it is typed with keys: ``--name.key=V``."""
        return self.kind == "mapping" or self.metavar.startswith(".")

    def takes(self, typed: str) -> bool:
        """Whether the word after this flag is its value.

        Args:
            typed: the flag as far as it was typed, perhaps with keys: ``name.key``.
        """
        return self.valued_keys if "." in typed else self.takes_next_word

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a request that mean this flag."""
        return (self.name, *self.also)

    @property
    def placeholder(self) -> str:
        """What stands for its value, e.g. ``WORD,WORD``; the choices if they are short."""
        if not self.metavar and self.choices and len("|".join(self.choices)) <= _MOST_CHOICES_SHOWN:
            return ("," if self.kind == "words" else "|").join(self.choices)
        return self.metavar or _METAVARS[self.kind]

    @property
    def form(self) -> str:
        """How it is typed, e.g. ``--tags=WORD,WORD``."""
        shown, typed = self.placeholder, dashed(self.name)
        if self.has_keys:
            return f"{typed}.{shown.removeprefix('.')}"
        if self.kind == "optional":
            return f"{typed}[={shown}]"
        return f"{typed}={shown}" if shown else typed


def dashed(name: str) -> str:
    """A flag as it is typed: ``-j``, ``--jobs``."""
    return f"-{name}" if len(name) == 1 else f"--{name}"
