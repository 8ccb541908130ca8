"""Extract an archive. How an archive is kept from doing harm is in unpack.py beside this file."""

import hashlib
import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if not env.get("CM_EXTRACT_FILEPATH"):
        return {"return": 1, "error": "no archive was given", "hint": "give one with --input=FILE"}
    # In a cache entry, too, the path is seen from where the command was typed.
    archive = Path(env.get("CM_TMP_CURRENT_PATH") or os.getcwd(), env["CM_EXTRACT_FILEPATH"]).absolute()
    folder = Path(env.get("CM_EXTRACT_PATH") or os.getcwd(), env.get("CM_EXTRACT_TO_FOLDER", "")).absolute()
    unpack = load_unpack()
    limit = str(env.get("CM_EXTRACT_MAX_BYTES", ""))
    if limit and not limit.isdigit():
        return {"return": 1, "error": f"--max_bytes={limit} is not a number"}
    print(f"Extracting {archive} to {folder}", flush=True)
    try:
        name = env.get("CM_EXTRACT_EXTRACTED_FILENAME", "")
        single = unpack.extract(archive, folder, name=name, limit=int(limit) if limit else None)
    except unpack.ExtractError as error:
        return {"return": 1, "error": f"cannot extract {archive}: {error}"}
    result = folder / name if name and not env.get("CM_EXTRACT_TO_FOLDER") else single or folder
    if not result.exists():
        return {"return": 1, "error": f"{archive} has no {name}"}
    expected = str(env.get("CM_EXTRACT_EXTRACTED_CHECKSUM", "")).lower()
    if expected and result.is_file() and md5(result) != expected:
        return {"return": 1, "error": f"wrong checksum of {result}: {md5(result)} instead of {expected}"}
    if str(env.get("CM_EXTRACT_REMOVE_EXTRACTED", "")).lower() in {"yes", "on", "true", "1"}:
        archive.unlink()
    env["CM_EXTRACT_EXTRACTED_PATH"] = env["CM_GET_DEPENDENT_CACHED_PATH"] = str(result)
    if env.get("CM_EXTRACT_FINAL_ENV_NAME"):
        env[env["CM_EXTRACT_FINAL_ENV_NAME"]] = str(result)
    tag = f"path.{archive}"
    return {"return": 0, "add_extra_cache_tags": [] if "," in tag else [tag]}


def md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def load_unpack() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cm_recipe_unpack", Path(__file__).with_name("unpack.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
