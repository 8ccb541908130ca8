"""``python -m cm_cmind FILE [ARGUMENTS]``: run a Python program that imports ``cmind``.

``python -m cm_cmind -c CODE [ARGUMENTS]`` runs a text, as Python itself does.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Run the program; its exit status is that of the process."""
    from cm_cmind.provide import install

    words = sys.argv[1:]
    if not words or (words[0] == "-c" and len(words) == 1):
        sys.stderr.write(
            "usage: python -m cm_cmind FILE [ARGUMENTS]\n       python -m cm_cmind -c CODE [ARGUMENTS]\n"
        )
        return 1
    install()
    if words[0] == "-c":
        sys.argv = ["-c", *words[2:]]
        sys.path.insert(0, "")
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what it is for
        return 0
    import runpy

    sys.argv = words
    sys.path.insert(0, str(Path(words[0]).resolve().parent))
    runpy.run_path(words[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
