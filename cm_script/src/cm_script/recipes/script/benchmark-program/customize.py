"""Compose the command; run.sh and run.bat run it, since a command may use everything of a shell."""

import os
import shlex
from typing import Any

from cm_core import is_no, is_true


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    windows = run["os_info"]["platform"] == "windows"
    env["CM_RUN_DIR"] = os.path.abspath(env.get("CM_RUN_DIR") or os.getcwd())
    env["CM_LOGS_DIR"] = os.path.abspath(env.get("CM_LOGS_DIR") or env["CM_RUN_DIR"])
    if not os.path.isdir(env["CM_RUN_DIR"]):
        return {
            "return": 1,
            "error": f"there is no folder {env['CM_RUN_DIR']}",
            "hint": "name one with --env.CM_RUN_DIR=FOLDER",
        }
    os.makedirs(env["CM_LOGS_DIR"], exist_ok=True)
    env["CM_SAVE_CONSOLE_LOG"] = "no" if is_no(env.get("CM_SAVE_CONSOLE_LOG")) else "yes"

    if not env.get("CM_RUN_CMD"):
        name = env.get("CM_BIN_NAME") or ("run.exe" if windows else "run.out")
        program = os.path.join(env["CM_RUN_DIR"], name)
        if not os.path.isfile(program):
            return {
                "return": 1,
                "error": f"there is no program {program}",
                "hint": "name one with --env.CM_BIN_NAME=FILE, or a command with --env.CM_RUN_CMD=COMMAND",
            }
        around = [env.get(key, "") for key in ("CM_RUN_SUFFIX", "CM_REDIRECT_OUT", "CM_REDIRECT_ERR")]
        parts = [numactl(env), env.get("CM_RUN_PREFIX", ""), quoted(program, windows), *around]
        env["CM_RUN_CMD"] = " ".join(part.strip() for part in parts if part.strip())
    if env.get("CM_RUN_PREFIX0"):
        env["CM_RUN_CMD"] = f"{env['CM_RUN_PREFIX0']} {env['CM_RUN_CMD']}"
    return {"return": 0}


def numactl(env: dict[str, Any]) -> str:
    return f"numactl {env.get('CM_NUMACTL_MEMBIND', '')}" if is_true(env.get("CM_ENABLE_NUMACTL")) else ""


def quoted(program: str, windows: bool) -> str:
    return f'"{program}"' if windows else shlex.quote(program)
