"""Checks the two kinds of descriptions in a submission: of systems and of results, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_mlperf.checking.finding import Finding
from cm_mlperf.submission.descriptions import (
    MEASUREMENT_KEYS,
    MUST_BE_FILLED,
    NETWORK_KEYS,
    NUMBERS,
    SYSTEM_KEYS,
)
from cm_mlperf.submission.layout import CATEGORIES, STATUSES, Result


def read_json(file: Path, name: str) -> tuple[Mapping[str, Any] | None, list[Finding]]:
    """A JSON object, or ``None`` and the finding that says why there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError:
        found, fix = "missing", "pack the run again, or write the file"
    except ValueError as error:
        found, fix = str(error), "repair the JSON"
    else:
        if isinstance(content, dict):
            return content, []
        found, fix = type(content).__name__, "write an object with keys"
    return None, [Finding(check="files", file=name, found=found, expected="a JSON object", fix=fix)]


def check_system(system: Mapping[str, Any], name: str, result: Result) -> list[Finding]:
    """All problems of the description of a system."""
    keys = SYSTEM_KEYS + (NETWORK_KEYS if system.get("is_network") else ())
    findings = list(_keys(system, name, "system-keys", keys, MUST_BE_FILLED))
    findings += _choices(system, name)
    findings += _names(system, name, result)
    for key in NUMBERS:
        if key in system and not str(system[key]).strip().isdigit():
            found, fix = str(system[key]), 'write a whole number as text, such as "1"'
            findings.append(
                Finding(
                    check="system-numbers",
                    file=name,
                    key=key,
                    found=found,
                    expected="a whole number",
                    fix=fix,
                )
            )
    return findings


def check_measurements(measurements: Mapping[str, Any], name: str) -> list[Finding]:
    """All problems of the description of a result."""
    return list(_keys(measurements, name, "measurements-keys", MEASUREMENT_KEYS, MEASUREMENT_KEYS))


def _keys(
    content: Mapping[str, Any], name: str, check: str, keys: tuple[str, ...], filled: tuple[str, ...]
) -> Iterator[Finding]:
    for key in keys:
        if key not in content:
            found, expected = "missing", "the key"
        elif key in filled and (not content[key] or not str(content[key]).strip()):
            # The official checker takes a number 0 for empty.
            found, expected = repr(content[key]), "a value that is not empty, as text"
        else:
            continue
        fix = 'write the value, or "N/A" where the key does not apply'
        yield Finding(check=check, file=name, key=key, found=found, expected=expected, fix=fix)


def _choices(system: Mapping[str, Any], name: str) -> Iterator[Finding]:
    for key, choices in (("status", STATUSES), ("system_type", CATEGORIES)):
        value = str(system.get(key, ""))
        if key in system and (value.lower() if key == "status" else value) not in choices:
            expected = ", ".join(choices)
            yield Finding(
                check="system-values",
                file=name,
                key=key,
                found=value,
                expected=expected,
                fix="choose one of them",
            )


def _names(system: Mapping[str, Any], name: str, result: Result) -> Iterator[Finding]:
    for key, folder in (("submitter", result.submitter), ("division", result.division)):
        value = str(system.get(key, ""))
        if key in system and value.lower() != folder.lower():
            fix = "give the folder and the key the same name"
            yield Finding(check="system-values", file=name, key=key, found=value, expected=folder, fix=fix)
    network = str(system.get("is_network", "false")).lower() == "true"
    if result.division != "open" and network != (result.division == "network"):
        expected = "true" if result.division == "network" else "false, or no such key"
        fix = "submit network results to the division network, others to closed"
        yield Finding(
            check="system-values",
            file=name,
            key="is_network",
            found=str(system.get("is_network")),
            expected=expected,
            fix=fix,
        )
