"""The recipes of models and data, by the command line: from a local server, from local copies, and failing."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

import cm_mlperf
from cm_mlperf.reference import catalog
from cm_mlperf.reference.imagenet import ImageNet
from cm_mlperf.reference.openimages import OpenImages
from cm_mlperf.reference.squad import Squad

RECIPES = Path(cm_mlperf.__file__).parent / "recipes" / "script"
FOLDERS = sorted(path.parent for path in RECIPES.glob("*/_cm.yaml"))
NOWHERE = "http://127.0.0.1:9"

MODELS = [
    ("retinanet _onnx", "onnx"),
    ("retinanet _pytorch _module", "pytorch"),
    ("bert-large _onnx _fp32", "onnx"),
    ("bert-large _onnx _int8", "onnx"),
    ("bert-large _pytorch _fp32", "pytorch"),
    ("bert-large _pytorch _int8", "pytorch"),
    ("resnet50 _pytorch", "pytorch"),
]


def md5(data):
    return hashlib.md5(data).hexdigest()


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.fixture
def put(serve):
    """Serve data under a name; address and checksum as words of a command."""

    def serve_data(name, data):
        (serve.folder / name).write_bytes(data)
        return f"--url={serve.url}/{name}", f"--checksum={md5(data)}"

    return serve_data


# ------------------------------------------------------------------------------------ metadata


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_identity(folder):
    meta = yaml.safe_load((folder / "_cm.yaml").read_text(encoding="utf-8"))
    assert meta["alias"] == folder.name
    assert (meta["automation_alias"], meta["automation_uid"]) == ("script", "5b4e0237da074764")
    assert len(meta["uid"]) == 16
    assert all(isinstance(tag, str) and not tag.startswith(("_", "-")) for tag in meta["tags"])


def test_no_two_recipes_share_a_uid():
    uids = [yaml.safe_load((folder / "_cm.yaml").read_text(encoding="utf-8"))["uid"] for folder in FOLDERS]
    assert len(set(uids)) == len(FOLDERS) == 9


def test_the_catalogue_asks_for_recipes_that_exist(cm_session):
    asked = {tags for model in catalog.MODELS for tags in model.recipes.values()}
    asked |= {tags for source in catalog.DATA_SOURCES for tags in (source.recipe, source.full_recipe) if tags}
    for tags in asked:
        plain = [tag for tag in tags.split() if not tag.startswith("_")]
        variations = {tag[1:] for tag in tags.split() if tag.startswith("_")}
        (script,) = cm_session.find("script", "", tuple(plain))
        assert variations <= script.meta["variations"].keys(), tags


# -------------------------------------------------------------------------------------- models


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "framework"), MODELS)
def test_a_model_from_the_network(run_recipe, put, tags, framework):
    done = run_recipe(f"get ml-model {tags}", *put("model.bin", b"weights" * 1000))
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]).read_bytes() == b"weights" * 1000
    assert done.new_env["CM_ML_MODEL_FRAMEWORK"] == framework
    assert done.new_env["CM_ML_MODEL_STARTING_WEIGHTS_FILENAME"].endswith("/model.bin")


def test_weights_in_an_archive(run_recipe, put):
    archive = zipped(**{"retinanet_model_10.pth": b"weights"})
    done = run_recipe("get ml-model retinanet _pytorch", *put("retinanet_model_10.zip", archive))
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]).name == "retinanet_model_10.pth"
    assert Path(done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]).read_bytes() == b"weights"


@pytest.mark.slow
def test_a_download_that_breaks_off_goes_on(run_recipe, put, serve):
    serve.cuts[:] = [3000, 2000]
    done = run_recipe("get ml-model retinanet", *put("model.onnx", b"weights" * 1000))
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]).read_bytes() == b"weights" * 1000
    assert [wanted for _, wanted, _ in serve.requests] == ["", "bytes=3000-", "bytes=5000-"]


def test_a_model_with_the_wrong_checksum(run_recipe, put):
    url, _ = put("model.onnx", b"something else")
    done = run_recipe("get ml-model bert-large", url)
    assert done.status != 0
    assert "wrong checksum for model.onnx" in done.error
    assert "819b25b19cd8e59080c10892689750ca" in done.error


def test_no_network(run_recipe):
    done = run_recipe("get ml-model retinanet", f"--url={NOWHERE}/model.onnx")
    assert done.status != 0
    assert f"cannot download {NOWHERE}/model.onnx" in done.error
    assert done.hint.endswith("cm run script --tags=get,ml-model,retinanet,_onnx,_fp32 --path=FILE")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ("retinanet _onnx", "resnext50_32x4d_fpn.onnx"),
        ("bert-large _onnx _int8", "bert_large_v1_1_fake_quant.onnx"),
        ("resnet50 _pytorch", "resnet50-19c8e357.pth"),
    ],
)
def test_a_model_that_is_here_already(run_recipe, tmp_path, tags, name):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_bytes(b"mine")
    done = run_recipe(f"get ml-model {tags}", "--path=models", f"--checksum={md5(b'mine')}")
    assert done.status == 0, done.error
    again = run_recipe(f"get ml-model {tags}")
    assert Path(again.new_env["CM_ML_MODEL_FILE_WITH_PATH"]) == tmp_path / "models" / name


def test_weights_that_are_here_already_out_of_their_archive(run_recipe, tmp_path):
    (tmp_path / "retinanet_model_10.pth").write_bytes(b"mine")
    done = run_recipe("get ml-model retinanet _pytorch", "--path=retinanet_model_10.pth")
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]) == tmp_path / "retinanet_model_10.pth"


def test_a_variation_that_does_not_exist(run_recipe):
    done = run_recipe("get ml-model bert-large _tf")
    assert done.status == 16
    assert "tf" in done.error


# ---------------------------------------------------------------------------------------- data


@pytest.mark.slow
def test_squad_from_the_network(run_recipe, put, squad):
    data = (squad / "dev-v1.1.json").read_bytes()
    done = run_recipe("get dataset squad", *put("dev-v1.1.json", data))
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_DATASET_SQUAD_VAL_PATH"]).read_bytes() == data
    done = run_recipe("get squad-vocab", *put("vocab.txt", (squad / "vocab.txt").read_bytes()))
    assert Path(done.new_env["CM_ML_MODEL_BERT_VOCAB_FILE_WITH_PATH"]).name == "vocab.txt"


def test_the_official_checksum_of_squad_is_asked_for(run_recipe, put):
    url, _ = put("dev-v1.1.json", b"{}")
    done = run_recipe("get dataset squad", url)
    assert "wrong checksum for dev-v1.1.json" in done.error
    assert "3e85deb501d4e538b6bc56f786231552" in done.error


@pytest.fixture
def open_images_server(openimages, serve, put, run_recipe):
    """Images and annotations on the local server; the annotations are in the cache."""
    annotations = (openimages / "annotations" / "openimages-mlperf.json").read_bytes()
    archive = zipped(**{"openimages-mlperf.json": annotations})
    done = run_recipe("get openimages annotations", *put("annotations.zip", archive))
    assert done.status == 0, done.error
    for picture in (openimages / "validation" / "data").iterdir():
        (serve.folder / picture.name).write_bytes(picture.read_bytes())
    return serve


@pytest.mark.slow
def test_open_images_from_the_network(run_recipe, open_images_server, openimages):
    done = run_recipe("get dataset openimages _size.2", f"--images_url={open_images_server.url}")
    assert done.status == 0, done.error
    root = Path(done.new_env["CM_DATASET_PATH_ROOT"])
    names = sorted(path.name for path in (openimages / "validation" / "data").iterdir())
    assert sorted(path.name for path in (root / "validation" / "data").iterdir()) == names[:2]
    listed = json.loads((root / "annotations" / "openimages-mlperf.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in listed["images"]] == names


@pytest.mark.slow
def test_who_has_all_images_needs_no_part(run_recipe, openimages):
    assert run_recipe("get dataset openimages _full", f"--path={openimages}").status == 0
    for tags in ("get mlperf-data _openimages", "get mlperf-data _openimages _full"):
        done = run_recipe(tags)
        assert done.status == 0, done.error
        assert OpenImages(done.new_env["CM_MLPERF_INFERENCE_DATA_PATH"]).size == 3


@pytest.mark.slow
def test_an_image_that_breaks_off_is_asked_for_again(run_recipe, open_images_server):
    open_images_server.cuts[:] = [100]
    done = run_recipe("get dataset openimages _full", f"--images_url={open_images_server.url}")
    assert done.status == 0, done.error
    folder = Path(done.new_env["CM_DATASET_PATH"])
    assert all(path.suffix == ".jpg" and path.stat().st_size > 100 for path in folder.iterdir())
    assert len(list(folder.iterdir())) == 3


@pytest.mark.slow
def test_a_download_of_images_goes_on_where_it_stopped(run_recipe, open_images_server, tmp_path):
    hidden = open_images_server.folder / f"{2:016x}.jpg"
    data = hidden.read_bytes()
    hidden.unlink()
    words = (f"--images_url={open_images_server.url}", f"--outdirname={tmp_path / 'images'}")
    done = run_recipe("get dataset openimages _full", *words)
    assert done.status == 1
    assert f"{hidden.name}: the server answered 404" in done.error
    assert "--outdirname=FOLDER" in done.hint
    hidden.write_bytes(data)
    before = len(open_images_server.requests)
    assert run_recipe("get dataset openimages _full", *words).status == 0
    assert [name for name, *_ in open_images_server.requests[before:]] == [hidden.name]


@pytest.mark.slow
def test_open_images_that_are_here_already(run_recipe, openimages):
    done = run_recipe("get dataset openimages _full", f"--path={openimages}")
    assert done.status == 0, done.error
    assert Path(done.new_env["CM_DATASET_PATH"]) == openimages / "validation" / "data"
    done = run_recipe("get dataset openimages _500", f"--path={openimages}")
    assert "has 3 of the images, but 500 are needed" in done.error
    assert "_size.3" in done.hint


def test_annotations_that_name_files_elsewhere(run_recipe, openimages):
    file = openimages / "annotations" / "openimages-mlperf.json"
    file.write_text(json.dumps({"images": [{"file_name": "../../secret.jpg"}]}), encoding="utf-8")
    done = run_recipe("get dataset openimages", f"--path={openimages}")
    assert "'../../secret.jpg', which is not a file name" in done.error


@pytest.mark.slow
def test_parts_of_a_data_set_are_joined(run_recipe, squad, imagenet, tmp_path):
    register = {"get dataset squad": "dev-v1.1.json", "get squad-vocab": "vocab.txt"}
    for tags, name in register.items():
        data = (squad / name).read_bytes()
        assert run_recipe(tags, f"--path={squad / name}", f"--checksum={md5(data)}").status == 0
    done = run_recipe("get mlperf-data _squad")
    assert done.status == 0, done.error
    assert Squad(done.new_env["CM_MLPERF_INFERENCE_DATA_PATH"]).size == 2

    labels = (imagenet / "val_map.txt").rename(tmp_path / "val.txt")
    (tmp_path / "synset_words.txt").touch()
    assert run_recipe("get dataset-aux imagenet-aux", f"--path={labels.parent}").status == 0
    done = run_recipe("get mlperf-data _imagenet", f"--path={imagenet}")
    assert done.status == 0, done.error
    assert ImageNet(done.new_env["CM_MLPERF_INFERENCE_DATA_PATH"]).size == 4


# ------------------------------------------------------------------------------------- sources


@pytest.mark.slow
def test_sources_of_mlperf_inference(run_recipe, tmp_path, need_tool):
    git = need_tool("git")
    source = tmp_path / "inference"
    (source / "loadgen").mkdir(parents=True)
    (source / "loadgen" / "VERSION.txt").write_text("6.0.17\n", encoding="utf-8")
    checker = source / "tools" / "submission" / "submission_checker"
    checker.mkdir(parents=True)
    (checker / "constants.py").write_text('X = {"v5.1": {}, "v6.1": {}, "v6.0": {}}', encoding="utf-8")
    (source / "language" / "bert").mkdir(parents=True)
    (source / "language" / "bert" / "README.md").touch()
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (["init", "-q", "-b", "master"], ["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run([git, *words], cwd=source, check=True)
    cloned = run_recipe("get mlperf inference src", f"--url=file://{source}")
    assert cloned.status == 0, cloned.error
    assert cloned.new_env["CM_MLPERF_INFERENCE_SOURCE"] != str(source)
    here = run_recipe("get mlperf inference src", f"--path={source}")
    assert here.new_env["CM_MLPERF_INFERENCE_SOURCE"] == str(source)
    for env in (cloned.new_env, here.new_env):
        assert env["CM_MLPERF_LAST_RELEASE"] == "v6.1"
        assert env["CM_MLPERF_INFERENCE_SOURCE_VERSION"] == "6.0.17"
        assert Path(env["CM_MLPERF_INFERENCE_BERT_PATH"]).is_dir()
        assert "CM_MLPERF_INFERENCE_DLRM_PATH" not in env


def test_what_are_no_sources(run_recipe, tmp_path):
    done = run_recipe("get mlperf inference src", f"--path={tmp_path}")
    assert done.status == 1
    assert "is not a checkout of MLPerf inference" in done.error
