"""``find_tool`` of a script: which program it finds, and what it says about it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from cm_core import MetaError, frozen
from cm_script.schema import keys

# The first number with a dot that the program prints.
VERSION_PATTERN = r"(\d+(?:\.\d+)+)"
_VERSION_ARGUMENTS = ("--version",)
_TIMEOUT_S = 60.0


@frozen
class ToolSpec:
    """A program that a script finds.

    Attributes:
        names: of the file, those liked best first.
        path_key: env key that gets its path; a path that is there already is kept if it has the wished
            version. If not, it is an error, or forgotten when other scripts have left it.
        version_key: env key that gets its version, ``""`` for none.
        version_arguments: with them the program prints its version.
        version_pattern: regular expression whose group is the version.
        timeout_s: seconds that it may take for that.
        search_path: variable that lists the usual folders.
        folders: more folders, perhaps with ``$VARIABLES`` and wildcards.
        extra_paths: folder beside that of the program -> list of the env.
        partner: part of the file's name -> what stands there in the name of the program that belongs to it.
        env: what else is exported.
        label: what messages call it.
        hint: what a person can do when it is missing.
        when_missing: env keys to set instead of failing when it is missing.
    """

    names: tuple[str, ...]
    path_key: str
    version_key: str
    version_arguments: tuple[str, ...]
    version_pattern: re.Pattern[str]
    timeout_s: float
    search_path: str
    folders: tuple[str, ...]
    extra_paths: Mapping[str, str]
    partner: Mapping[str, str]
    env: Mapping[str, Any]
    label: str
    hint: str
    when_missing: Mapping[str, Any]

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any], source: str, *, platform: str = "linux") -> ToolSpec:
        """Read the dictionary of the metadata.

        Args:
            source: what messages call the file.
            platform: on ``windows``, programs have a suffix and perhaps other names.

        Raises:
            MetaError: when a key is missing or has the wrong shape.
        """
        source = f"{source}: {keys.FIND_TOOL.name}"
        names = keys.TOOL_NAMES.of(raw, source)
        if platform == "windows":
            names = keys.TOOL_WINDOWS_NAMES.of(raw, source) or tuple(map(_with_suffix, names))
        path_key = keys.TOOL_PATH_KEY.of(raw, source)
        for key, value in ((keys.TOOL_NAMES, names), (keys.TOOL_PATH_KEY, path_key)):
            if not value:
                raise MetaError(f"{source} needs the key '{key.name}'")
        return cls(
            names=names,
            path_key=path_key,
            version_key=keys.TOOL_VERSION_KEY.of(raw, source),
            version_arguments=keys.TOOL_VERSION_ARGUMENTS.of(raw, source) or _VERSION_ARGUMENTS,
            version_pattern=_pattern(keys.TOOL_VERSION_PATTERN.of(raw, source) or VERSION_PATTERN, source),
            timeout_s=keys.TOOL_TIMEOUT.of(raw, source) or _TIMEOUT_S,
            search_path=keys.TOOL_SEARCH_PATH.of(raw, source) or "PATH",
            folders=keys.TOOL_FOLDERS.of(raw, source),
            extra_paths=keys.TOOL_EXTRA_PATHS.of(raw, source),
            partner=keys.TOOL_PARTNER.of(raw, source),
            env=keys.TOOL_ENV.of(raw, source),
            label=keys.TOOL_LABEL.of(raw, source),
            hint=keys.TOOL_HINT.of(raw, source),
            when_missing=keys.TOOL_WHEN_MISSING.of(raw, source),
        )

    def facts(self, path: str, version: str) -> dict[str, str]:
        """What placeholders of ``env`` stand for, once a program was found."""
        folder, name = os.path.split(path)
        facts = {"path": path, "folder": folder, "name": name, "version": version}
        if self.partner:
            partner = name
            for part, other in self.partner.items():
                partner = partner.replace(part, other)
            facts |= {"partner": partner, "partner_path": os.path.join(folder, partner)}  # noqa: PTH118
        return facts


def _pattern(text: str, source: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise MetaError(f"{source}: 'version_pattern' is not a valid regular expression: {error}") from error
    if pattern.groups != 1:
        raise MetaError(
            f"{source}: 'version_pattern' must have one group, the version, but has {pattern.groups}"
        )
    return pattern


def _with_suffix(name: str) -> str:
    """``.exe`` where the name has no suffix; the end of ``python3.11`` is none."""
    return name if os.path.splitext(name)[1][1:].isalpha() else f"{name}.exe"  # noqa: PTH122
