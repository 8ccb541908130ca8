"""What only CUDA has: folders of a toolkit, and a library that no program tells the version of."""

import json
import re
from pathlib import Path
from typing import Any


def detect_version(run: dict[str, Any]) -> dict[str, Any]:
    if run["env"]["CM_CUDA_FULL_TOOLKIT_INSTALL"] == "yes":
        return {"return": 0}  # nvcc tells it
    return {"return": 0, "version": library_version(Path(run["env"]["CM_CUDA_RT_WITH_PATH"]))}


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
    version, found = env["CM_CUDA_VERSION"], Path(env["CM_GET_DEPENDENT_CACHED_PATH"])
    root = toolkit_root(found)
    env["CM_CUDA_INSTALLED_PATH"] = env["CUDA_HOME"] = env["CUDA_PATH"] = str(root)
    env["CM_CUDA_VERSION_STRING"] = "cu" + version.replace(".", "")
    env["CM_MLPERF_SUT_NAME_RUN_CONFIG_SUFFIX5"] = env["CM_CUDA_VERSION_STRING"]
    if env["CM_CUDA_FULL_TOOLKIT_INSTALL"] == "yes":
        env["CM_NVCC_BIN"], env["CM_CUDA_PATH_BIN"] = found.name, str(found.parent)
    add_folders(env, root, run["os_info"]["platform"] == "windows")
    return {"return": 0}


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
