"""Check the image, and write the results where they were asked for."""

import json
import os
from pathlib import Path
from typing import Any

from cm_script import given_path

RESULT = "cm-image-classification-onnx-py.json"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    if env.get("CM_IMAGE"):
        # A key of its own, since what a flag sets cannot be changed.
        path = given_path(env, ["CM_IMAGE"])
        env["CM_APP_IMAGE_CLASSIFICATION_IMAGE"] = path
        if not os.path.isfile(path):
            return {"return": 1, "error": f"there is no image {path}"}
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    result = run["state"].get("cm_app_image_classification_onnx_py", {})
    folder = Path(env.get("CM_APP_IMAGE_CLASSIFICATION_ONNX_PY_OUTPUT") or os.getcwd())
    folder.mkdir(parents=True, exist_ok=True)
    path = (folder / RESULT).absolute()
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    env["CM_APP_IMAGE_CLASSIFICATION_ONNX_PY"] = "success"
    env["CM_APP_IMAGE_CLASSIFICATION_ONNX_PY_RESULT"] = str(path)
    print(f"Results: {path}")
    return {"return": 0}
