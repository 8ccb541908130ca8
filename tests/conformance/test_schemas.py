"""What public recipes accept as JSON Schemas, and the schema of their metadata beside ``cm lint``."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from cm_conformance.report import Report
from cm_conformance.repository import scripts
from jsonschema import Draft202012Validator

from cm_core import Request, Session, jsonable
from cm_script.schema.accepted import accepted
from cm_script.schema.editors import recipe_schema
from cm_script.schema.table import KeyTable

# Rules about keys and the shapes of values: what the schema can complain of.
RULES = {"misspelt-key", "key-without-effect", "unknown-key", "wrong-shape", "condition-not-a-list"}


def test_every_script_has_a_schema_of_what_it_accepts(repository: Path, report: Report):
    found = scripts(repository)
    start = time.process_time()
    schemas = [accepted(script.meta) for script in found]
    seconds = time.process_time() - start
    parts: Counter[str] = Counter()
    for schema in schemas:
        Draft202012Validator.check_schema(schema)
        parts.update({name: len(part.get("properties", ())) for name, part in schema["properties"].items()})
    assert seconds / len(found) < 0.005
    report.section(
        "schemas",
        "Schemas",
        f"Each of {len(found)} scripts gave a valid JSON Schema of what it accepts, all of them in "
        f"{seconds * 1000:.0f} ms: {parts['groups']} groups of variations, {parts['variations']} variations in no "
        f"group, {parts['inputs']} inputs.",
    )


def test_the_schema_of_metadata_complains_where_lint_does(session: Session, repository: Path):
    validator = Draft202012Validator(recipe_schema(KeyTable.of_plugins(session.hooks)))
    request = Request(action="lint", automation="repo", artifact=f"{repository}", options={"level": "info"})
    findings: list[dict[str, Any]] = session.call(request).data["findings"]
    linted = {Path(finding["path"]).parent for finding in findings if finding["rule"] in RULES}
    wrong = {script.path for script in scripts(repository) if not validator.is_valid(jsonable(script.meta))}
    assert wrong - linted == set()
