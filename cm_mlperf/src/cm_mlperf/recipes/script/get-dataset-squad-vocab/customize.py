"""Register a file that is on this machine, or have it downloaded; "download file" checks both."""

from typing import Any

from cm_script import use_given_file


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    use_given_file(run["env"], "vocab.txt")
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    env["CM_ML_MODEL_BERT_VOCAB_FILE_WITH_PATH"] = env["CM_DATASET_SQUAD_VOCAB_PATH"]
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_DATASET_SQUAD_VOCAB_PATH"]
    return {"return": 0}
