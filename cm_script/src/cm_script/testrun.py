"""``cm test script``: run what a script's metadata declare under ``tests: run_inputs:``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Request, Result, UsageError, frozen, replace
from cm_core.actions import require
from cm_core.base import to_count
from cm_core.flags import read_flags
from cm_script.flags import WhichTests
from cm_script.search import names_and_tags

if TYPE_CHECKING:
    from cm_core import Artifact, Session

_OWN_KEYS = (
    "id",
    "docker",
    "variations_list",
    "test-all-variations",
    "test_input_index",
    "test_input_id",
    "tags",
)


@frozen
class ScriptTest:
    """One declared run.

    Attributes:
        label: what reports call it.
        variations: to add to the script's own tags.
        options: of the run.
        skip: why it is not run here; ``""`` when it is.
    """

    script: Artifact
    label: str
    variations: tuple[str, ...]
    options: Mapping[str, Any]
    skip: str = ""


def test_scripts(request: Request, session: Session) -> Result:
    """Run the declared tests of the matching scripts; the exit code is 1 when one failed.

    Raises:
        NotFoundError: when no script matches.
        UsageError: when ``--test_input_index`` is not ``N`` or ``N+``.
    """
    results: list[dict[str, Any]] = []
    lines: list[str] = []
    for script in require(_by_tags(request), session):
        for test in declared_tests(script, request):
            verdict = _verdict(test, request, session)
            results.append({"script": script.ref, "test": test.label, **verdict})
            lines.append(f"{verdict['verdict']:7} {script.name} {test.label}  {verdict['reason']}".rstrip())
    counts = {
        word: sum(result["verdict"] == word for result in results) for word in ("passed", "failed", "skipped")
    }
    lines.append(", ".join(f"{count} {word}" for word, count in counts.items()))
    return Result(
        data={"tests": results, **counts}, lines=tuple(lines), exit_code=1 if counts["failed"] else 0
    )


def declared_tests(script: Artifact, request: Request) -> Iterator[ScriptTest]:
    """The tests of a script that the request selects.

    Raises:
        UsageError: when ``--test_input_index`` is not ``N`` or ``N+``.
    """
    tests = script.meta.get("tests")
    inputs = tests.get("run_inputs") if isinstance(tests, Mapping) else None
    asked = read_flags(WhichTests, request)
    wanted = _positions(asked.test_input_index, len(inputs or ()))
    for position, declared in enumerate(inputs or ()):
        facts = dict(declared) if isinstance(declared, Mapping) else {}
        name = str(facts.get("id") or position)
        if position not in wanted or asked.test_input_id not in ("", name):
            continue
        options = {key: value for key, value in facts.items() if key not in _OWN_KEYS}
        skip = "it needs a container engine" if facts.get("docker") else ""
        own = tuple(str(facts["tags"]).split(",")) if facts.get("tags") else ()
        for variations in _variation_sets(script, facts):
            label = ",".join((name, *variations))
            yield ScriptTest(
                script=script, label=label, variations=(*own, *variations), options=options, skip=skip
            )


def _variation_sets(script: Artifact, facts: Mapping[str, Any]) -> list[tuple[str, ...]]:
    if facts.get("test-all-variations"):
        names = [str(name) for name in script.meta.get("variations") or {}]
        return [(f"_{name}",) for name in names if "," not in name and "#" not in name] or [()]
    listed = facts.get("variations_list")
    if not isinstance(listed, list) or not listed:
        return [()]
    return [tuple(f"_{word.strip().removeprefix('_')}" for word in str(item).split(",")) for item in listed]


def _positions(text: str, count: int) -> range:
    if not text:
        return range(count)
    number = to_count(text.removesuffix("+"))
    if number is None:
        raise UsageError(f"--test_input_index={text} is neither a number nor a number and '+'")
    return range(number, count if text.endswith("+") else number + 1)


def _verdict(test: ScriptTest, request: Request, session: Session) -> dict[str, str]:
    if test.skip:
        return {"verdict": "skipped", "reason": test.skip}
    passed_on = {key: value for key, value in request.options.items() if key not in _OWN_KEYS}
    options = {**passed_on, **test.options, "quiet": True}
    if test.variations:
        options["tags"] = ",".join(test.variations)
    try:
        session.call(Request(action="run", automation="script", artifact=test.script.ref, options=options))
    except CMError as error:
        return {"verdict": "failed", "reason": str(error)}
    return {"verdict": "passed", "reason": ""}


def _by_tags(request: Request) -> Request:
    names, tags = names_and_tags(request)
    options = {**request.options, "tags": tags}
    return replace(request, artifact=names[0], artifacts=tuple(names[1:]), options=options)
