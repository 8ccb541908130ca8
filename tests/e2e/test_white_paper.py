"""The commands of the CM white paper, as they are written there."""

import hashlib
import io
import json
import struct
import tarfile
import zlib
from pathlib import Path

import pytest


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_detect_os(workshop):
    done = workshop.cm("run", "script", "detect os", "--out=json")
    assert done.status == 0
    assert {"CM_HOST_OS_TYPE", "CM_HOST_PLATFORM_FLAVOR"} <= done.json()["new_env"].keys()


def test_get_python(workshop, one_sentence):
    done = workshop.cm("run", "script", "get python", "--version_min=3.9.1", "--quiet", "--out=json")
    assert done.status == 0, done.stderr
    first = done.json()
    assert Path(first["new_env"]["CM_PYTHON_BIN_WITH_PATH"]).exists()
    again = workshop.cm("run", "script", "get python", "--version_min=3.9.1", "--out=json").json()
    assert again["path"] == first["path"]
    assert again["steps"][-1]["status"] == "cached"
    one_sentence(workshop.cm("run", "script", "get python", "--version_min=99", "--quiet"), 16, "99")


# -- the model -----------------------------------------------------------------------------------------------


@pytest.fixture
def model(workshop, serve):
    """The model of the cache, made from a stand-in of the real file."""
    file = serve.folder / "resnet50_v1.onnx"
    file.write_bytes(b"stand-in")
    done = workshop.cm(
        *("run", "script", "get ml-model resnet50 onnx fp32"),
        *(f"--url={serve.url}/resnet50_v1.onnx", f"--checksum={md5(file)}", "--out=json"),
    )
    assert done.status == 0, done.stderr
    return done.json()


def test_get_resnet50(workshop, model, serve):
    path = Path(model["new_env"]["CM_ML_MODEL_FILE_WITH_PATH"])
    assert path.read_bytes() == b"stand-in"
    (serve.folder / "resnet50_v1.onnx").unlink()
    done = workshop.cm("run", "script", "get ml-model resnet50 onnx fp32")
    assert done.status == 0
    assert "cached" in done.stderr
    assert str(path) in done.stdout
    found = workshop.cm("find", "cache", "--tags=ml-model,resnet50,fp32", "--out=json").json()["list"]
    assert [entry["path"] for entry in found] == [model["path"]]
    shown = workshop.cm("show", "cache", "--tags=ml-model")
    assert model["path"] in shown.stdout
    removed = workshop.cm("rm", "cache", "--tags=ml-model", "-f")
    assert removed.status == 0, removed.stderr
    assert not Path(model["path"]).exists()
    assert workshop.entries("ml-model") == []


def test_resnet50_that_cannot_be_reached(workshop, serve, one_sentence, tmp_path):
    """URL, checksum and the command that registers a local copy; that command works."""
    (serve.folder / "x.onnx").write_bytes(b"my own copy")
    url, checksum = f"{serve.url}/missing.onnx", md5(serve.folder / "x.onnx")
    words = ("run", "script", "get ml-model resnet50 onnx fp32", f"--url={url}", f"--checksum={checksum}")
    done = workshop.cm(*words, f"--mirror={serve.url}/also-missing")
    sentence = one_sentence(done, done.status, url)
    assert done.status != 0
    assert checksum in sentence
    command = done.stderr.partition("cm run script ")[2].splitlines()[0]
    assert command.endswith("--path=FILE")
    assert workshop.folders() == []
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(b"my own copy")
    own = command.replace("FILE", str(copy)).split()
    registered = workshop.cm("run", "script", *own, f"--checksum={checksum}", "--out=json")
    assert registered.status == 0, registered.stderr
    assert registered.json()["new_env"]["CM_ML_MODEL_FILE_WITH_PATH"] == str(copy)
    again = workshop.cm("run", "script", "get ml-model resnet50 onnx fp32", "--out=json").json()
    assert again["new_env"]["CM_ML_MODEL_FILE_WITH_PATH"] == str(copy)


# -- the data set --------------------------------------------------------------------------------------------


def test_get_imagenet(workshop, serve, one_sentence):
    archive = serve.folder / "images.tar"
    with tarfile.open(archive, "w") as stream:
        for number in range(1, 501):
            stream.addfile(tarfile.TarInfo(f"ILSVRC2012_val_{number:08d}.JPEG"), io.BytesIO())
    words = ("run", "script", "get original imagenet dataset 2012-500")
    missing = workshop.cm(*words, f"--url={serve.url}/nothing.tar", f"--checksum={md5(archive)}")
    sentence = one_sentence(missing, missing.status, f"{serve.url}/nothing.tar")
    assert missing.status != 0
    assert md5(archive) in sentence
    assert "--path=" in missing.stderr
    done = workshop.cm(*words, f"--url={serve.url}/images.tar", f"--checksum={md5(archive)}", "--out=json")
    assert done.status == 0, done.stderr
    assert len(list(Path(done.json()["new_env"]["CM_DATASET_PATH"]).glob("*.JPEG"))) == 500
    again = workshop.cm(*words, "--out=json").json()
    assert again["new_env"]["CM_DATASET_PATH"] == done.json()["new_env"]["CM_DATASET_PATH"]


def test_download_a_file(workshop, serve, one_sentence):
    (serve.folder / "computer_mouse.jpg").write_bytes(b"picture")
    words = ("run", "script", "download file wget", f"--url={serve.url}/computer_mouse.jpg", "--verify=no")
    checksum = md5(serve.folder / "computer_mouse.jpg")
    done = workshop.cm(*words, f"--env.CM_DOWNLOAD_CHECKSUM={checksum}")
    assert done.status == 0, done.stderr
    assert (workshop.folder / "computer_mouse.jpg").read_bytes() == b"picture"
    wrong = workshop.cm(*words, f"--env.CM_DOWNLOAD_CHECKSUM={'0' * 32}", "--output_file=other.jpg")
    one_sentence(wrong, wrong.status, "checksum")
    assert wrong.status != 0
    assert sorted(path.name for path in workshop.folder.iterdir()) == ["computer_mouse.jpg"]


# -- artifacts -----------------------------------------------------------------------------------------------


def test_find_and_load(workshop):
    found = workshop.cm("find", "script", "*-ml-model-*")
    assert found.status == 0
    assert "get-ml-model-resnet50" in found.stdout
    assert "detect-os" not in found.stdout
    loaded = workshop.cm("load", "script", "get-ml-model-resnet50", "--json")
    assert loaded.status == 0
    assert json.loads(loaded.stdout)["meta"]["alias"] == "get-ml-model-resnet50"


def test_a_script_of_my_own(workshop):
    added = workshop.cm("add", "script", "my-new-cool-script", "--tags=my,new,cool-script")
    assert added.status == 0, added.stderr
    folder = workshop.home / "repos" / "local" / "script" / "my-new-cool-script"
    assert (folder / "_cm.yaml").is_file()
    run = 'echo "KEY is $KEY"; echo "NEW=$KEY!" > tmp-run-env.out'
    (folder / "run.sh").write_text(run)
    done = workshop.cm("run", "script", "my new cool-script", "--env.KEY=VALUE", "--json")
    assert done.status == 0, done.stderr
    document = done.json()
    assert document["env"]["KEY"] == "VALUE"
    assert "KEY is VALUE" in done.stderr
    removed = workshop.cm("rm", "script", "--tags=my,new,cool-script", "-f")
    assert removed.status == 0, removed.stderr
    assert not folder.exists()
    assert workshop.cm("run", "script", "my new cool-script").status == 16


def test_the_cache(workshop, model, one_sentence):
    listed = workshop.cm("list", "cache")
    assert listed.status == 0
    assert model["path"] in listed.stdout
    assert workshop.cm("find", "cache", "--tags=ml-model,no-such-tag").stdout.strip() == ""
    # Without -f somebody must agree.
    one_sentence(workshop.cm("rm", "cache", "--tags=ml-model"), 1, "remove 1 cache entry")
    assert Path(model["path"]).exists()
    emptied = workshop.cm("rm", "cache", "-f")
    assert emptied.status == 0, emptied.stderr
    assert workshop.entries() == []
    assert workshop.folders() == []


def test_repositories(workshop):
    folder = workshop.add({"mine": {}})
    shown = workshop.cm("show", "repo")
    assert shown.status == 0
    assert str(folder) in shown.stdout
    assert "cm-toolkit-recipes" in shown.stdout


# -- classification ------------------------------------------------------------------------------------------


def field(number, content):
    """One field of a protocol buffer: text or bytes with their length, or a number."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    data = content.encode() if isinstance(content, str) else content
    length, size = b"", len(data)
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


def brightest_channel():
    """An ONNX model with the interface of ResNet-50 and three classes: which colour is the brightest?"""

    def node(kind, source, target):
        return field(1, field(1, source) + field(2, target) + field(4, kind))

    def value(name, shape):
        dimensions = b"".join(
            field(1, field(2, side) if isinstance(side, str) else b"\x08" + side) for side in shape
        )
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dimensions)))

    size = b"\xe0\x01"  # 224 as a variable-length number
    graph = node("GlobalAveragePool", "input_tensor:0", "pooled") + node("Flatten", "pooled", "flat")
    graph += node("Softmax", "flat", "softmax_tensor:0") + field(2, "brightest")
    graph += field(11, value("input_tensor:0", ("N", b"\x03", size, size)))
    graph += field(12, value("softmax_tensor:0", ("N", b"\x03")))
    return field(1, 6) + field(7, graph) + field(8, field(1, "") + field(2, 11))


def write_png(path, colour, side=64):
    rows = b"".join(b"\0" + bytes(colour) * side for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.slow
@pytest.mark.network
def test_classify_a_picture(workshop, tmp_path):
    model, labels, picture = (
        tmp_path / "model.onnx",
        tmp_path / "labels",
        workshop.folder / "computer_mouse.jpg",
    )
    model.write_bytes(brightest_channel())
    labels.mkdir()
    (labels / "synset_words.txt").write_text("n1 red\nn2 green\nn3 blue\n")
    # Recognised by its content, whatever its name.
    write_png(picture, (20, 30, 250))
    library = workshop.cm("run", "script", "get generic-python-lib onnxruntime", "--quiet", "--out=json")
    assert library.status == 0, library.stderr
    assert library.json()["new_env"]["CM_ONNXRUNTIME_VERSION"]
    for words in (
        ["get ml-model resnet50 onnx fp32", f"--path={model}", f"--checksum={md5(model)}"],
        ["get dataset-aux imagenet-aux", f"--path={labels}"],
    ):
        registered = workshop.cm("run", "script", *words)
        assert registered.status == 0, registered.stderr
    line = (
        "run",
        "script",
        "python app image-classification onnx cpu",
        "--input=computer_mouse.jpg",
        "--quiet",
    )
    done = workshop.cm(*line, "--out=json")
    assert done.status == 0, done.stderr
    result = done.json()["new_state"]["cm_app_image_classification_onnx_py"]
    assert "blue" in result["top_classification"]
    assert [step["status"] for step in done.json()["steps"] if "onnxruntime" in step["title"]] == ["cached"]
    assert "blue" in workshop.cm(*line).stdout
