"""Which native script of a recipe runs on this host."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cm_script.profile import CM, Profile


def find_native(
    script_dir: Path, stem: str, env: Mapping[str, Any], *, platform: str, profile: Profile = CM
) -> Path | None:
    """The script of a recipe that fits this host best, or ``None`` when there is none.

    Args:
        stem: the name without suffix, ``run`` unless the recipe says otherwise.
        env: where ``detect,os`` left flavour, version and platform of the host.
        platform: ``windows`` looks for ``.bat`` files, which have no specific forms.
        profile: the prefix of these keys.
    """
    if platform == "windows":
        names = [f"{stem}.bat"]
    else:
        flavor, version, machine = (
            str(env.get(profile.env(f"HOST_{key}"), ""))
            for key in ("OS_FLAVOR", "OS_VERSION", "PLATFORM_FLAVOR")
        )
        specific = (
            (flavor, version, machine),
            (flavor, machine),
            (flavor, version),
            (flavor,),
            (machine,),
        )
        names = [f"{'-'.join((stem, *parts))}.sh" for parts in specific if all(parts)]
        names.append(f"{stem}.sh")
    folder = os.fspath(script_dir)
    for name in dict.fromkeys(names):
        path = os.path.join(folder, name)  # noqa: PTH118 - six candidates per script, before each run
        if os.path.isfile(path):  # noqa: PTH113
            return Path(path)
    return None


def runs_python(recipe: Path) -> bool:
    """Whether a native script of a recipe mentions Python or pip, or its ``customize.py`` pip."""
    return any(
        (path.suffix in (".sh", ".bat") and _mentions(path, b"python", b"pip"))
        or (path.name == "customize.py" and _mentions(path, b"pip"))
        for path in recipe.iterdir()
    )


def _mentions(path: Path, *words: bytes) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return any(word in content for word in words)


def windows_endings(script: Path) -> int:
    r"""The first line of a shell script that ends with ``\r\n``, from 1; 0 when there is none.

    Bash takes the ``\r`` for a part of the last word and complains about something else, or says nothing.
    """
    if script.suffix != ".sh":
        return 0
    try:
        before, found, _ = script.read_bytes().partition(b"\r\n")
    except OSError:
        return 0
    return before.count(b"\n") + 1 if found else 0


def with_unix_endings(script: Path) -> str:
    r"""What to type for a script without ``\r``."""
    import shlex

    return f"sed -i 's/\\r$//' {shlex.quote(str(script))}"
