"""What a check finds, and the rules that findings are about."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cm_core import frozen


class Severity(StrEnum):
    """How bad it is; the order of definition is the order of reports."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@frozen
class Rule:
    """One kind of mistake.

    Attributes:
        severity: an error fails, or is written down and never takes effect; a warning works, but hardly as
            meant; an info is advice.
        text: what is wrong, as the documentation says it.
    """

    severity: Severity
    text: str


def _error(text: str) -> Rule:
    return Rule(severity=Severity.ERROR, text=text)


def _warning(text: str) -> Rule:
    return Rule(severity=Severity.WARNING, text=text)


def _info(text: str) -> Rule:
    return Rule(severity=Severity.INFO, text=text)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # files
        "unreadable-metadata": _error(
            "a metadata file is not YAML or JSON, or does not hold keys and values"
        ),
        "customize-syntax": _error("`customize.py` is not valid Python, so the script cannot run"),
        "missing-native-script": _error("`script_name` names a file that does not exist"),
        "windows-line-endings": _error(
            r"lines of a `.sh` file end with `\r\n`; bash takes the `\r` for part of a word"
        ),
        "no-windows-script": _info("there is a `run.sh` but no `run.bat`, so nothing runs on Windows"),
        # identity
        "bad-identity": _error(
            "`alias`, `uid`, `automation_alias` or `automation_uid` is missing or malformed"
        ),
        "wrong-automation": _error("`automation_uid` does not belong to the automation"),
        "duplicate-uid": _error(
            "two artifacts of one kind have the same UID; only one of them can be found by it"
        ),
        "duplicate-alias": _error("two artifacts of one kind have the same alias, which is ambiguous"),
        "folder-name": _info("the folder is not named after the artifact, which makes it hard to find"),
        "odd-tag": _warning("a tag cannot be requested: it has a comma, or starts with `_` or `-`"),
        "tag-not-text": _error("a tag is a number, a yes/no value or empty"),
        # keys and shapes
        "duplicate-key": _error("a key occurs twice in one block; the first value is lost"),
        "repeated-key": _info("a key occurs twice in one block, with the same value"),
        "misspelt-key": _error("an unknown key looks like a known one"),
        "key-without-effect": _warning("a key is in a place where it has no effect"),
        "unknown-key": _warning("nothing reads the key"),
        "unknown-input": _warning("a dependency is given an input that its script does not have"),
        "input-without-effect": _info("an input sets a key that no known script reads"),
        "default-not-a-choice": _warning("the default of an input is not one of its choices"),
        "wrong-shape": _error("a value has the wrong shape, for example text instead of a list"),
        "null-in-env": _warning("an environment key has no value; an unquoted `#` starts a comment"),
        "version-not-text": _error(
            "a version is a number, in whatever block or dependency: 3.10 is read as 3.1"
        ),
        "cache-as-text": _warning('`cache: "true"` is text, which does not always work like `cache: true`'),
        "unusable-find-tool": _error(
            "`find_tool` lacks `names` or `path_key`, or `version_pattern` does not have exactly one group"
        ),
        # variations
        "unknown-variation": _error("a variation is used that does not exist"),
        "unknown-group": _error("a variation group is used that does not exist"),
        "two-defaults": _error("a group has two defaults, so the script cannot run"),
        "default-without-group": _warning("`default` has no effect outside a group"),
        "alias-and-group": _error("a variation has both `alias` and `group` or `default`; it cannot be used"),
        "impossible-combination": _warning(
            "a combination names two members of one group, which are never active together"
        ),
        # dependencies
        "condition-not-a-list": _error("a condition is text instead of a list, so it never matches"),
        "unmatched-dependency": _error("no known script has the tags of a dependency"),
        "unknown-dependency": _error("`ad` names a dependency that the script does not have"),
        "dependency-of-variation": _warning("`ad` names a dependency that only another variation adds"),
        "unknown-dependency-anywhere": _warning("`adr` names a dependency that no known script has"),
        "dependency-without-tags": _warning("a dependency without tags never runs"),
        "dependency-cycle": _warning("scripts depend on each other in a cycle"),
    }
)


@frozen
class Finding:
    """One mistake.

    Attributes:
        path: the file.
        line: in it, from 1.
        rule: a key of :data:`RULES`.
        message: what is wrong, one sentence without a full stop.
        fix: what to do about it.
        artifact: the script or other artifact, ``alias`` or UID.
    """

    path: Path
    line: int
    rule: str
    message: str
    fix: str
    artifact: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RULES[self.rule].severity

    def text(self, root: Path) -> str:
        """One line for people and editors; the path is relative to ``root`` when it lies in it."""
        path = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return f"{path}:{self.line}: {self.severity} [{self.rule}] {self.message}; fix: {self.fix}"

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "line": self.line,
            "severity": str(self.severity),
            "rule": self.rule,
            "message": self.message,
            "fix": self.fix,
            "artifact": self.artifact,
        }
