"""``cm show script NAME``, and ``cm run script NAME --help``: what one script accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core import Result, meta_lines
from cm_core.flags import read_flags
from cm_script.flags import Show
from cm_script.schema.interface import Input, Interface, interface_of

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_script.pipeline.select import Selection


def show_script(request: Request, session: Session) -> Result:
    """The tags, variations, inputs and versions of a script; with ``--schema`` as a JSON Schema.

    ``--schema`` without a script is the schema of ``_cm.yaml`` itself, for editors.

    Raises:
        UsageError: when nothing says which script.
        NotFoundError: when there is no such script.
    """
    from cm_script.calling import script_call
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.select import Selector

    asked = read_flags(Show, request)
    if asked.schema and not (request.artifact or asked.tags):
        from cm_script.schema.editors import recipe_schema
        from cm_script.schema.table import KeyTable

        return _document(recipe_schema(KeyTable.of_plugins(session.hooks)))
    selection = Selector(RunContext(session)).select(script_call(request, request.options, session))
    if not asked.schema:
        return script_help(selection)
    from cm_script.schema.accepted import accepted

    return _document(accepted(selection.meta.raw))


def script_help(selection: Selection) -> Result:
    """Tags, variations by group, inputs and versions of a script."""
    artifact, interface = selection.artifact, interface_of(selection.meta.raw)
    inputs = {item.flag: item for item in sorted(interface.inputs, key=lambda item: item.flag)}
    groups = {
        group.name: {variation.name: variation.default for variation in group.variations}
        for group in interface.groups
    }
    data = {
        "alias": artifact.alias,
        "uid": artifact.uid,
        "path": artifact.path,
        "tags": list(artifact.tags),
        "variations": groups,
        "inputs": {flag: _facts(item) for flag, item in inputs.items()},
        "versions": list(interface.versions),
        "default_version": interface.default_version,
        "license": str(selection.meta.raw.get("license") or ""),
    }
    lines = [
        f"script {artifact.ref}",
        str(artifact.path),
        "",
        f'Usage: cm run script "{" ".join(artifact.tags)} [_variation ...]" [--flags]',
        *_group_lines(interface),
    ]
    if inputs:
        lines += ["", "Flags of this script:"]
        width = max(len(name) for name in inputs) + 4
        lines += [f"  --{name:<{width}}{_describe(item)}".rstrip() for name, item in inputs.items()]
    if interface.versions:
        default = interface.default_version or "none"
        lines += ["", f"Versions: {', '.join(interface.versions)} (default {default})"]
    if data["license"]:
        lines += ["", f"License: {data['license']}"]
    lines += ["", "Flags of all scripts: cm run script --help"]
    return Result(data=data, lines=tuple(lines))


def _document(schema: dict[str, Any]) -> Result:
    return Result(data=schema, lines=meta_lines(schema, as_yaml=False))


def _group_lines(interface: Interface) -> list[str]:
    lines: list[str] = []
    for group in interface.groups:
        lines += ["", f"Variations, one of group '{group.name}':" if group.name else "Variations:"]
        lines += [
            f"  _{variation.name}{'  (default)' if variation.default else ''}"
            for variation in group.variations
        ]
    return lines


def _facts(item: Input) -> dict[str, Any]:
    return {**item.facts, **({"env": ", ".join(item.keys)} if item.keys else {})}


def _describe(item: Input) -> str:
    parts = [item.about]
    if item.choices:
        parts.append(f"one of {', '.join(map(str, item.choices))}")
    if item.facts.get("default") not in (None, ""):
        parts.append(f"default {item.facts['default']}")
    if item.keys:
        parts.append(f"sets {', '.join(item.keys)}")
    return "; ".join(part for part in parts if part)
