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
        "customize-syntax": _error("`customize.py` is not Python, so that the script cannot run"),
        "missing-native-script": _error("`script_name` names a file that does not exist"),
        "no-windows-script": _info("there is a `run.sh`, but no `run.bat`: on Windows nothing runs"),
        # identity
        "bad-identity": _error(
            "`alias`, `uid`, `automation_alias` or `automation_uid` is missing or malformed"
        ),
        "wrong-automation": _error("`automation_uid` is not the one of the automation"),
        "duplicate-uid": _error("two artifacts of a kind have the same UID; only one of them is found by it"),
        "duplicate-alias": _error("two artifacts of a kind have the same alias, which is ambiguous"),
        "folder-name": _info("the folder is not called like the artifact, which makes it hard to find"),
        "odd-tag": _warning("a tag has a form that nobody can ask for: a comma, a leading `_` or `-`"),
        "tag-not-text": _error("a tag is a number, a yes/no value or nothing"),
        # keys and shapes
        "duplicate-key": _error("a key stands twice in one block; the first value is lost"),
        "repeated-key": _info("a key stands twice in one block, with the same value"),
        "misspelt-key": _error("a key that nobody reads looks like one that has a meaning"),
        "key-without-effect": _warning("a key stands where it has no effect"),
        "unknown-key": _warning("nobody reads the key"),
        "unknown-input": _warning("a dependency is given an input that its script does not have"),
        "input-without-effect": _info("an input sets a key that no known script looks at"),
        "default-not-a-choice": _warning("the default of an input is none of its choices"),
        "wrong-shape": _error("a value is text where a list is needed, and the like"),
        "null-in-env": _warning("a key of the environment has no value; an unquoted `#` starts a comment"),
        "version-not-text": _error("a version in `versions` is a number: 3.10 is read as 3.1"),
        "cache-as-text": _warning(
            '`cache: "true"` is text, which is not the same everywhere as `cache: true`'
        ),
        "unusable-find-tool": _error(
            "`find_tool` lacks `names` or `path_key`, or `version_pattern` has not one group"
        ),
        # variations
        "unknown-variation": _error("a variation is named that does not exist"),
        "unknown-group": _error("a variation group is named that does not exist"),
        "two-defaults": _error("a group has two defaults, so that the script cannot run"),
        "default-without-group": _warning("`default` has no effect outside a group"),
        "alias-and-group": _error("a variation has both `alias` and `group` or `default`; it cannot be used"),
        "impossible-combination": _warning("a combination names two members of one group: never both are on"),
        # dependencies
        "condition-not-a-list": _error("a condition is text where a list is needed: it never matches"),
        "unmatched-dependency": _error("no known script has the tags of a dependency"),
        "unknown-dependency": _error("`ad` names a dependency that the script does not have"),
        "dependency-of-variation": _warning("`ad` names a dependency that only another variation brings"),
        "unknown-dependency-anywhere": _warning("`adr` names a dependency that no known script has"),
        "dependency-without-tags": _warning("a dependency without tags never runs"),
        "dependency-cycle": _warning("scripts depend on one another in a circle"),
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
