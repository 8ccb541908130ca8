from pathlib import Path

from cm_script.runtime.localcopy import export_model, given_path, use_given_file


def test_a_path_is_seen_from_where_the_command_was_typed(tmp_path: Path):
    env = {"CM_TMP_CURRENT_PATH": str(tmp_path), "CM_TMP_PATH": "", "CM_INPUT": "../models "}
    assert given_path(env) == str(tmp_path.parent / "models")
    assert given_path(env, ["CM_OTHER"]) == ""


def test_a_file_in_a_folder(tmp_path: Path):
    env = {"CM_TMP_PATH": str(tmp_path)}
    assert use_given_file(env, "m.onnx") == env["CM_DOWNLOAD_LOCAL_FILE_PATH"] == str(tmp_path / "m.onnx")
    assert use_given_file({}, "m.onnx") == ""


def test_where_the_model_is():
    env = {"CM_ML_MODEL_FILE_WITH_PATH": "/a/m.onnx"}
    assert export_model(env) == env["CM_GET_DEPENDENT_CACHED_PATH"] == "/a/m.onnx"
    assert (env["CM_ML_MODEL_PATH"], env["CM_ML_MODEL_FILE"]) == ("/a", "m.onnx")
