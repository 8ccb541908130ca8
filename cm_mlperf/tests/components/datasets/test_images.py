"""Folders of images."""

import pytest

from cm_core import NotFoundError, UsageError
from cm_mlperf.components.datasets.images import ImageFolder
from cm_mlperf.interfaces import InputSpec

pytest.importorskip("PIL")
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    for name, colour in (("cat/1.png", (255, 0, 0)), ("cat/2.png", (0, 255, 0)), ("dog/1.png", (0, 0, 255))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (10, 6), colour).save(tmp_path / name)
    return tmp_path


def test_size_layout_and_type_come_from_the_model(folder):
    data = ImageFolder(path=str(folder))
    data.adapt([InputSpec(name="image", dtype="float32", shape=(None, 3, 4, 5))])
    data.load([0, 2])
    assert data.loaded_bytes == 3 * 4 * 5 * 4
    block = data.inputs([2, 0])["image"]
    assert block.shape == (2, 3, 4, 5)
    assert block[0].mean(axis=(1, 2)).tolist() == [0, 0, 1]
    assert block[1].mean(axis=(1, 2)).tolist() == [1, 0, 0]
    assert data.labels.tolist() == [0, 0, 1]


@pytest.mark.parametrize("content", [b"", b"\x89PNG junk", "half"])
def test_a_damaged_image_is_named(folder, content):
    file = folder / "cat" / "2.png"
    file.write_bytes(file.read_bytes()[:45] if content == "half" else content)
    data = ImageFolder(path=str(folder))
    with pytest.raises(UsageError, match=r"2\.png cannot be read as an image"):
        data.load([0, 1])


def test_channels_last_and_normalisation(folder):
    data = ImageFolder(path=str(folder), mean="0.5,0.5,0.5", std=0.5, size="4x5")
    data.adapt([InputSpec(name="image", dtype="float32", shape=(None, None, None, 3))])
    data.load([0])
    assert data.inputs([0])["image"][0, 0, 0].tolist() == [1, -1, -1]


@pytest.mark.parametrize(
    "options", [{"size": "4xx"}, {"size": "1_0"}, {"mean": "0.5,nan,0.5"}, {"scale": "inf"}, {"size": "4x-5"}]
)
def test_numbers_are_numbers(folder, options):
    (name,) = options
    with pytest.raises(UsageError, match=f"^{name}=.* must be"):
        ImageFolder(path=str(folder), **options)


def test_grey_models_get_grey_images(folder):
    data = ImageFolder(path=str(folder))
    data.adapt([InputSpec(name="image", dtype="float32", shape=(None, 1, 6, 10))])
    data.load([1])
    assert data.inputs([1])["image"].shape == (1, 1, 6, 10)


def test_images_without_classes_have_no_labels(tmp_path):
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    assert ImageFolder(path=str(tmp_path)).labels is None


def test_folders_that_do_not_do(tmp_path):
    with pytest.raises(NotFoundError, match="no images"):
        ImageFolder(path=str(tmp_path))
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="has 1 axes per sample, but an image has three"):
        ImageFolder(path=str(tmp_path)).adapt([InputSpec(name="x", dtype="float32", shape=(None, 4))])
