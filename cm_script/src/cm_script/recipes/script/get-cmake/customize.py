"""Find CMake. Installs nothing; pip can, so the message says how."""

from typing import Any

KEY = "CM_CMAKE_BIN_WITH_PATH"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if KEY in env:
        return {"return": 0}
    # Of several, the first in the search path is meant, as in a shell; --path and --input name others.
    found = {**env, "CM_QUIET": "yes"}
    result: dict[str, Any] = run["automation"].find_artifact(
        {
            "file_name": "cmake.exe" if run["os_info"]["platform"] == "windows" else "cmake",
            "default_path_env_key": "PATH",
            "env_path_key": KEY,
            "detect_version": True,
            "env": found,
            "os_info": run["os_info"],
            "run_script_input": run["run_script_input"],
            "recursion_spaces": run["recursion_spaces"],
        }
    )
    if result["return"] == 0:
        env.update({key: value for key, value in found.items() if key != "CM_QUIET"})
    elif result["return"] == 16:
        result["hint"] = (
            'install it (without root: cm run script "get generic-python-lib _package.cmake"), '
            'and name its folder with: cm run script "get cmake" --path=FOLDER'
        )
    return result


def detect_version(run: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = run["automation"].parse_version(
        {
            "match_text": r"cmake version\s*([\d.]+)",
            "group_number": 1,
            "env_key": "CM_CMAKE_VERSION",
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
    env["CM_CMAKE_CACHE_TAGS"] = "version-" + result["version"]
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env[KEY]
    if env.get("CM_HOST_CPU_TOTAL_CORES"):
        env["CM_MAKE_CORES"] = env["CM_HOST_CPU_TOTAL_CORES"]
    return {"return": 0, "version": result["version"]}
