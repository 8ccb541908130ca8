"""Env and state as values: a run gets one and returns another, and none is ever changed."""

from __future__ import annotations

from collections.abc import Collection, ItemsView, Iterator, KeysView, Mapping
from typing import Any

from cm_core import MetaError
from cm_script.env.merge import clone, clone_mapping, merge


class Env(Mapping[str, Any]):
    """Keys with plain values, as an env, a state and constants have them. It never changes.

    Handing one on costs nothing. A change makes a new one that shares with the old one what is the same,
    nested lists and dictionaries, too; so what ``env[key]`` gives is for reading only. Code that changes what
    it gets (``customize.py``, callers of the toolkit) gets a copy from :meth:`thaw`, and ``Env(…)`` copies
    what comes back.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = self._own(values) if values else {}

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Env({self._values!r})"

    # What the base class has for the following is slow, as it goes through the methods above key by key.

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, Env) else other)

    __hash__ = None  # type: ignore[assignment]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return self._values.get(key, default)

    def keys(self) -> KeysView[str]:
        """All keys, in order."""
        return self._values.keys()

    def items(self) -> ItemsView[str, Any]:
        """All keys with their values, in order."""
        return self._values.items()

    # -- other values ----------------------------------------------------------------------------------------

    def with_(self, changes: Mapping[str, Any]) -> Env:
        """These keys set."""
        return self._around({**self._values, **self._own(changes)}) if changes else self

    def with_defaults(self, defaults: Mapping[str, Any]) -> Env:
        """Those of these keys set that it does not have."""
        return self.with_({key: value for key, value in defaults.items() if key not in self._values})

    def merged(self, changes: Mapping[str, Any]) -> Env:
        """These keys merged in, lists and dictionaries as :mod:`cm_script.env.merge` says."""
        return self._around(merge(self._values, self._own(changes))) if changes else self

    def only(self, keys: Collection[str]) -> Env:
        """Those of its keys that are among these, in the order of these."""
        return self._around({key: self._values[key] for key in keys if key in self._values})

    def without(self, keys: Collection[str]) -> Env:
        """All but these keys."""
        if not keys:
            return self
        return self._around({key: value for key, value in self._values.items() if key not in keys})

    def thaw(self) -> dict[str, Any]:
        """A deep copy for those who change what they get."""
        return clone_mapping(self._values)

    @staticmethod
    def _own(values: Mapping[str, Any]) -> dict[str, Any]:
        """Values that nobody else can change.

        Raises:
            MetaError: when one contains itself, as code of a recipe may leave it.
        """
        if isinstance(values, Env):
            return values._values  # noqa: SLF001 - same class
        try:
            # In YAML, a key such as 5 or yes is no text.
            return {str(key): clone(item) for key, item in values.items()}
        except RecursionError as error:
            raise MetaError(
                "a value of the environment or the state contains itself, or is nested too deeply",
                hint="store a copy of what is needed: state['x'] = dict(...)",
            ) from error

    @classmethod
    def _around(cls, values: dict[str, Any]) -> Env:
        env = cls()
        env._values = values
        return env
