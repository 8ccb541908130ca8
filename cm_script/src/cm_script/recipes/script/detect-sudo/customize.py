"""Tell whether commands can be run as root. Never asks for a password."""

import os
import shutil
import subprocess
from typing import Any


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if run["os_info"]["platform"] != "windows" and os.geteuid() == 0:
        command, allowed = "", True
    else:
        command = "sudo" if sudo_works() else ""
        allowed = bool(command)
    env["CM_SUDO"] = command
    env["CM_SUDO_USER"] = "yes" if allowed else "no"
    return {"return": 0}


def sudo_works() -> bool:
    program = shutil.which("sudo")
    if program is None:
        return False
    try:
        check = subprocess.run(
            [program, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=15, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return check.returncode == 0
