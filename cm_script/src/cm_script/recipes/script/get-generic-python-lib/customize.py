"""Install a Python package into a virtual environment of the cache."""

import json
import os
import re
from pathlib import Path
from typing import Any

REPORT = Path("tmp-python-lib.json")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    package = env.get("CM_GENERIC_PYTHON_PACKAGE_NAME", "").strip()
    if not package:
        return {
            "return": 1,
            "error": "no package was given",
            "hint": 'name one with: cm run script "get generic-python-lib _package.NAME"',
        }
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?", package):
        return {"return": 1, "error": f"{package!r} is not the name of a Python package"}
    managed = "virtual" in env.get("CM_PYTHON_CACHE_TAGS", "").split(",")
    env["CM_TMP_NEEDS_MANAGED_ENV"] = "no" if managed else "yes"
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    found = json.loads(REPORT.read_text(encoding="utf-8"))
    key = env.get("CM_GENERIC_PYTHON_PACKAGE_KEY") or env["CM_GENERIC_PYTHON_PACKAGE_NAME"]
    name = re.sub(r"[-\[\]]", "_", key).upper()
    env[f"CM_{name}_VERSION"] = found["version"]
    env[f"CM_PYTHONLIB_{name}_CACHE_TAGS"] = "version-" + found["version"]
    env["CM_PYTHONLIB_PIP_CACHE_TAGS"] = "version-" + found["pip_version"]
    env["CM_PYTHON_BIN_PATH"], env["CM_PYTHON_BIN"] = os.path.split(env["CM_PYTHON_BIN_WITH_PATH"])
    env["CM_GET_DEPENDENT_CACHED_PATH"] = found["folder"] or env["CM_PYTHON_BIN_WITH_PATH"]
    return {"return": 0, "version": found["version"]}
