"""Describe the operating system: flavour, version, machine and package manager.

Reads files and asks the Python standard library; no program is started, because nearly every
recipe depends on this one.
"""

import os
from pathlib import Path
from typing import Any

# First match wins: names are compared with the flavour and then with what it says it is like.
PACKAGE_MANAGERS = (
    (("debian", "ubuntu"), "apt"),
    (("amzn",), "yum"),
    (("rhel", "fedora", "centos"), "dnf"),
    (("arch",), "pacman"),
    (("sles", "suse", "opensuse"), "zypper"),
    (("alpine",), "apk"),
    (("macos",), "brew"),
    (("windows",), "choco"),
)
# Manager: (command that installs a package, command that updates the list of packages)
PACKAGE_COMMANDS = {
    "apt": ("DEBIAN_FRONTEND=noninteractive apt-get install -y", "apt-get update -y"),
    "yum": ("yum install -y --skip-broken", "yum update -y"),
    "dnf": ("dnf install -y", "dnf update -y"),
    "pacman": ("pacman -Sy --noconfirm", "pacman -Syu"),
    "zypper": ("zypper install -y", "zypper update -y"),
    "apk": ("apk add", "apk update"),
    "brew": ("brew install", "brew update"),
    "choco": ("choco install -y", "choco upgrade -y"),
}


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env, state, host = run["env"], run["state"], run["os_info"]
    env["CM_HOST_OS_TYPE"] = host["platform"]
    env["CM_HOST_OS_BITS"] = host["bits"]
    env["CM_HOST_PYTHON_BITS"] = host["python_bits"]
    describe = {"windows": describe_windows, "darwin": describe_macos}.get(host["platform"], describe_linux)
    env.update(describe())
    if host["platform"] != "windows":
        uname = os.uname()
        env["CM_HOST_SYSTEM_NAME"] = uname.nodename
        env["CM_HOST_OS_KERNEL_VERSION"] = uname.release
        env["CM_HOST_OS_MACHINE"] = env["CM_HOST_PLATFORM_FLAVOR"] = uname.machine
        state["os_uname_machine"] = uname.machine
        state["os_uname_all"] = " ".join(uname)
    if host["platform"] == "linux":
        env["+CM_HOST_OS_DEFAULT_LIBRARY_PATH"] = library_folders(Path("/etc/ld.so.conf"))
    env.update(package_manager(env))
    return {"return": 0}


def describe_linux() -> dict[str, str]:
    release = {}
    for path in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            pairs = (line.split("=", 1) for line in lines if "=" in line)
            release = {key: value.strip().strip("\"'").lower() for key, value in pairs}
            break
    return {
        "CM_HOST_OS_FLAVOR": release.get("ID", "linux"),
        "CM_HOST_OS_FLAVOR_LIKE": release.get("ID_LIKE", ""),
        "CM_HOST_OS_VERSION": release.get("VERSION_ID", ""),
        "CM_HOST_OS_GLIBC_VERSION": glibc_version(),
    }


def describe_macos() -> dict[str, str]:
    import platform

    return {"CM_HOST_OS_FLAVOR": "macos", "CM_HOST_OS_VERSION": platform.mac_ver()[0]}


def describe_windows() -> dict[str, str]:
    import platform

    machine = platform.machine().lower()
    return {
        "CM_HOST_OS_FLAVOR": "windows",
        "CM_HOST_OS_VERSION": platform.version(),
        "CM_HOST_OS_MACHINE": machine,
        "CM_HOST_PLATFORM_FLAVOR": machine,
        "CM_HOST_SYSTEM_NAME": platform.node(),
    }


def glibc_version() -> str:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").removeprefix("glibc ")
    except (ValueError, OSError):  # another C library, for instance musl
        return ""


def library_folders(config: Path) -> list[str]:
    """Folders that the dynamic loader searches, in its order."""
    found = [*configured_folders(config), "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    return [folder for folder in dict.fromkeys(found) if Path(folder).is_dir()]


def configured_folders(config: Path) -> list[str]:
    if not config.is_file():
        return []
    found: list[str] = []
    for line in config.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            pattern = os.path.relpath(words[-1], config.parent) if words[-1].startswith("/") else words[-1]
            for included in sorted(config.parent.glob(pattern)):
                found += configured_folders(included)
        else:
            found += words
    return found


def package_manager(env: dict[str, Any]) -> dict[str, str]:
    flavours = [env.get("CM_HOST_OS_FLAVOR", ""), *env.get("CM_HOST_OS_FLAVOR_LIKE", "").split()]
    for flavour in flavours:
        for names, manager in PACKAGE_MANAGERS:
            if flavour in names:
                install, update = PACKAGE_COMMANDS[manager]
                return {
                    "CM_HOST_OS_PACKAGE_MANAGER": manager,
                    "CM_HOST_OS_PACKAGE_MANAGER_INSTALL_CMD": install,
                    "CM_HOST_OS_PACKAGE_MANAGER_UPDATE_CMD": update,
                }
    return {}
