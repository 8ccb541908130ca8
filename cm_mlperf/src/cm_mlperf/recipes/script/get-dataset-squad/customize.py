"""Register a file that is on this machine, or have it downloaded; "download file" checks both."""

import os
from typing import Any

from cm_script import use_given_file


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    use_given_file(env, env["CM_VAL_FILENAME"])
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = env["CM_DATASET_SQUAD_VAL_PATH"]
    env["CM_DATASET_PATH"] = env["CM_DATASET_SQUAD_PATH"] = os.path.dirname(path)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = path
    return {"return": 0}
