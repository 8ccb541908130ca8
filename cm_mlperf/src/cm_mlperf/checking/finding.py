"""A problem that a check found, and the reports of checkers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cm_core.base import encode
from cm_mlperf.loadgen.rounds import Round

Severity = Literal["error", "warning"]
# Checks that the official checker does not have.
BEYOND = frozenset(
    (
        "complete",
        "duplicates",
        "duration-real",
        "estimate",
        "mode",
        "retraining",
        "summary",
        "unchecked",
        "upload",
        "user-conf",
        "validity",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem.

    Attributes:
        check: name of the check, as in the reference of checks.
        file: where it is, relative to what was checked.
        key: of the file, where it has keys.
        found: what is there.
        expected: what has to be there.
        fix: what to do.
        source: name of the checker.
        beyond: the official checker does not look at this here, though it has such a check.
    """

    check: str
    file: str
    key: str = ""
    found: str = ""
    expected: str = ""
    fix: str = ""
    severity: Severity = "error"
    source: str = "cm"
    beyond: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedResult:
    """A result of a submission as a checker sees it.

    Attributes:
        folder: of the scenario, relative to the tree.
        value: in the unit; ``None`` when the checker gives none.
        power: in ``power_unit``, ``W`` or ``mJ`` of a query; ``None`` when it was not measured.
        inferred: from another scenario.
    """

    folder: str
    value: float | None = None
    unit: str = ""
    power: float | None = None
    power_unit: str = ""
    accuracy: str = ""
    inferred: bool = False
    ok: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What one checker says.

    Attributes:
        checker: its name.
        ran: whether it could run; ``note`` says why not.
        last_lines: the end of what an external checker printed.
    """

    checker: str
    ran: bool = True
    note: str = ""
    findings: tuple[Finding, ...] = ()
    results: tuple[CheckedResult, ...] = ()
    last_lines: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {**encode(self), "errors": len(self.errors)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What checkers need besides the tree.

    Attributes:
        inference_src: a checkout of the official repository; ``None`` when nobody gave one.
        env: environment of the session, for child processes.
        submitter: check only this one; ``""`` for all.
        names: check only this division, submitter, system, benchmark and scenario, or the first of them.
        like_official: leave out what the official checker does not mind.
        progress: is told how far a checker is.
    """

    inference_src: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    submitter: str = ""
    names: tuple[str, ...] = ()
    like_official: bool = False
    progress: Callable[[str], None] = lambda _: None

    def is_about(self, *names: str) -> bool:
        """Whether something with these names, from the division on, is to be checked."""
        return is_asked(self.names, names) and (len(names) == 1 or self.submitter in ("", names[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """A checker of submission trees, for the hook ``cm_mlperf_checkers``.

    Attributes:
        check: ``package.module:function``, called with the folder of the tree, a
            :class:`~cm_mlperf.loadgen.rounds.Round` and :class:`CheckOptions`; returns a
            :class:`CheckReport`.
    """

    name: str
    help: str
    check: str

    def __call__(self, tree: Path, round_: Round, options: CheckOptions) -> CheckReport:
        """Run it."""
        import importlib

        module, _, function = self.check.partition(":")
        report: CheckReport = getattr(importlib.import_module(module), function)(tree, round_, options)
        return report


def is_official(finding: Finding) -> bool:
    """Whether the official checker minds it, too."""
    return not finding.beyond and finding.check not in BEYOND


def is_asked(asked: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether something with these names is asked for, or holds what is."""
    return all(one == other for one, other in zip(asked, names, strict=False))


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by file and key."""
    return tuple(sorted(findings, key=lambda one: (one.severity != "error", one.file, one.check, one.key)))
