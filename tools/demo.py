"""The first pipeline on real input, three times: from nothing, from the cache, on one picture.

Usage: demo.py FOLDER [PNG]; FOLDER gets a fresh home, PNG is a picture of your own (any size, one digit).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

RECIPE = "app image-classification onnx python _digits"


def show(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run(title: str, env: dict[str, str], work: Path, *more: str) -> float:
    """Run the recipe in a folder and return its wall time in seconds; it talks to the terminal."""
    command = ["cm", "run", "script", RECIPE, "--quiet", *more]
    show(title)
    print("$ " + " ".join(f'"{part}"' if " " in part else part for part in command), flush=True)
    program = shutil.which("cm", path=env["PATH"])
    if program is None:
        sys.exit("cm is not installed in this environment")
    start = time.perf_counter()
    status = subprocess.run([program, *command[1:]], cwd=work, env=env, check=False).returncode
    if status:
        sys.exit(status)
    return time.perf_counter() - start


def held_out_picture(home: Path) -> Path:
    """One of the pictures that the first run wrote."""
    found = sorted(home.glob("repos/local/cache/*/**/digit-*.png"))
    if not found:
        sys.exit(f"the first run left no picture below {home}")
    return found[0]


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "home"
    work = folder / "work"
    work.mkdir(parents=True)
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    env = {key: value for key, value in os.environ.items() if not key.startswith("CM_")}
    env.update(CM_REPOS=str(home), PATH=path)
    print(f"home of this demo: {home}")

    first = run("from nothing: prepare Python, get the data, train, export, classify", env, work)
    second = run("again: everything but the classification comes from the cache", env, work)
    picture = Path(arguments[1]).resolve() if len(arguments) > 1 else held_out_picture(home)
    third = run("one picture", env, work, f"--input={picture}")

    show("done")
    print(f"from nothing {first:.1f} s, from the cache {second:.1f} s, one picture {third:.1f} s")
    print(f"look around: CM_REPOS={home} {Path(programs, 'cm')} show cache")


if __name__ == "__main__":
    main(sys.argv[1:])
