"""Build the source distributions, and each wheel from its source distribution, into one folder.

Usage: build_dists.py OUT FOLDER...
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def build(folder: Path, out: Path) -> Path:
    """Build one distribution; the wheel comes from the sdist, so a file missing there shows."""
    before = set(out.glob("*.tar.gz"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(out)]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    (source,) = set(out.glob("*.tar.gz")) - before
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(out), str(source)], check=True, stdin=subprocess.DEVNULL)
    return source


def main(arguments: list[str]) -> None:
    out, *folders = (Path(argument).resolve() for argument in arguments)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for folder in folders:
        build(folder, out)
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>9,} bytes  {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
