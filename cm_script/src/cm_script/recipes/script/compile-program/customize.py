"""Compile source files and link them, with the compiler and the flags that dependencies found."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any


class CompileError(Exception):
    """Compiling or linking failed; the text has the command and its status."""


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    windows = run["os_info"]["platform"] == "windows"
    source = Path(env.get("CM_SOURCE_FOLDER_PATH") or os.getcwd()).absolute()
    name = env.get("CM_BIN_NAME") or ("run.exe" if windows else "run.out")
    program = Path(env.get("CM_RUN_DIR") or os.getcwd(), name).absolute()
    files = [
        (language, file)
        for language in ("C", "CXX", "F")
        for file in str(env.get(f"CM_{language}_SOURCE_FILES", "")).split(";")
        if file
    ]
    if not files:
        return {
            "return": 1,
            "error": "no source files were given",
            "hint": "name them with --env.CM_C_SOURCE_FILES=FILE",
        }
    if str(env.get("CM_SKIP_RECOMPILE", env.get("SKIP_RECOMPILE"))).lower() == "yes" and program.is_file():
        return {"return": 0}
    try:
        program.parent.mkdir(parents=True, exist_ok=True)
        objects = [compile_file(env, language, file, source) for language, file in files]
        link(env, objects, program, source)
    except CompileError as error:
        return {"return": 2, "error": str(error)}
    print(f"Program: {program}")
    return {"return": 0}


def compile_file(env: dict[str, Any], language: str, name: str, folder: Path) -> str:
    flags = {"C": "+ CFLAGS", "CXX": "+ CXXFLAGS", "F": "+ FFLAGS"}[language]
    include = {"C": "+C_INCLUDE_PATH", "CXX": "+CPLUS_INCLUDE_PATH", "F": "+F_INCLUDE_PATH"}[language]
    output = Path(name).stem + ".o"
    command = [compiler(env, language), "-c", *words(env, flags, "+ CPPFLAGS")]
    command += ["-I" + path for path in [*env.get(include, []), *env.get("+CPATH", [])]]
    call([*command, name, *env.get(f"CM_{language}_COMPILER_FLAG_OUTPUT", "-o ").split(), output], folder)
    return output


def link(env: dict[str, Any], objects: list[str], program: Path, folder: Path) -> None:
    language = env.get("CM_LINKER_LANG", "C")
    flags = {"C": "+ CFLAGS", "CXX": "+ CXXFLAGS", "F": "+ FFLAGS"}[language]
    own = {"C": "+ LDCFLAGS", "CXX": "+ LDCXXFLAGS", "F": "+ LDFFLAGS"}[language]
    command = [compiler(env, language), *words(env, flags), *objects, "-o", str(program)]
    command += ["-L" + path for path in env.get("+LD_LIBRARY_PATH", [])]
    call([*command, *words(env, own, "+ LDFLAGS")], folder)


def compiler(env: dict[str, Any], language: str) -> str:
    path: str = env.get(f"CM_{language}_COMPILER_WITH_PATH", "")
    if not path:
        raise CompileError(f"no compiler for {language} was found")
    return path


def words(env: dict[str, Any], *keys: str) -> list[str]:
    """The flags in lists; one entry may hold several, as on a command line."""
    return [word for key in keys for entry in env.get(key, []) for word in shlex.split(entry)]


def call(command: list[str], folder: Path) -> None:
    shown = shlex.join(command)
    print(f"       ! {shown}", flush=True)
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise CompileError(f"cannot run {command[0]}: {error.strerror}") from error
    print(done.stdout + done.stderr, end="", flush=True)
    if done.returncode:
        raise CompileError(f"exit status {done.returncode} of: {shown}")
