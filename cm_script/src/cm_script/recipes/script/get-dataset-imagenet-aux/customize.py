"""Register labels that are on this machine, or have the archive downloaded and extracted."""

import os
from typing import Any

from cm_script import given_path

LABELS = "synset_words.txt"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given_path(env)
    env["CM_DATASET_IMAGENET_AUX_REQUIRE_DAE"] = "no" if os.path.isdir(path) else "yes"
    if os.path.isdir(path):
        env["CM_DATASET_AUX_PATH"] = path
    elif path:
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = path
    # The address becomes part of a list of tags, where a comma has a meaning of its own.
    env["CM_PACKAGE_URL"] = env["CM_PACKAGE_URL"].replace(",", "%2C")
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    path = run["env"]["CM_DATASET_AUX_PATH"]
    if not os.path.isfile(os.path.join(path, LABELS)):
        return {"return": 1, "error": f"{path} has no {LABELS}"}
    run["env"]["CM_GET_DEPENDENT_CACHED_PATH"] = path
    return {"return": 0}
