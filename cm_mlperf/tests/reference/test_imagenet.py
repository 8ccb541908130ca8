import numpy as np
import pytest

from cm_core import CMError, MetaError, NotFoundError, UsageError
from cm_mlperf.reference.imagenet import ImageNet, Top1


def loaded(data, *indices):
    data.load(list(indices))
    return data.inputs(list(indices))


def test_the_shape_and_the_means_of_the_rules(imagenet):
    data = ImageNet(str(imagenet))
    assert data.size == 4
    values = loaded(data, 0, 2)["input_tensor:0"]
    assert (values.shape, values.dtype) == ((2, 3, 224, 224), np.float32)
    expected = np.array([250, 10, 10]) - (123.68, 116.78, 103.94)
    assert values[0].mean(axis=(1, 2)) == pytest.approx(expected, abs=2)


def test_nhwc_has_channels_last(imagenet):
    first = loaded(ImageNet(str(imagenet)), 0)["input_tensor:0"]
    last = loaded(ImageNet(str(imagenet), layout="NHWC", input_name="x"), 0)["x"]
    assert np.array_equal(last.transpose(0, 3, 1, 2), first)


def test_the_middle_of_an_image_is_taken(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    picture = image.new("RGB", (512, 256), (255, 0, 0))
    picture.paste((0, 0, 255), (144, 16, 368, 240))  # exactly the crop
    picture.save(tmp_path / "a.png")
    (tmp_path / "val_map.txt").write_text("a.png 3\n", encoding="utf-8")
    values = loaded(ImageNet(str(tmp_path)), 0)["input_tensor:0"][0]
    assert values[2].min() == pytest.approx(255 - 103.94, abs=1e-3)


def test_torchvision_normalises_values_from_0_to_1(imagenet):
    values = loaded(ImageNet(str(imagenet), preprocessing="torchvision"), 1)["input_tensor:0"][0]
    expected = (np.array([10, 250, 10]) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    assert values.mean(axis=(1, 2)) == pytest.approx(expected, abs=0.05)


def test_images_that_are_not_there_are_left_out(imagenet):
    (imagenet / "ILSVRC2012_val_00000001.JPEG").unlink()
    assert ImageNet(str(imagenet)).size == 3
    assert ImageNet(str(imagenet), count="2").size == 2
    with pytest.raises(UsageError, match="count=two must be a whole number"):
        ImageNet(str(imagenet), count="two")


def test_a_sample_that_was_not_loaded(imagenet):
    data = ImageNet(str(imagenet))
    data.load([0, 1])
    data.unload([1])
    with pytest.raises(CMError, match="sample 1 was requested before it was loaded"):
        data.inputs([0, 1])


def test_no_labels(tmp_path):
    with pytest.raises(NotFoundError, match="has no labels") as raised:
        ImageNet(str(tmp_path))
    assert raised.value.hint == 'get all parts with: cm run script "get mlperf-data _imagenet"'


def test_labels_of_other_images(tmp_path):
    (tmp_path / "val_map.txt").write_text("a.JPEG 1\n", encoding="utf-8")
    with pytest.raises(NotFoundError, match="has none of the images"):
        ImageNet(str(tmp_path))


def test_a_list_that_is_none(imagenet):
    (imagenet / "val_map.txt").write_text("a.JPEG\n", encoding="utf-8")
    with pytest.raises(MetaError, match=r"line 1: 'a.JPEG' is not '<image> <label>'"):
        ImageNet(str(imagenet))


def test_preprocessing_that_does_not_exist(imagenet):
    with pytest.raises(UsageError, match="there is no preprocessing 'none'"):
        ImageNet(str(imagenet), preprocessing="none")


# ------------------------------------------------------------------------------------ accuracy


def scores(classes, *best):
    values = np.zeros((len(best), classes), np.float32)
    values[range(len(best)), best] = 1
    return values


@pytest.mark.parametrize(
    "outputs",
    [
        [scores(1000, 65, 7)],
        [scores(1001, 66, 8)],
        [np.array([66, 8]), scores(1001, 66, 8)],
        [np.array([65, 7])],
        [np.array([[65], [7]], np.int32)],
    ],
    ids=["1000", "1001", "argmax and 1001", "argmax", "column"],
)
def test_the_class_is_logged_as_the_reference_does(imagenet, outputs):
    answers = Top1(str(imagenet)).answers(outputs, [0, 1])
    assert [np.frombuffer(row.tobytes(), np.float32).tolist() for row in answers] == [[65.0], [7.0]]


def test_score_in_the_format_of_the_official_tool(imagenet):
    logged = {index: np.float32(label).tobytes() for index, label in enumerate([65, 970, 1, 970])}
    result = Top1(str(imagenet)).score(logged)
    assert result.text == "accuracy=75.000%, good=3, total=4"
    assert (result.metric, result.value, result.samples) == ("accuracy", 75.0, 4)


def test_an_answer_that_is_no_number_is_wrong(imagenet):
    assert Top1(str(imagenet)).score({0: np.float32("nan").tobytes()}).value == 0


@pytest.mark.parametrize(
    ("logged", "message"),
    [
        ({}, "no answers"),
        ({0: b"12"}, "sample 0 has 2 bytes"),
        ({4: b"1234"}, "sample 4, but there are 4 labelled"),
    ],
)
def test_logs_that_cannot_be_judged(imagenet, logged, message):
    with pytest.raises(CMError, match=message):
        Top1(str(imagenet)).score(logged)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([np.zeros((2,), np.float32)], "neither classes nor class scores"),
        ([np.zeros((1, 1000), np.float32)], "gave 1 answers for 2 samples"),
    ],
)
def test_outputs_that_are_no_classes(imagenet, outputs, message):
    with pytest.raises(CMError, match=message):
        Top1(str(imagenet)).answers(outputs, [0, 1])
