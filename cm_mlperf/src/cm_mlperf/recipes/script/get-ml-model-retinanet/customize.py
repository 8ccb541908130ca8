"""Register a model that is on this machine, or have it downloaded; "download file" checks both."""

import os
from typing import Any

from cm_mlperf.reference.local_copy import use_given_file


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = use_given_file(env, env["CM_ML_MODEL_FILE"])
    # A copy may be the archive, as downloaded, or the model out of it, whose checksum nobody published.
    if path and not path.endswith(".zip"):
        if env.get("CM_ML_MODEL_IN_ARCHIVE") and not run["input"].get("checksum"):
            env["CM_DOWNLOAD_CHECKSUM"] = ""
        env["CM_ML_MODEL_IN_ARCHIVE"] = "no"
    env["CM_ML_MODEL_STARTING_WEIGHTS_FILENAME"] = env["CM_DOWNLOAD_URL"]
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    env["CM_ML_MODEL_PATH"], env["CM_ML_MODEL_FILE"] = os.path.split(env["CM_ML_MODEL_FILE_WITH_PATH"])
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_ML_MODEL_FILE_WITH_PATH"]
    return {"return": 0}
