"""Say which system tools are missing and the one command that installs them. Changes nothing."""

import shutil
from typing import Any

from cm_core import is_true

NEEDED = ("git",)
USEFUL = ("cmake", "curl", "gcc", "g++", "make", "tar", "unzip", "wget", "xz", "zip")
# Package of a program where its name is another one, for each package manager.
PACKAGES = {
    "apt": {"xz": "xz-utils"},
    "apk": {"g++": "build-base"},
    "brew": {"g++": "gcc"},
    "choco": {"gcc": "mingw", "g++": "mingw", "xz": "xz-utils", "tar": "7zip"},
    "dnf": {"g++": "gcc-c++"},
    "pacman": {"g++": "gcc"},
    "yum": {"g++": "gcc-c++"},
    "zypper": {"g++": "gcc-c++"},
}


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if is_true(env.get("CM_SKIP_SYS_UTILS")):
        return {"return": 0}
    missing = [program for program in (*NEEDED, *USEFUL) if shutil.which(program) is None]
    env["CM_SYS_UTILS_MISSING"] = ",".join(missing)
    if not missing:
        print("All system tools that recipes use are installed.")
        return {"return": 0}
    command = env["CM_SYS_UTILS_INSTALL_CMD"] = install_command(env, missing)
    text = f"missing system tools: {', '.join(missing)}"
    if env.get("CM_SYS_UTILS_STRICT") == "yes" or any(program in NEEDED for program in missing):
        return {"return": 1, "error": text, "hint": f"install them with: {command}"}
    print(f"{text}; install them with: {command}")
    return {"return": 0}


def install_command(env: dict[str, Any], missing: list[str]) -> str:
    manager = env.get("CM_HOST_OS_PACKAGE_MANAGER", "")
    if not manager:
        return "the package manager of this system"
    names = PACKAGES.get(manager, {})
    packages = " ".join(dict.fromkeys(names.get(program, program) for program in missing))
    command = f"{env['CM_HOST_OS_PACKAGE_MANAGER_INSTALL_CMD']} {packages}"
    as_user = manager in {"brew", "choco"} or not env.get("CM_SUDO_USER") or is_root(env)
    return command if as_user else "sudo " + command


def is_root(env: dict[str, Any]) -> bool:
    """detect-sudo leaves the command empty for root, who needs none."""
    return env.get("CM_SUDO_USER") == "yes" and not env.get("CM_SUDO")
