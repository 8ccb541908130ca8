"""What the user asks for: one frozen :class:`Request`, from argv, a dictionary or Python code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cm_core.base.frozen import field, frozen, replace
from cm_core.errors import UsageError, kind_of

# What means yes, in lower case.
TRUE_WORDS = frozenset({"yes", "on", "true", "1"})
# What means no, in lower case.
FALSE_WORDS = frozenset({"no", "off", "false", "0"})


@frozen
class Request:
    """One call: an action on an automation, with artifacts and options.

    Attributes:
        action: the verb as typed, e.g. ``run``; hyphens stay.
        automation: the kind of artifact as typed, ``alias``, ``UID``, ``alias,UID`` or ``repo:alias``.
        artifact: the first name, or words that the automation reads as tags; ``""`` when absent.
        artifacts: further artifact names.
        options: every flag of the command line or key of the dictionary, nested as given.
        unparsed: words after ``--``; ``None`` when there was no ``--``.
        command: the command line as typed, for records; without action and automation.
        strays: words of a command line that stand right after a flag that nobody declares, and that flag:
            whoever typed ``--flag V`` may have meant ``--flag=V``.
        lenient: whether it is written for the original, which reads of a dictionary what it knows: then only
            keys that look misspelt are an error.
    """

    action: str = ""
    automation: str = ""
    artifact: str = ""
    artifacts: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    unparsed: tuple[str, ...] | None = None
    command: tuple[str, ...] = ()
    strays: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    lenient: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Request:
        """Read the dictionary form of the original: ``{"action": …, "automation": …, "tags": …}``.

        Raises:
            UsageError: when one of the names is not a string, or words are neither one nor a list.
        """
        names: dict[str, Any] = {}
        for key in ("action", "automation", "artifact"):
            value = mapping.get(key) or ""
            if not isinstance(value, str):
                raise UsageError(f"'{key}' must be a string, not {type(value).__name__}")
            names[key] = value.strip()
        rest = {
            str(key): value
            for key, value in mapping.items()
            if key not in ("action", "automation", "artifact", "artifacts", "unparsed_cmd", "cmd")
        }
        unparsed = mapping.get("unparsed_cmd")
        return cls(
            **names,
            artifacts=_names(mapping.get("artifacts")),
            options=rest,
            unparsed=None if unparsed is None else _words("unparsed_cmd", unparsed),
            command=_words("cmd", mapping.get("cmd") or ()),
        )

    def to_mapping(self) -> dict[str, Any]:
        """The dictionary form that :meth:`from_mapping` reads."""
        mapping: dict[str, Any] = dict(self.options)
        for key in ("action", "automation", "artifact"):
            if value := getattr(self, key):
                mapping[key] = value
        if self.artifacts:
            mapping["artifacts"] = list(self.artifacts)
        if self.unparsed is not None:
            mapping["unparsed_cmd"] = list(self.unparsed)
        if self.command:
            mapping["cmd"] = list(self.command)
        return mapping

    def with_options(self, **changes: Any) -> Request:
        """A copy with some options added or replaced."""
        return replace(self, options={**self.options, **changes})


def _names(value: object) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise UsageError("'artifacts' must be a list of strings")
    return tuple(name.strip() for name in names)


def _words(key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise UsageError(f"'{key}' must be a list of words, not {kind_of(value)}")
    return tuple(value)


def is_true(value: object) -> bool:
    """Whether a flag, env value or metadata value means yes."""
    return _says(value, plain=True, words=TRUE_WORDS)


def is_no(value: object) -> bool:
    """Whether a flag, env value or metadata value explicitly means no; an absent value does not."""
    return _says(value, plain=False, words=FALSE_WORDS)


def _says(value: object, *, plain: bool, words: Collection[str]) -> bool:
    return value is plain or (value is not None and str(value).strip().lower() in words)
