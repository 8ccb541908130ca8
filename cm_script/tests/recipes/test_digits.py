"""The first pipeline, with real packages and real data: from nothing, from the cache, on own pictures."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]

APP = "app image-classification onnx python _digits"


def cached_titles(done):
    return [line.split()[1] for line in done.stderr.splitlines() if line.split()[-1:] == ["cached"]]


def test_digits_pipeline(run_recipe, run_cm, tmp_path):
    first = run_recipe(APP)
    assert first.status == 0, first.stderr
    result = first.new_state["cm_app_image_classification_onnx_py"]
    assert result["accuracy"] >= 0.95
    assert result["accuracy_images"] == 360
    assert len(result["images"]) == 20
    right = [image for image in result["images"] if image["classifications"][0]["label"] == image["expected"]]
    assert len(right) >= 18
    written = Path(first.new_env["CM_APP_IMAGE_CLASSIFICATION_ONNX_PY_RESULT"])
    assert written == tmp_path / "cm-image-classification-onnx-py.json"
    assert json.loads(written.read_text(encoding="utf-8"))["accuracy"] == result["accuracy"]

    # The second time only the classification is done.
    second = run_recipe(APP)
    titles = cached_titles(second)
    assert {"get,ml-model,digits,_onnx", "get,dataset,digits", "get,python3"} <= set(titles)
    assert second.new_state["cm_app_image_classification_onnx_py"]["accuracy"] == result["accuracy"]

    # A picture of the user's own, and where the result goes.
    picture = result["images"][0]["image"]
    done = run_recipe(APP, f"--input={picture}", "--output=results")
    assert (
        done.new_state["cm_app_image_classification_onnx_py"]["top_classification"]
        == (result["images"][0]["classifications"][0]["label"])
    )
    assert (tmp_path / "results" / "cm-image-classification-onnx-py.json").is_file()
    done = run_recipe(APP, "--input=nothing.png")
    assert "there is no image" in done.error

    # Packages went into one environment of the cache, and nowhere else.
    library = run_recipe("get generic-python-lib onnxruntime")
    python = Path(library.new_env["CM_PYTHON_BIN_WITH_PATH"])
    assert run_cm.home in python.parents
    assert {"CM_ONNXRUNTIME_VERSION", "CM_PYTHONLIB_ONNXRUNTIME_CACHE_TAGS"} <= library.new_env.keys()

    # A version that is not the one in the cache is installed, and what it replaced is not believed any more.
    older = run_recipe("get generic-python-lib _package.packaging", "--version=24.0")
    assert older.new_env["CM_PYTHONLIB_PACKAGING_CACHE_TAGS"] == "version-24.0"
    newer = run_recipe("get generic-python-lib _package.packaging", "--version_min=24.1")
    assert newer.new_env["CM_PYTHONLIB_PACKAGING_CACHE_TAGS"] != "version-24.0"
    again = run_recipe("get generic-python-lib _package.packaging", "--version=24.0")
    assert again.new_env["CM_PYTHONLIB_PACKAGING_CACHE_TAGS"] == "version-24.0"
    assert "get,python3" in cached_titles(again)


def test_a_package_that_does_not_exist(run_recipe):
    done = run_recipe("get generic-python-lib _package.there-is-no-such-package-7")
    assert done.status == 2
    assert "get-generic-python-lib" in done.error


@pytest.mark.parametrize("name", ["--pre", "a b", "git+https://x", "x;y"])
def test_what_is_not_the_name_of_a_package(run_recipe, name):
    done = run_recipe("get generic-python-lib", f"--env.CM_GENERIC_PYTHON_PACKAGE_NAME={name}")
    assert done.status == 1
    assert "is not the name of a Python package" in done.error
