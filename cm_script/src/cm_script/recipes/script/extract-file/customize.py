"""Extract an archive, and say where its content is."""

import os
from pathlib import Path
from typing import Any

from cm_core import is_true
from cm_core.base import (
    ArchiveError,
    ChecksumError,
    TooLargeArchiveError,
    UnpackRules,
    to_count,
    unpack,
    verify,
)
from cm_script import given_path


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if not env.get("CM_EXTRACT_FILEPATH"):
        return {"return": 1, "error": "no archive was given", "hint": "give one with --input=FILE"}
    archive = Path(given_path(env, ["CM_EXTRACT_FILEPATH"]))
    folder = Path(env.get("CM_EXTRACT_PATH") or os.getcwd(), env.get("CM_EXTRACT_TO_FOLDER", "")).absolute()
    limit = str(env.get("CM_EXTRACT_MAX_BYTES", ""))
    if limit and to_count(limit) is None:
        return {"return": 1, "error": f"--max_bytes={limit} is not a number"}
    print(f"Extracting {archive} to {folder}", flush=True)
    if not archive.is_file():
        return {"return": 1, "error": f"cannot extract {archive}: there is no such file"}
    name = env.get("CM_EXTRACT_EXTRACTED_FILENAME", "")
    try:
        single = unpack(archive, folder, UnpackRules(max_bytes=int(limit) if limit else None), name=name).file
    except ArchiveError as error:
        large = isinstance(error, TooLargeArchiveError)
        hint = "if that is expected, allow it with --max_bytes=N" if large else error.hint
        return {"return": 1, "error": f"cannot extract {archive}: {error}", "hint": hint}
    result = folder / name if name and not env.get("CM_EXTRACT_TO_FOLDER") else single or folder
    if not result.exists():
        return {"return": 1, "error": f"{archive} has no {name}"}
    expected = str(env.get("CM_EXTRACT_EXTRACTED_CHECKSUM", "")).lower()
    if expected and result.is_file():
        try:
            verify(result, [expected], name=str(result))
        except ChecksumError as error:
            return {"return": 1, "error": error.message}
    if is_true(env.get("CM_EXTRACT_REMOVE_EXTRACTED")):
        archive.unlink()
    env["CM_EXTRACT_EXTRACTED_PATH"] = env["CM_GET_DEPENDENT_CACHED_PATH"] = str(result)
    if env.get("CM_EXTRACT_FINAL_ENV_NAME"):
        env[env["CM_EXTRACT_FINAL_ENV_NAME"]] = str(result)
    tag = f"path.{archive}"
    return {"return": 0, "add_extra_cache_tags": [] if "," in tag else [tag]}
