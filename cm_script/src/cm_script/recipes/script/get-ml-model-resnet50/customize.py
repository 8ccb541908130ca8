"""Register a model that is on this machine, or have it downloaded; "download file" checks both."""

from typing import Any

from cm_script import export_model, use_given_file


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    use_given_file(env, env["CM_ML_MODEL_FILE"])
    env["CM_ML_MODEL_STARTING_WEIGHTS_FILENAME"] = env["CM_DOWNLOAD_URL"]
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    export_model(run["env"])
    return {"return": 0}
