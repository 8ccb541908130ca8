"""Join "download file" and "extract file", which do the work as dependencies."""

import os
from typing import Any

from cm_core import is_true


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if env.get("CM_DAE_URL"):
        # The address becomes part of a list of tags, where a comma has a meaning of its own.
        env["CM_DAE_URL"] = env["CM_DAE_URL"].replace(",", "%2C")
    elif not env.get("CM_DOWNLOAD_URL") and not env.get("CM_DOWNLOAD_LOCAL_FILE_PATH"):
        return {"return": 1, "error": "no URL was given", "hint": "give one with --url=URL"}
    if is_true(env.get("CM_DAE_EXTRACT_DOWNLOADED")):
        env["CM_DAE_EXTRACT_DOWNLOADED"] = "yes"
        if env.get("CM_DAE_FINAL_ENV_NAME") and not env.get("CM_EXTRACT_FINAL_ENV_NAME"):
            env["CM_EXTRACT_FINAL_ENV_NAME"] = env["CM_DAE_FINAL_ENV_NAME"]
    caller = run.get("input") or {}
    if caller.get("force_cache"):
        entry = {"force_cache": True, "extra_cache_tags": caller.get("extra_cache_tags", "")}
        result: dict[str, Any] = run["automation"].update_deps(
            {
                "deps": run["meta"]["prehook_deps"] + run["meta"]["posthook_deps"],
                "update_deps": {"download-script": entry, "extract-script": dict(entry)},
            }
        )
        return result
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = env.get("CM_EXTRACT_EXTRACTED_PATH") or env.get("CM_DOWNLOAD_DOWNLOADED_PATH", "")
    if not path or not os.path.exists(path):
        return {"return": 1, "error": f"nothing was downloaded or extracted{f' to {path}' if path else ''}"}
    if env.get("CM_DAE_FINAL_ENV_NAME"):
        env[env["CM_DAE_FINAL_ENV_NAME"]] = path
    env["CM_GET_DEPENDENT_CACHED_PATH"] = path
    return {"return": 0}
