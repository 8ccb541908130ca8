"""Run by a Python that has the original, and by itself: answers requests one after the other.

``peer_driver.py REQUESTS ANSWERS``: both files hold one JSON document a line; a request is a dictionary for
``cmind.access``. An answer keeps what tests compare, and an exception is recorded as such.
"""

import json
import sys
from pathlib import Path

KEPT = ("return", "error", "deps", "new_env", "new_state", "path", "meta")


def answer(access, request):
    try:
        result = access(request)
    except BaseException as error:  # noqa: BLE001 - whatever a recipe raises is the answer
        return {"return": "EXC", "error": f"{type(error).__name__}: {error}"}
    kept = {key: result[key] for key in KEPT if key in result}
    if "list" in result:
        kept["list"] = [artifact.path for artifact in result["list"]]
    return kept


def main(requests, answers):
    import cmind

    with Path(requests).open(encoding="utf-8") as lines, Path(answers).open("w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(answer(cmind.access, json.loads(line)), default=str) + "\n")
            out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
