"""Find an installed CUDA toolkit or its run-time library. Installs nothing."""

import json
import os
import re
from pathlib import Path
from typing import Any

WINDOWS_ROOT = r"C:\Program Files\NVIDIA GPU Computing Toolkit\CUDA"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env, host = run["env"], run["os_info"]
    windows, toolkit = host["platform"] == "windows", env["CM_CUDA_FULL_TOOLKIT_INSTALL"] == "yes"
    key = env["CM_TMP_ENV_KEY"] = "CM_NVCC_BIN_WITH_PATH" if toolkit else "CM_CUDA_RT_WITH_PATH"
    if key in env:
        return {"return": 0}
    if not env.get("CM_INPUT") and not env.get("CM_TMP_PATH"):
        env["CM_TMP_PATH"] = os.pathsep.join(usual_folders(windows, toolkit))
        env["CM_TMP_PATH_IGNORE_NON_EXISTANT"] = "yes"
    names = ("nvcc.exe", "cudart64_12.dll") if windows else ("nvcc", "libcudart.so")
    name = names[0] if toolkit else names[1]
    # Of several, the first in the search path is meant, as in a shell; --path and --input name others.
    found = {**env, "CM_QUIET": "yes"}
    result: dict[str, Any] = run["automation"].find_artifact(
        {
            "file_name": name,
            "default_path_env_key": "PATH" if toolkit else "LD_LIBRARY_PATH",
            "env_path_key": key,
            "detect_version": True,
            "env": found,
            "os_info": host,
            "run_script_input": run["run_script_input"],
            "recursion_spaces": run["recursion_spaces"],
        }
    )
    if result["return"] == 0:
        env.update({key: value for key, value in found.items() if key != "CM_QUIET"})
    elif result["return"] == 16:
        result["error"] = f"there is no CUDA here: {result['error']}"
        result["hint"] = (
            f"install CUDA from NVIDIA, or name the folder of {name} with: "
            'cm run script "get cuda" --path=FOLDER'
        )
    return result


def usual_folders(windows: bool, toolkit: bool) -> list[str]:
    listed = os.environ.get("PATH" if toolkit or windows else "LD_LIBRARY_PATH", "").split(os.pathsep)
    if windows:
        roots, parts = [str(x) for x in Path(WINDOWS_ROOT).glob("v*")], ["bin"]
    else:
        roots = [os.environ.get("CUDA_HOME", ""), "/usr/local/cuda", "/opt/cuda", "/usr/cuda"]
        roots += sorted((str(x) for x in Path("/usr/local").glob("cuda-*")), reverse=True)
        parts = ["bin"] if toolkit else ["lib64", "lib"]
    folders = [*listed, *(os.path.join(root, part) for root in roots if root for part in parts)]
    return [folder for folder in dict.fromkeys(folders) if folder and os.path.isdir(folder)]


def detect_version(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if env["CM_CUDA_FULL_TOOLKIT_INSTALL"] == "no":
        env["CM_CUDA_VERSION"] = library_version(Path(env["CM_CUDA_RT_WITH_PATH"]))
        return {"return": 0, "version": env["CM_CUDA_VERSION"]}
    result: dict[str, Any] = run["automation"].parse_version(
        {
            "match_text": r"release\s*([\d.]+)",
            "group_number": 1,
            "env_key": "CM_CUDA_VERSION",
            "which_env": env,
        }
    )
    return result


def library_version(library: Path) -> str:
    """The version in the toolkit's version.json, else in the name of the file that the link leads to."""
    listing = library.parent.parent / "version.json"
    if listing.is_file():
        listed = json.loads(listing.read_text(encoding="utf-8")).get("cuda_cudart", {}).get("version")
        if listed:
            return str(listed)
    numbers = re.search(r"(\d+(?:\.\d+)+)", library.resolve().name)
    return numbers.group(1) if numbers else "0"


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    result = detect_version(run)
    if result["return"] > 0:
        return result
    version, found = result["version"], Path(env[env["CM_TMP_ENV_KEY"]])
    root = toolkit_root(found)
    env["CM_CUDA_INSTALLED_PATH"] = env["CUDA_HOME"] = env["CUDA_PATH"] = str(root)
    env["CM_CUDA_CACHE_TAGS"] = "version-" + version
    env["CM_CUDA_VERSION_STRING"] = "cu" + version.replace(".", "")
    env["CM_MLPERF_SUT_NAME_RUN_CONFIG_SUFFIX5"] = env["CM_CUDA_VERSION_STRING"]
    if env["CM_CUDA_FULL_TOOLKIT_INSTALL"] == "yes":
        env["CM_NVCC_BIN"], env["CM_CUDA_PATH_BIN"] = found.name, str(found.parent)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = str(found)
    add_folders(env, root, run["os_info"]["platform"] == "windows")
    return {"return": 0, "version": version}


def toolkit_root(found: Path) -> Path:
    """The folder that has the headers; a link in /usr/local/bin is followed to find it."""
    for parent in (*found.parents, *found.resolve().parents):
        if (parent / "include" / "cuda_runtime.h").is_file():
            return parent
    return found.resolve().parent.parent


def add_folders(env: dict[str, Any], root: Path, windows: bool) -> None:
    include = root / "include"
    for key in ("+C_INCLUDE_PATH", "+CPLUS_INCLUDE_PATH"):
        env[key] = [str(include)] if include.is_dir() and not windows else []
    if include.is_dir():
        env["CM_CUDA_PATH_INCLUDE"] = str(include)
    libraries = [root / "lib" / "x64"] if windows else [root / "lib64", root / "lib"]
    library = next((str(folder) for folder in libraries if folder.is_dir()), "")
    for key in ("+LD_LIBRARY_PATH", "+DYLD_FALLBACK_LIBRARY_PATH"):
        env[key] = [library] if library else []
    env["+ LDFLAGS"] = ["-L" + library] if library else []
    if library:
        env["CM_CUDA_PATH_LIB"] = library
