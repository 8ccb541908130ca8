"""The JSON Schemas for editors that the distributions ship, written from the tables of keys and flags.

``python tests/docs/editor_schemas.py`` brings them up to date; a test fails when they are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cm_core.model.keys import Schema

ROOT = Path(__file__).resolve().parents[2]


def recipe_schema() -> Schema:
    from cm_docker.recipekeys import KEYS
    from cm_script.schema.editors import recipe_schema as of_keys
    from cm_script.schema.table import KeyTable

    return of_keys(KeyTable(KEYS))


def repository_schema() -> Schema:
    from cm_repo.metakeys import repository_schema as schema

    return schema()


def experiment_schema() -> Schema:
    from cm_experiment.study.schema import study_schema

    return study_schema()


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "cm_script/src/cm_script/schema/cm-script.schema.json": recipe_schema,
    "plugins/repo/src/cm_repo/cm-repo.schema.json": repository_schema,
    "plugins/experiment/src/cm_experiment/cm-experiment.schema.json": experiment_schema,
}


def schema_text(place: str) -> str:
    return json.dumps(SCHEMAS[place](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for place in SCHEMAS:
        file = ROOT / place
        if not file.is_file() or file.read_text(encoding="utf-8") != schema_text(place):
            file.write_text(schema_text(place), encoding="utf-8")
            print(f"wrote {file}")
