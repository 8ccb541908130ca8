"""What only Python has: its version in parts, and the tags that tell a virtual environment from others."""

import re
from typing import Any


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    version = env["CM_PYTHON_VERSION"]
    # Of 3.13.0rc1 the patch version is 0.
    parts = [*re.findall(r"(?<![^.])\d+", version), "0", "0"]
    for name, value in zip(("MAJOR", "MINOR", "PATCH"), parts, strict=False):
        env[f"CM_PYTHON_{name}_VERSION"] = value

    # Python packages are cached for the interpreter that these tags describe.
    tags = ["version-" + version, *filter(None, env.get("CM_EXTRA_CACHE_TAGS", "").split(","))]
    if "virtual" in tags:
        env.pop("+PATH", None)  # the activation script of the environment sets it
    else:
        tags.append("non-virtual")
    env["CM_PYTHON_CACHE_TAGS"] = ",".join(tags)
    return {"return": 0, "add_extra_cache_tags": tags}
