"""The demo of the README, twice: from nothing, and again from what is finished.

Usage: demo.py FOLDER [FLAG...]; FOLDER gets a fresh home, the flags go to ``cm run mlperf``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

COMMAND = ("cm", "run", "mlperf")


def show(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run(title: str, env: dict[str, str], work: Path, flags: list[str]) -> float:
    """Run the command in a folder and return its wall time in seconds; it talks to the terminal."""
    command = [*COMMAND, *flags]
    show(title)
    print("$ " + " ".join(command), flush=True)
    program = shutil.which("cm", path=env["PATH"])
    if program is None:
        sys.exit("cm is not installed in this environment")
    start = time.perf_counter()
    status = subprocess.run([program, *command[1:]], cwd=work, env=env, check=False).returncode
    if status:
        sys.exit(status)
    return time.perf_counter() - start


def main(arguments: list[str]) -> None:
    folder, flags = Path(arguments[0]).resolve(), arguments[1:]
    shutil.rmtree(folder, ignore_errors=True)
    home, work = folder / "home", folder / "work"
    work.mkdir(parents=True)
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    env = {key: value for key, value in os.environ.items() if not key.startswith("CM_")}
    env.update(CM_REPOS=str(home), PATH=path)
    print(f"home of this demo: {home}")

    first = run("from nothing: prepare Python, get the data, train, measure four scenarios", env, work, flags)
    second = run("again: finished tests are not repeated", env, work, flags)

    show("done")
    print(f"from nothing {first:.1f} s, again {second:.1f} s")
    for report in sorted(home.glob("repos/local/mlperf/*/report.html")):
        print(f"open {report}")
    print(f"look around: CM_REPOS={home} {Path(programs, 'cm')} find mlperf")


if __name__ == "__main__":
    main(sys.argv[1:])
