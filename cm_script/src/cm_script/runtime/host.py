"""What recipes learn about the host: the ``os_info`` of the contract."""

from __future__ import annotations

import os
import struct
import sys
from functools import cache
from typing import Any


def host_os_info() -> dict[str, Any]:
    """The ``os_info`` that every hook gets; a new dictionary each time, since recipes may change it.

    ``bits`` is the word size of the system, ``python_bits`` that of this interpreter, both as text.
    """
    platform = _platform()
    templates = _WINDOWS if platform == "windows" else _POSIX
    info = {key: list(value) if isinstance(value, tuple) else value for key, value in templates.items()}
    info["env"] = {"CM_WINDOWS": "yes"} if platform == "windows" else {}
    info["platform"] = platform
    info["bits"] = _system_bits()
    info["python_bits"] = str(8 * struct.calcsize("P"))
    return info


_WINDOWS: dict[str, Any] = {
    "bat_ext": ".bat",
    "set_env": "set ${key}=${value}",
    "env_separator": ";",
    "env_var": "%env_var%",
    "bat_rem": "rem ${rem}",
    "run_local_bat": "call ${bat_file}",
    "run_local_bat_from_python": "call ${bat_file}",
    "run_bat": "call ${bat_file}",
    "start_script": ("@echo off", ""),
}
_POSIX: dict[str, Any] = {
    "bat_ext": ".sh",
    "set_env": 'export ${key}="${value}"',
    "env_separator": ":",
    "env_var": "${env_var}",
    "set_exec_file": 'chmod 755 "${file_name}"',
    "bat_rem": "# ${rem}",
    "run_local_bat": ". ./${bat_file}",
    "run_local_bat_from_python": 'bash -c ". ./${bat_file}"',
    "run_bat": ". ${bat_file}",
    "start_script": ("#!/bin/bash", ""),
}


def _platform() -> str:
    if sys.platform == "win32":
        return "windows"
    return "darwin" if sys.platform == "darwin" else "linux"


@cache
def _system_bits() -> str:
    """Word size of the operating system, which is not always that of the interpreter."""
    if sys.platform == "win32":
        wide = os.environ.get("PROGRAMW6432") or os.environ.get("PROGRAMFILES(X86)")
        return "64" if wide else "32"
    return "64" if os.uname().machine.endswith(("64", "64le", "64el", "s390x")) else "32"
