"""Register a file that is on this machine, or have it downloaded; "download file" checks both."""

import os
from typing import Any


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = env.get("CM_TMP_PATH") or env.get("CM_INPUT", "")
    if path:
        # A cached recipe works in its entry, but the user means a path seen from where the command was typed.
        path = os.path.join(env.get("CM_TMP_CURRENT_PATH", ""), path)
        path = os.path.join(path, "vocab.txt") if os.path.isdir(path) else path
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = os.path.abspath(path)
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    env["CM_ML_MODEL_BERT_VOCAB_FILE_WITH_PATH"] = env["CM_DATASET_SQUAD_VOCAB_PATH"]
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_DATASET_SQUAD_VOCAB_PATH"]
    return {"return": 0}
