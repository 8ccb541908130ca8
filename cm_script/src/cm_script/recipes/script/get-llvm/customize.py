"""Find clang and describe it under the keys that every compiler uses. Installs nothing."""

import os
from typing import Any

KEY = "CM_LLVM_CLANG_BIN_WITH_PATH"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if KEY in env:
        return {"return": 0}
    # Of several, the first in the search path is meant, as in a shell; --path and --input name others.
    found = {**env, "CM_QUIET": "yes"}
    result: dict[str, Any] = run["automation"].find_artifact(
        {
            "file_name": "clang.exe" if run["os_info"]["platform"] == "windows" else "clang",
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
            'install it and name its folder with: cm run script "get llvm" --path=FOLDER, '
            'or take another compiler: cm run script "get gcc"'
        )
    return result


def detect_version(run: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = run["automation"].parse_version(
        {
            "match_text": r"clang version\s*([\d.]+)",
            "group_number": 1,
            "env_key": "CM_LLVM_CLANG_VERSION",
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
    folder, program = os.path.split(env[KEY])
    cxx = program.replace("clang", "clang++")
    env.update(
        {
            "CM_LLVM_CLANG_BIN": program,
            "CM_LLVM_CLANG_CACHE_TAGS": f"version-{version}",
            "CM_COMPILER_FAMILY": "LLVM",
            "CM_COMPILER_VERSION": version,
            "CM_COMPILER_CACHE_TAGS": f"version-{version},family-llvm",
            "CM_C_COMPILER_BIN": program,
            "CM_C_COMPILER_WITH_PATH": env[KEY],
            "CM_C_COMPILER_FLAG_OUTPUT": "-o ",
            "CM_C_COMPILER_FLAG_VERSION": "--version",
            "CM_C_COMPILER_FLAG_INCLUDE": "-I",
            "CM_CXX_COMPILER_BIN": cxx,
            "CM_CXX_COMPILER_WITH_PATH": os.path.join(folder, cxx),
            "CM_CXX_COMPILER_FLAG_OUTPUT": "-o ",
            "CM_CXX_COMPILER_FLAG_VERSION": "--version",
            "CM_CXX_COMPILER_FLAG_INCLUDE": "-I",
            "CM_GET_DEPENDENT_CACHED_PATH": env[KEY],
        }
    )
    for purpose, flags in (("FAST", "-O3"), ("DEBUG", "-O0"), ("DEFAULT", "-O2")):
        env["CM_COMPILER_FLAGS_" + purpose] = flags
        env["CM_LINKER_FLAGS_" + purpose] = flags
    return {"return": 0, "version": version}
