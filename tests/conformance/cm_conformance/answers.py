"""One fake run of one script as a plain record, and the differences between two such records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# What the original's exceptions are recorded as, instead of a return code.
CRASH = "EXC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a run answered.

    Attributes:
        ret: the return code, :data:`CRASH` for an exception.
        deps: tags of the dependencies in the order in which they would run.
        new_state: keys only.
    """

    ret: int | str
    err: str = ""
    deps: tuple[str, ...] = ()
    new_env: Mapping[str, Any] = field(default_factory=dict)
    new_state: tuple[str, ...] = ()

    @classmethod
    def recorded(cls, row: Mapping[str, Any]) -> Answer:
        """Of one line of the recorded answers."""
        return cls(
            ret=row["ret"],
            err=row["err"],
            deps=tuple(row.get("deps") or ()),
            new_env=row.get("new_env") or {},
            new_state=tuple(sorted(row.get("new_state") or ())),
        )

    @classmethod
    def returned(cls, result: Mapping[str, Any], places: Mapping[str, str]) -> Answer:
        """Of the dictionary of a live run; paths become placeholders.

        Args:
            places: path -> placeholder.
        """
        return cls(
            ret=result["return"],
            err=str(result.get("error") or ""),
            deps=tuple(result.get("deps") or ()),
            new_env=with_placeholders(result.get("new_env") or {}, places),
            new_state=tuple(sorted(result.get("new_state") or ())),
        )


def fake_run(script: str, variations: str) -> dict[str, Any]:
    """The request of which all answers were recorded."""
    return {
        "action": "run",
        "automation": "script",
        "artifact": script,
        "tags": variations,
        "fake_run": True,
        "fake_deps": True,
        "quiet": True,
        "silent": True,
        "out": "",
    }


def with_placeholders(value: Any, places: Mapping[str, str]) -> Any:
    """Data with paths replaced, the longest first."""
    if isinstance(value, str):
        for path in sorted(places, key=len, reverse=True):
            value = value.replace(path, places[path])
        return value
    if isinstance(value, list):
        return [with_placeholders(item, places) for item in value]
    if isinstance(value, dict):
        return {
            with_placeholders(key, places): with_placeholders(item, places) for key, item in value.items()
        }
    return value


def differences(theirs: Answer, ours: Answer) -> list[str]:
    """What differs, one sentence each; the tags of a dependency count as a set."""
    if theirs.ret != ours.ret:
        return [f"return {theirs.ret} ({_short(theirs.err)}), ours {ours.ret} ({_short(ours.err)})"]
    if theirs.ret:
        return []
    return [*_deps(theirs, ours), *_env(theirs, ours), *_state(theirs, ours)]


def _deps(theirs: Answer, ours: Answer) -> Iterator[str]:
    expected, found = list(map(_tags, theirs.deps)), list(map(_tags, ours.deps))
    if expected == found:
        return
    missing = [",".join(sorted(tags)) for tags in expected if tags not in found]
    more = [",".join(sorted(tags)) for tags in found if tags not in expected]
    yield f"dependencies: missing {missing}, more {more}" if missing or more else "order of dependencies"


def _tags(text: str) -> frozenset[str]:
    return frozenset(tag for tag in text.split(",") if tag)


def _env(theirs: Answer, ours: Answer) -> Iterator[str]:
    for key in sorted({*theirs.new_env, *ours.new_env}):
        expected, found = (side.new_env.get(key, "(absent)") for side in (theirs, ours))
        if expected != found:
            yield f"new_env {key}: {expected!r}, ours {found!r}"


def _state(theirs: Answer, ours: Answer) -> Iterator[str]:
    if theirs.new_state != ours.new_state:
        yield f"new_state keys: {list(theirs.new_state)}, ours {list(ours.new_state)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:100]}…"
