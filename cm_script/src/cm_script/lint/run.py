"""``cm lint script`` and ``cm lint repo``: what is wrong with recipes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from cm_core import Result, UsageError
from cm_core.flags import Manner, read_flags
from cm_script.flags import LintRules
from cm_script.lint.collect import Material, collect_repository, collect_scripts
from cm_script.lint.dependencies import Cycles, check_entries, check_updates
from cm_script.lint.finding import RULES, Finding, Severity
from cm_script.lint.identity import (
    check_customize,
    check_identity,
    check_native,
    check_overlap,
    check_readable,
    check_twins,
)
from cm_script.lint.inputs import MappedInputs
from cm_script.lint.keychecks import check_duplicates, check_entry_keys, check_keys
from cm_script.lint.shapes import check_conditions, check_defaults, check_shapes
from cm_script.lint.tools import check_find_tool
from cm_script.lint.variations import check_variations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cm_core import Request, Session
    from cm_script.lint.catalog import Catalog
    from cm_script.lint.recipe import Recipe
    from cm_script.schema.table import KeyTable


def lint_scripts(request: Request, session: Session) -> Result:
    """Examine scripts: by name, by tags, or all of them.

    Raises:
        NotFoundError: when nothing has the name or the tags.
        UsageError: for an unknown rule or level.
    """
    return report(request, session, collect_scripts(request, session))


def lint_repositories(request: Request, session: Session) -> Result:
    """Examine all artifacts of repositories, by name or by path.

    Raises:
        NotFoundError: when there is no such repository.
        UsageError: for an unknown rule or level.
    """
    return report(request, session, collect_repository(request, session))


def report(request: Request, session: Session, material: Material) -> Result:
    """The findings as lines and as data; the exit code is 1 when there are errors.

    Raises:
        UsageError: for an unknown rule or level.
    """
    asked = read_flags(LintRules, request)
    only, ignored, level = _known_rules(asked.rules), _known_rules(asked.ignore), Severity(asked.level)
    kind_uids = {name: automation.uid for name, automation in session.plugins.automations.items()}
    found = sorted(
        {
            finding
            for finding in examine(material, kind_uids)
            if finding.rule not in ignored and (not only or finding.rule in only)
        },
        key=lambda finding: (
            finding.path,
            finding.line,
            finding.severity.rank,
            finding.rule,
            finding.message,
        ),
    )
    counts = {str(severity): sum(finding.severity is severity for finding in found) for severity in Severity}
    shown = [finding for finding in found if finding.severity.rank <= level.rank]
    lines = [finding.text(session.cwd) for finding in shown]
    lines.append(_summary(counts, len(material.artifacts), len(found) - len(shown)))
    failing = counts["error"] or (read_flags(Manner, request).strict and counts["warning"])
    return Result(
        data={
            "findings": [finding.to_json() for finding in shown],
            "counts": counts,
            "checked": len(material.artifacts),
        },
        lines=tuple(lines),
        exit_code=1 if failing else 0,
    )


def examine(material: Material, kind_uids: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, in no particular order.

    Args:
        kind_uids: alias of a known automation -> its UID.
    """
    catalog = material.catalog
    for artifact in material.artifacts:
        yield from check_readable(artifact)
        if artifact.is_readable:
            yield from check_identity(artifact, kind_uids)
            yield from check_twins(artifact, catalog)
    yield from check_overlap(material.artifacts, catalog)
    cycles, inputs = Cycles(catalog), MappedInputs(catalog)
    for script in material.scripts:
        yield from _check_script(script, catalog, material.keys)
        yield from cycles.check(script)
        yield from inputs.check(script)


def _check_script(recipe: Recipe, catalog: Catalog, table: KeyTable) -> Iterator[Finding]:
    yield from check_duplicates(recipe)
    yield from check_keys(recipe, table)
    yield from check_entry_keys(recipe, catalog, table)
    yield from check_shapes(recipe, table)
    yield from check_conditions(recipe)
    yield from check_defaults(recipe)
    yield from check_variations(recipe)
    yield from check_entries(recipe, catalog)
    yield from check_updates(recipe, catalog)
    yield from check_customize(recipe)
    yield from check_native(recipe)
    yield from check_find_tool(recipe)


def rule_names(_: Session) -> Iterable[str]:
    """The names of all rules, for completion."""
    return RULES


def _known_rules(words: Sequence[str]) -> frozenset[str]:
    for word in words:
        if word not in RULES:
            from cm_core.base import did_you_mean

            hint = did_you_mean(word, list(RULES)) or f"rules are: {', '.join(RULES)}"
            raise UsageError(f"there is no rule '{word}'", hint=hint)
    return frozenset(words)


def _summary(counts: Mapping[str, int], checked: int, hidden: int) -> str:
    plural = {"error": "errors", "warning": "warnings", "info": "notes"}
    single = {"error": "error", "warning": "warning", "info": "note"}
    words: Iterable[str] = (
        f"{count} {single[name] if count == 1 else plural[name]}" for name, count in counts.items() if count
    )
    text = ", ".join(words) or "no problems found"
    more = " (see the rest with --level=info)" if hidden else ""
    return f"{checked} artifact{'' if checked == 1 else 's'} checked: {text}{more}"
