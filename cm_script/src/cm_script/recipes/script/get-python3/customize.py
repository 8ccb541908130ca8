"""Find a Python interpreter that satisfies the requested version. Installs nothing."""

import os
from typing import Any

KEY = "CM_PYTHON_BIN_WITH_PATH"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if KEY not in env:
        return find(run, env)
    if not any(env.get(key) for key in ("CM_VERSION", "CM_VERSION_MIN", "CM_VERSION_MAX")):
        return {"return": 0}
    # An interpreter that an earlier dependency left in the environment has to satisfy the request too.
    inherited = env.pop(KEY)
    if find(run, {**env, "CM_INPUT": inherited})["return"] == 0:
        env[KEY] = inherited
        return {"return": 0}
    return find(run, env)


def find(run: dict[str, Any], env: dict[str, Any]) -> dict[str, Any]:
    windows = run["os_info"]["platform"] == "windows"
    # Of several, the first in PATH is meant, as in a shell; --path and --input name others.
    found = {**env, "CM_QUIET": "yes"}
    result: dict[str, Any] = run["automation"].find_artifact(
        {
            "file_name": "python.exe" if windows else "python3",
            "default_path_env_key": "PATH",
            "env_path_key": KEY,
            "detect_version": True,
            "env": found,
            "os_info": run["os_info"],
            "run_script_input": run["run_script_input"],
            "recursion_spaces": run["recursion_spaces"],
            "extra_paths": {"include": "+C_INCLUDE_PATH", "lib": "+LD_LIBRARY_PATH"},
        }
    )
    if result["return"] == 0:
        env.update({key: value for key, value in found.items() if key != "CM_QUIET"})
    elif result["return"] == 16:
        result["hint"] = 'install one, and name its folder with: cm run script "get python" --path=FOLDER'
    return result


def detect_version(run: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = run["automation"].parse_version(
        {
            "match_text": r"Python\s+([\d.]+)",
            "group_number": 1,
            "env_key": "CM_PYTHON_VERSION",
            "which_env": run["env"],
        }
    )
    if result["return"] == 0:
        print(f"{run['recursion_spaces']}      Detected version: {result['version']}")
    return result


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    result = detect_version(run)
    if result["return"] > 0:
        return result
    version = result["version"]
    env["CM_PYTHON_BIN_PATH"], env["CM_PYTHON_BIN"] = os.path.split(env[KEY])
    parts = [*version.split("."), "0", "0"]
    for name, value in zip(("MAJOR", "MINOR", "PATCH"), parts, strict=False):
        env[f"CM_PYTHON_{name}_VERSION"] = value

    # Python packages are cached for the interpreter that these tags describe.
    tags = ["version-" + version, *filter(None, env.get("CM_EXTRA_CACHE_TAGS", "").split(","))]
    if "virtual" in tags:
        env.pop("+PATH", None)  # the activation script of the environment sets it
    else:
        tags.append("non-virtual")
    env["CM_PYTHON_CACHE_TAGS"] = ",".join(tags)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env[KEY]
    return {"return": 0, "version": version, "add_extra_cache_tags": tags}
