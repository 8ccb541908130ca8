"""Register a model that is on this machine, or have it downloaded; "download file" checks both."""

from typing import Any

from cm_script import export_model, use_given_file


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
    export_model(run["env"])
    return {"return": 0}
