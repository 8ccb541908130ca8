"""Register annotations that are on this machine, or have their archive downloaded and extracted."""

import os
from typing import Any

from cm_script import given_path

FILE = "openimages-mlperf.json"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given_path(env)
    archived = not path or path.endswith(".zip")
    env["CM_DATASET_OPENIMAGES_ANNOTATIONS_REQUIRE_DAE"] = "yes" if archived else "no"
    if not archived:
        env["CM_DATASET_ANNOTATIONS_FILE_PATH"] = path
    elif path:
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = path
    # The address becomes part of a list of tags, where a comma has a meaning of its own.
    env["CM_DAE_URL"] = env["CM_DAE_URL"].replace(",", "%2C")
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = env["CM_DATASET_ANNOTATIONS_FILE_PATH"]
    path = os.path.join(path, FILE) if os.path.isdir(path) else path
    if not os.path.isfile(path):
        return {"return": 1, "error": f"there is no file {path} with annotations"}
    for prefix in ("CM_DATASET_ANNOTATIONS", "CM_DATASET_OPENIMAGES_ANNOTATIONS"):
        env[f"{prefix}_FILE_PATH"], env[f"{prefix}_DIR_PATH"] = path, os.path.dirname(path)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = path
    return {"return": 0}
