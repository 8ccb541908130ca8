"""``cm native-run script``: a command in a shell with an env, as automations written for cmind ask for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cm_cmind.flags import NativeRun
from cm_core import Result, UsageError
from cm_core.flags import read_flags

if TYPE_CHECKING:
    from cm_core import Request, Session

_WINDOWS = sys.platform == "win32"
_NAME = "tmp-native-run.bat" if _WINDOWS else "tmp-native-run.sh"
_START = ("@echo off", "") if _WINDOWS else ("#!/bin/bash", "")


def native_run(request: Request, session: Session) -> Result:
    """Write a script that sets ``env`` and runs ``command``, and run it where the request was made.

    ``script`` gives other first lines, ``script_name`` another file name. Standard input and output are those
    of this process.

    Returns:
        ``return_code``, the status of the command, which is no failure of the request.

    Raises:
        UsageError: when there is no command.
    """
    import subprocess

    from cm_script import export_line

    asked = read_flags(NativeRun, request)
    if not asked.command:
        raise UsageError("no command to run was given", hint="use: cm native-run script --command=…")
    platform = "windows" if _WINDOWS else "linux"
    exports = [export_line(key, value, platform=platform) for key, value in asked.env.items()]
    file = session.cwd / (asked.script_name or _NAME)
    lines = [*(asked.script or _START), *exports, "", asked.command, ""]
    file.write_text("\n".join(lines), encoding="utf-8")
    file.chmod(0o755)
    words = ["cmd", "/c", str(file)] if _WINDOWS else ["bash", str(file)]
    sys.stdout.flush()
    status = subprocess.run(words, cwd=session.cwd, env=dict(session.env), check=False).returncode
    return Result(data={"return_code": status})
