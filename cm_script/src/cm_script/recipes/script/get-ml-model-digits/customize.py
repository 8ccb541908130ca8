"""Export where the model is."""

import os
from typing import Any


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    env["CM_ML_MODEL_PATH"] = os.getcwd()
    env["CM_ML_MODEL_FILE_WITH_PATH"] = os.path.join(os.getcwd(), env["CM_ML_MODEL_FILE"])
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_ML_MODEL_FILE_WITH_PATH"]
    return {"return": 0}
