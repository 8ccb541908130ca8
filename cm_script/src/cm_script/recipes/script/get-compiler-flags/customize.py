"""Turn the wish for fast, debug or default code into flags, and list the include folders."""

from pathlib import Path
from typing import Any

from cm_core import is_true

REPORT = Path("tmp-compiler-search.out")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    for key in ("+ CFLAGS", "+ CXXFLAGS", "+ FFLAGS", "+ LDFLAGS"):
        env[key] = []
    if run["os_info"]["platform"] == "windows" and env.get("CM_COMPILER_FAMILY") not in {"LLVM", "GCC"}:
        return {"return": 0}  # cl.exe has flags of its own
    if is_true(env.get("CM_FAST_COMPILATION")):
        purpose, fallback = "FAST", "-O3"
    elif is_true(env.get("CM_DEBUG_COMPILATION")):
        purpose, fallback = "DEBUG", "-O0"
    else:
        purpose, fallback = "DEFAULT", "-O2"
    for key in ("+ CFLAGS", "+ CXXFLAGS", "+ FFLAGS"):
        env[key] = env.get("CM_COMPILER_FLAGS_" + purpose, fallback).split()
    env["+ LDFLAGS"] = env.get("CM_LINKER_FLAGS_" + purpose, fallback).split()
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    if REPORT.is_file():
        text = REPORT.read_text(encoding="utf-8", errors="replace")
        listed = text.partition("> search starts here:")[2].partition("End of search list")[0]
        # Headers of the compiler itself are of no use to another one.
        folders = [line.strip() for line in listed.splitlines() if line.startswith(" ")]
        run["env"]["+CM_HOST_OS_DEFAULT_INCLUDE_PATH"] = [
            x for x in folders if "gcc" not in x and "clang" not in x
        ]
    return {"return": 0}
