"""``cm run script NAME --help``: what one script accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core.model.result import Result

if TYPE_CHECKING:
    from cm_script.model.meta import ScriptMeta
    from cm_script.pipeline.select import Selection


def script_help(selection: Selection) -> Result:
    """Tags, variations by group, inputs and versions of a script."""
    meta = selection.meta
    groups = _variations(meta)
    inputs = _inputs(meta)
    versions = [str(version) for version in meta.raw.get("versions") or {}]
    data = {
        "alias": selection.artifact.alias,
        "uid": selection.artifact.uid,
        "path": selection.artifact.path,
        "tags": list(selection.artifact.tags),
        "variations": groups,
        "inputs": inputs,
        "versions": versions,
        "default_version": meta.raw.get("default_version") or "",
    }
    lines = [
        f"script {selection.artifact.ref}",
        str(selection.artifact.path),
        "",
        f'Usage: cm run script "{" ".join(selection.artifact.tags)} [_variation ...]" [--flags]',
    ]
    for group, members in groups.items():
        lines += ["", f"Variations, one of group '{group}':" if group else "Variations:"]
        lines += [f"  _{name}{'  (default)' if default else ''}" for name, default in members.items()]
    if inputs:
        lines += ["", "Flags of this script:"]
        width = max(len(name) for name in inputs) + 4
        lines += [f"  --{name:<{width}}{_describe(facts)}".rstrip() for name, facts in inputs.items()]
    if versions:
        lines += ["", f"Versions: {', '.join(versions)} (default {data['default_version'] or 'none'})"]
    lines += ["", "Flags of all scripts: cm run script --help"]
    return Result(data=data, lines=tuple(lines))


def _variations(meta: ScriptMeta) -> dict[str, dict[str, bool]]:
    groups: dict[str, dict[str, bool]] = {}
    for name, block in (meta.raw.get("variations") or {}).items():
        facts = block if isinstance(block, Mapping) else {}
        if "," not in str(name):
            groups.setdefault(str(facts.get("group") or ""), {})[str(name)] = bool(facts.get("default"))
    return {group: groups[group] for group in sorted(groups, key=lambda group: (not group, group))}


def _inputs(meta: ScriptMeta) -> dict[str, dict[str, Any]]:
    described = meta.raw.get("input_description") or {}
    mapping = meta.raw.get("input_mapping") or {}
    inputs: dict[str, dict[str, Any]] = {}
    for name in sorted({*map(str, described), *map(str, mapping)}):
        facts = described.get(name)
        inputs[name] = dict(facts) if isinstance(facts, Mapping) else {}
        if name in mapping:
            inputs[name]["env"] = mapping[name]
    return inputs


def _describe(facts: Mapping[str, Any]) -> str:
    parts = [str(facts.get("desc") or "")]
    if facts.get("choices"):
        parts.append(f"one of {', '.join(map(str, facts['choices']))}")
    if facts.get("default") not in (None, ""):
        parts.append(f"default {facts['default']}")
    if facts.get("env"):
        parts.append(f"sets {facts['env']}")
    return "; ".join(part for part in parts if part)
