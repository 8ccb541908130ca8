"""Run by the Python of a user, of whatever version: makes an environment that lies over it.

The environment sees every package of that Python, and what pip installs goes into the environment alone: a
recipe finds what it found before, and changes nothing that is not its own. pip is that Python's own, too,
where it has one; to install another takes longer than everything else here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import site
import subprocess
import sys
import venv
from pathlib import Path


def make_overlay(folder: Path) -> None:
    """Make the environment in this folder."""
    windows = os.name == "nt"
    seen = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    without_pip = importlib.util.find_spec("pip") is None
    # A Python without ensurepip has no pip here either.
    with contextlib.suppress(subprocess.CalledProcessError):
        venv.EnvBuilder(system_site_packages=True, symlinks=not windows, with_pip=without_pip).create(folder)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    library = folder / ("Lib" if windows else f"lib/python{version}") / "site-packages"
    # Of a virtual environment, only that below it would be seen. Lines of `.pth` files there count, too.
    line = f"import site; list(map(site.addsitedir, {seen!a}))\n"
    (library / "cm-overlay.pth").write_text(line, encoding="ascii")
    # Those of the user say where packages of their own Python go; an empty one is none, and this file wins.
    settings = "".join(f"[{part}]\ntarget =\nprefix =\nroot =\n" for part in ("global", "install"))
    (folder / ("pip.ini" if windows else "pip.conf")).write_text(settings, encoding="ascii")
    for name in () if without_pip else ("pip", "pip3", f"pip{version}"):
        _write_pip(folder / ("Scripts" if windows else "bin") / name, windows=windows)


def _write_pip(path: Path, *, windows: bool) -> None:
    """A command that runs pip with the Python beside it, also after the home has moved."""
    if windows:
        path.with_name(path.name + ".bat").write_text('@"%~dp0python.exe" -m pip %*\n', encoding="ascii")
        return
    path.write_text('#!/bin/sh\nexec "${0%/*}/python3" -m pip "$@"\n', encoding="ascii")
    path.chmod(0o755)


if __name__ == "__main__":
    make_overlay(Path(sys.argv[1]))
