"""Nothing that a user can type, set or implement is missing from the reference."""

from __future__ import annotations

import json
import re
from pathlib import Path

import editor_schemas as schemas
import key_tables
import pytest
import reference_tables as tables
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
SOURCES = [
    path
    for pattern in ("cm_*/src", "plugins/*/src")
    for folder in sorted(ROOT.glob(pattern))
    for path in sorted(folder.rglob("*.py"))
    if "recipes" not in path.parts
]


ENGINE = ("model", "pipeline", "runtime")


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.name)
def test_generated_parts_are_up_to_date(page: Path):
    text = page.read_text(encoding="utf-8")
    assert tables.updated(text) == text, "run: python tests/docs/reference_tables.py"


@pytest.mark.parametrize("place", schemas.SCHEMAS)
def test_schemas_for_editors_are_up_to_date(place: str):
    text = (ROOT / place).read_text(encoding="utf-8")
    assert schemas.schema_text(place) == text, "run: python tests/docs/editor_schemas.py"
    Draft202012Validator.check_schema(json.loads(text))


def test_every_writer_has_a_place():
    pages = "".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    assert {name for name in tables.WRITERS if f"<!-- generated: {name} -->" not in pages} == set()


def test_every_metadata_key_of_scripts_is_in_the_table():
    """The keys that the engine reads: those that it has by name, and those that it reads by a literal."""
    from cm_core.model.keys import Key
    from cm_script.schema import keys
    from cm_script.schema.table import GROUPS

    listed = [key for group in GROUPS.values() for key in group]
    declared = {name: key for name, key in vars(keys).items() if isinstance(key, Key)}
    assert [name for name, key in declared.items() if key not in listed] == []
    assert set(GROUPS) == set(key_tables.RECIPE_KEY_GROUPS)
    engine = [path for path in SOURCES if path.parts[-3] == "cm_script" and path.parts[-2] in ENGINE]
    assert len(engine) > 20
    source = "\n".join(path.read_text(encoding="utf-8") for path in engine)
    literal = set(re.findall(r'\b(?:raw|entry|block|meta)\.get\("([a-z_]+)"', source))
    assert literal - {key.name for key in listed} == set()


def test_every_variable_of_the_environment_is_documented():
    page = (REFERENCE / "environment-variables.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    read = set(re.findall(r'\benv(?:iron)?\.get\("([A-Z_]+)"', source))
    read |= set(re.findall(r'"(_?CM_(?:COMPLETE|REPOS|CONFIG|DISABLE_PLUGINS|SCRIPT_EXTRA_CMD))"', source))
    assert {"CM_REPOS", "CM_CONFIG"} <= read
    assert sorted(name for name in read if f"`{name}`" not in page) == []


def test_every_helper_of_recipes_is_documented():
    from cm_script.runtime.toolbox import Toolbox

    page = (REFERENCE / "customize.md").read_text(encoding="utf-8")
    helpers = [name for name in vars(Toolbox) if not name.startswith("_")]
    assert sorted(name for name in helpers if f"`{name}" not in page) == []


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken += [f"{page.relative_to(ROOT)}: {target}"]
    assert broken == []
