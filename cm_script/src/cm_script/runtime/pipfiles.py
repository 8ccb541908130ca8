"""What the configuration files of a user tell pip.

To pip, the file of ``PIP_CONFIG_FILE`` wins over that of an environment, and an empty variable over nothing.
So where files say where packages go, another one takes their place, and variables tell all the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_VARIABLE = "PIP_CONFIG_FILE"
_NAME = "pip.ini" if os.name == "nt" else "pip.conf"


def instead_of_files(env: Mapping[str, str], places: Collection[str]) -> dict[str, str]:
    """Variables in the place of the files; none where no file has one of those that say where packages go.

    Options that are only for ``pip install`` then count for all its commands; those for another one do not.
    """
    told = _told(env)
    if not any(told.get(name) for name in places):
        return {}
    kept = {name: value for name, value in told.items() if name not in places and not env.get(name)}
    return {**kept, _VARIABLE: str(Path(__file__).with_name("pipwhereitruns.ini"))}


def _told(env: Mapping[str, str]) -> dict[str, str]:
    """What all files together say to ``pip install``, as variables."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for path in _files(env):
        if not path.is_file():  # as mostly
            continue
        from configparser import Error, RawConfigParser

        parser = RawConfigParser()
        try:
            parser.read_string(path.read_text(encoding="utf-8", errors="surrogateescape"))
        except (OSError, Error):
            continue  # pip says so
        for section, told in sections.items():
            if parser.has_section(section):
                told.update((_variable(key), value) for key, value in parser.items(section))
    return {name: value for told in sections.values() for name, value in told.items() if value}


def _variable(key: str) -> str:
    return "PIP_" + key.replace("_", "-").removeprefix("--").replace("-", "_").upper()


def _files(env: Mapping[str, str]) -> Iterator[Path]:
    """Where pip looks outside of environments; later ones win."""
    named = env.get(_VARIABLE, "")
    if named == os.devnull:  # pip reads none at all
        return
    everyone, user = _folders(env)
    yield from (Path(folder) / _NAME for folder in everyone)
    if named and Path(named).exists():
        yield Path(named)
    else:
        yield from (folder / _NAME for folder in user)


def _folders(env: Mapping[str, str]) -> tuple[list[str], list[Path]]:
    """Those of the machine, and those of the user."""
    home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - also where there is none
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip"
    if sys.platform == "win32":
        data = Path(env.get("APPDATA") or home / "AppData/Roaming")
        return [f"{env.get('PROGRAMDATA', 'C:/ProgramData')}/pip"], [home / "pip", data / "pip"]
    if sys.platform == "darwin":
        support = home / "Library/Application Support/pip"
        new = support if support.is_dir() else home / ".config/pip"
        return ["/Library/Application Support/pip"], [home / ".pip", new]
    shared = [f"{folder}/pip" for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)]
    return [*shared, "/etc"], [home / ".pip", config]
