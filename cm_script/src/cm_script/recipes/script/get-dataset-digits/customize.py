"""Export where the digits are."""

import json
import os
from pathlib import Path
from typing import Any

from cm_core.base import to_count


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    wanted = str(run["env"].get("CM_DATASET_DIGITS_SAMPLES", ""))
    if to_count(wanted) is None:
        return {"return": 1, "error": f"--samples={wanted} is not a number"}
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    folder = os.getcwd()
    counts = json.loads(Path("tmp-digits.json").read_text(encoding="utf-8"))
    env["CM_DATASET"] = "DIGITS"
    env["CM_DATASET_PATH"] = env["CM_DATASET_DIGITS_PATH"] = folder
    env["CM_DATASET_DIGITS_FILE_WITH_PATH"] = os.path.join(folder, "digits.npz")
    env["CM_DATASET_DIGITS_SAMPLES_PATH"] = os.path.join(folder, "samples")
    env["CM_DATASET_SIZE"] = str(counts["train"] + counts["test"])
    env["CM_DATASET_DIGITS_HELD_OUT"] = str(counts["test"])
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_DATASET_DIGITS_FILE_WITH_PATH"]
    return {"return": 0}
