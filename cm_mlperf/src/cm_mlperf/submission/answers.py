"""Completes the description of a system with what the user says; what nobody says is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cm_core import CMError, MetaError, UsageError, load_yaml
from cm_core.base import atomic_write_text, did_you_mean, read_text
from cm_mlperf.submission.descriptions import (
    ACCELERATOR_KEYS,
    MAY_BE_EMPTY,
    MEASUREMENT_KEYS,
    NETWORK_KEYS,
    SYSTEM_HELP,
    SYSTEM_KEYS,
)

NOT_APPLICABLE = "N/A"
ACCELERATORS = "accelerators"
# These name the tree itself and are given by flags of their own.
_GIVEN_ELSEWHERE = ("division", "submitter", "system_type")


class MissingFactsError(CMError):
    """Keys of a description that neither the machine nor the user told."""

    def __init__(self, what: str, missing: Mapping[str, str], *, hint: str) -> None:
        keys = list(missing)
        verb = "is" if len(keys) == 1 else "are"
        super().__init__(
            f"{len(keys)} key{'s' * (len(keys) != 1)} of the {what} description {verb} unknown: "
            + ", ".join(keys),
            hint=hint,
            details={"missing": dict(missing)},
        )
        self.missing = dict(missing)

    def explanation(self) -> list[str]:
        return [f"  {key}: {help_}" for key, help_ in self.missing.items()]


def read_answers(file: Path) -> dict[str, str]:
    """Keys of a description from a YAML or JSON file; keys without a value are left out.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it is no mapping of plain values.
        UsageError: when it has a key that nobody knows.
    """
    content = load_yaml(read_text(file), source=str(file))
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise MetaError(f"{file} must have keys and values", hint="write lines such as: cooling: air")
    return checked_answers(content, f" in {file}")


def checked_answers(content: Mapping[Any, Any], where: str = "") -> dict[str, str]:
    """Answers as text.

    Raises:
        UsageError: when a key is unknown or a value is no plain one.
    """
    known = (*SYSTEM_KEYS, *NETWORK_KEYS)
    answers = {}
    for key, value in content.items():
        if key not in known:
            hint = did_you_mean(str(key), known) or "the keys are in the reference of checks"
            raise UsageError(f"'{key}'{where} is not a key of the system description", hint=hint)
        if isinstance(value, dict | list):
            raise UsageError(f"'{key}'{where} must be one value", hint="write it as text")
        if value is not None:
            answers[str(key)] = str(value)
    return answers


def not_applicable(words: Iterable[str]) -> dict[str, str]:
    """``N/A`` for keys that the user says it of; the word ``accelerators`` means all about them.

    Raises:
        UsageError: when a word is no key.
    """
    answers: dict[str, str] = {}
    for word in words:
        if word == ACCELERATORS:
            answers |= dict.fromkeys(ACCELERATOR_KEYS, NOT_APPLICABLE)
            answers["accelerators_per_node"] = "0"
        else:
            answers |= checked_answers({word: NOT_APPLICABLE})
    return answers


def complete_system(*layers: Mapping[str, str]) -> dict[str, str]:
    """The description of a system from several layers, of which later ones win.

    Raises:
        MissingFactsError: when a key that must have a value has none.
    """
    merged: dict[str, str] = {}
    for layer in layers:
        merged |= {key: value for key, value in layer.items() if value}
    missing = {
        key: help_ for key, help_ in SYSTEM_HELP.items() if key not in MAY_BE_EMPTY and key not in merged
    }
    if missing:
        raise MissingFactsError(
            "system",
            missing,
            hint="make a form with: cm pack mlperf RUN --system_template=system.yaml, fill it in, and add"
            " --system=system.yaml; for keys that do not apply add --not_applicable=KEY,KEY"
            " (accelerators means all about them)",
        )
    return {key: merged.get(key, "") for key in SYSTEM_KEYS} | {
        key: merged[key] for key in NETWORK_KEYS if key in merged
    }


def complete_measurements(*layers: Mapping[str, str]) -> dict[str, str]:
    """The description of a result.

    Raises:
        MissingFactsError: when a key has no value.
        UsageError: when a key is unknown.
    """
    merged: dict[str, str] = {}
    for layer in layers:
        if unknown := [key for key in layer if key not in MEASUREMENT_KEYS]:
            raise UsageError(
                f"'{unknown[0]}' is not a key of the result description",
                hint=did_you_mean(unknown[0], MEASUREMENT_KEYS) or "keys are: " + ", ".join(MEASUREMENT_KEYS),
            )
        merged |= {key: str(value) for key, value in layer.items() if value}
    missing = {
        key: f"give it with --measurements.{key}=VALUE" for key in MEASUREMENT_KEYS if key not in merged
    }
    if missing:
        raise MissingFactsError(
            "result", missing, hint="add " + " ".join(f"--measurements.{key}=VALUE" for key in missing)
        )
    return {key: merged[key] for key in MEASUREMENT_KEYS}


def write_template(file: Path, known: Mapping[str, str]) -> None:
    """Write a YAML file with all keys: what is known, and empty places with an explanation for the rest.

    Raises:
        CMError: when it cannot be written.
    """
    import json

    lines = ["# Description of the system. Fill in what is empty; write N/A where a key does not apply."]
    for key, help_ in SYSTEM_HELP.items():
        if key in _GIVEN_ELSEWHERE:
            continue
        value = json.dumps(known[key], ensure_ascii=False) if known.get(key) else ""
        optional = "; optional" if key in MAY_BE_EMPTY and "may stay empty" not in help_ else ""
        lines.append(f"{key}: {value}".rstrip() + ("" if value else f"  # {help_}{optional}"))
    atomic_write_text(file, "\n".join(lines) + "\n")
