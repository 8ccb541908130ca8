"""Register a model that is on this machine, or have it downloaded; "download file" checks both."""

import os
from typing import Any

from cm_mlperf.reference.local_copy import use_given_file


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    use_given_file(env, env["CM_ML_MODEL_FILE"])
    env["CM_ML_MODEL_STARTING_WEIGHTS_FILENAME"] = env["CM_DOWNLOAD_URL"]
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    model = env["CM_ML_MODEL_FILE_WITH_PATH"]
    env["CM_ML_MODEL_PATH"], env["CM_ML_MODEL_FILE"] = os.path.split(model)
    env[f"CM_ML_MODEL_BERT_LARGE_{env['CM_ML_MODEL_PRECISION'].upper()}_PATH"] = model
    env["CM_GET_DEPENDENT_CACHED_PATH"] = model
    return {"return": 0}
