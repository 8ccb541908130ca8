"""Answers one request of a Python that does not have the toolkit: ``python -m cm_cmind.remote IN OUT``.

Both are JSON files, so that standard input and output stay those of the program that asks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(words: list[str] | None = None) -> int:
    """Read the request from the first file and write the answer to the second."""
    question, answer = (Path(word) for word in (sys.argv[1:] if words is None else words))
    asked = json.loads(question.read_text(encoding="utf-8"))
    from cm_cmind.provide import engine_for_home

    engine = engine_for_home(asked["home"])
    method = engine.x if asked["method"] == "x" else engine.access
    said = method(asked["request"], asked["out"])
    engine.session.reporter.close()
    engine.session.close()

    from cm_core.cli import to_json_text

    answer.write_text(to_json_text(_facts(said)), encoding="utf-8")
    return 0


def _facts(value: Any) -> Any:
    """The value with artifacts and repositories as facts from which they can be made again."""
    if callable(describe := getattr(value, "to_facts", None)):
        return describe()
    if isinstance(value, dict):
        return {key: _facts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_facts(item) for item in value]
    return value


if __name__ == "__main__":
    sys.exit(main())
