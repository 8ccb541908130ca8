"""Names of things: aliases, UIDs and ``repo:alias,uid`` references."""

from __future__ import annotations

import fnmatch
import os
import re

from cm_core.base.frozen import frozen
from cm_core.errors import UsageError

# Of the automation whose artifacts are the automations.
AUTOMATION_UID = "bbeb15d8f0a944a4"
_UID = re.compile(r"[0-9a-fA-F]{16}\Z")
# Only names of new artifacts are checked, so these are compiled when that happens.
_FORBIDDEN_IN_ALIAS = r"[\x00-\x1f/\\:*?\"<>|,]"
_RESERVED_ON_WINDOWS = r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z"
_MAX_ALIAS_BYTES = 200


def is_uid(text: str) -> bool:
    """Whether the text has the form of a UID: 16 hexadecimal digits."""
    return bool(_UID.match(text))


def check_uid(uid: str) -> str:
    """Return the UID in lower case.

    Raises:
        UsageError: when it has not the form of one (it may become a folder name).
    """
    if not is_uid(uid):
        shown = uid if uid.isprintable() else ascii(uid)
        raise UsageError(
            f"'{shown}' is not a UID of 16 hexadecimal digits", hint="make one with: cm uid core"
        )
    return uid.lower()


def new_uid() -> str:
    """A fresh random UID."""
    return os.urandom(8).hex()


def check_alias(alias: str) -> str:
    """Return the alias if it may become a folder name.

    Raises:
        UsageError: when it is a path, would be hidden, looks like an option, or cannot be a file name.
    """
    problem = ""
    if not alias:
        problem = "is empty"
    elif re.search(_FORBIDDEN_IN_ALIAS, alias):
        problem = "contains a path separator or another character that file names cannot have"
    elif alias[0] in ".-" or alias.endswith((".", " ")):
        problem = "starts with a dot or dash, or ends with a dot or space"
    elif re.match(_RESERVED_ON_WINDOWS, alias):
        problem = "is a reserved name on Windows"
    elif len(alias.encode()) > _MAX_ALIAS_BYTES:
        problem = f"is longer than {_MAX_ALIAS_BYTES} bytes"
    if problem:
        shown = alias if alias.isprintable() else ascii(alias)
        raise UsageError(
            f"the name '{shown}' {problem}",
            hint="choose a name of letters, digits, '.', '_' and '-'; use repo:name to say where it goes",
        )
    return alias


@frozen
class ObjectRef:
    """How a user names an object: by alias (wildcards allowed), by UID, or by both.

    Empty alias and UID match everything.
    """

    alias: str = ""
    uid: str = ""

    @classmethod
    def parse(cls, text: str) -> ObjectRef:
        """Read ``alias``, ``UID``, ``alias,UID`` or ``UID,alias``.

        Raises:
            UsageError: when there is more than one comma.
        """
        parts = [part.strip() for part in text.strip().split(",")]
        if len(parts) > 2:
            raise UsageError(
                f"the name '{text}' has more than one comma", hint="write alias,UID or --tags=a,b"
            )
        if len(parts) == 1:
            return cls(uid=parts[0].lower()) if is_uid(parts[0]) else cls(alias=parts[0])
        first, second = parts
        if is_uid(first) and not is_uid(second):
            first, second = second, first
        return cls(alias=first, uid=second.lower())

    @property
    def is_empty(self) -> bool:
        return not self.alias and not self.uid

    @property
    def has_wildcard(self) -> bool:
        return "*" in self.alias or "?" in self.alias

    def matches(self, alias: str, uid: str) -> bool:
        """Whether an object of this alias and UID is meant: by UID when both have one, else by alias."""
        if self.uid and uid:
            return self.uid.lower() == uid.lower()
        if not self.alias:
            return not self.uid
        if self.has_wildcard:
            return fnmatch.fnmatchcase(alias.lower(), self.alias.lower())
        return self.alias.lower() == alias.lower()

    def __str__(self) -> str:
        return ",".join(part for part in (self.alias, self.uid) if part)


@frozen
class ArtifactRef:
    """An object and, when given, the repository in which to look for it."""

    object: ObjectRef
    repo: ObjectRef | None = None

    @classmethod
    def parse(cls, text: str) -> ArtifactRef:
        """Read ``[repo:]object``.

        Raises:
            UsageError: when there is more than one colon or a part cannot be read.
        """
        head, colon, tail = text.strip().rpartition(":")
        if ":" in head:
            raise UsageError(f"the name '{text}' has more than one colon", hint="write repo:name")
        return cls(object=ObjectRef.parse(tail), repo=ObjectRef.parse(head) if colon else None)

    def __str__(self) -> str:
        return f"{self.repo}:{self.object}" if self.repo is not None else str(self.object)
