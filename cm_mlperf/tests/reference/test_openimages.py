import contextlib
import io
import json

import numpy as np
import pytest

from cm_core import CMError, MetaError, NotFoundError
from cm_mlperf.reference.detection import Detections, Truth, box_overlaps, mean_average_precision
from cm_mlperf.reference.openimages import MeanAveragePrecision, OpenImages


def truth(*rows):
    """Rows of image, class, box, crowd."""
    boxes = np.array([row[2] for row in rows], float).reshape(-1, 4)
    return Truth(
        images=np.array([row[0] for row in rows], int),
        classes=np.array([row[1] for row in rows], int),
        boxes=boxes,
        crowds=np.array([row[3] for row in rows], bool),
        areas=boxes[:, 2] * boxes[:, 3],
    )


def found(*rows):
    """Rows of image, class, box, score."""
    return Detections(
        images=np.array([row[0] for row in rows], int),
        classes=np.array([row[1] for row in rows], int),
        boxes=np.array([row[2] for row in rows], float).reshape(-1, 4),
        scores=np.array([row[3] for row in rows], float),
    )


BOX = (10, 10, 100, 100)
AWAY = (500, 500, 20, 20)


# --------------------------------------------------------------------- mean average precision


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ([(1, 0, BOX, 0)], [(1, 0, BOX, 0.9)], 1.0),
        ([(1, 0, BOX, 0)], [(1, 1, BOX, 0.9)], 0.0),
        ([(1, 0, BOX, 0)], [], 0.0),
        ([], [(1, 0, BOX, 0.9)], -1.0),
        # A wrong box that is surer than the right one halves the precision at each recall.
        ([(1, 0, BOX, 0)], [(1, 0, AWAY, 0.9), (1, 0, BOX, 0.8)], 0.5),
        ([(1, 0, BOX, 0)], [(1, 0, BOX, 0.9), (1, 0, AWAY, 0.8)], 1.0),
        # Half of the objects: recall up to 0.5 is reached at 51 of 101 levels.
        ([(1, 0, BOX, 0), (2, 0, BOX, 0)], [(1, 0, BOX, 0.9)], 51 / 101),
        # An overlap of 0.64 counts at 0.50, 0.55 and 0.60.
        ([(1, 0, BOX, 0)], [(1, 0, (10, 10, 80, 80), 0.9)], 0.3),
        # A box inside a crowd counts neither way.
        ([(1, 0, BOX, 0), (1, 0, (300, 300, 200, 200), 1)], [(1, 0, AWAY, 0.1), (1, 0, BOX, 0.9)], 1.0),
        (
            [(1, 0, BOX, 0), (1, 0, (300, 300, 200, 200), 1)],
            [(1, 0, (320, 320, 20, 20), 0.95), (1, 0, BOX, 0.9)],
            1.0,
        ),
        # The second box on one object is wrong.
        ([(1, 0, BOX, 0), (2, 0, BOX, 0)], [(1, 0, BOX, 0.9), (1, 0, BOX, 0.8), (2, 0, BOX, 0.7)], None),
    ],
)
def test_by_hand(wanted, given, expected):
    value = mean_average_precision(truth(*wanted), found(*given), [1, 2] if len(wanted) == 2 else [1])
    if expected is None:
        expected = (51 + 50 * 2 / 3) / 101
    assert value == pytest.approx(expected)


def test_only_asked_images_count():
    wanted, given = truth((1, 0, BOX, 0), (2, 0, BOX, 0)), found((1, 0, BOX, 0.9))
    assert mean_average_precision(wanted, given, [1]) == pytest.approx(1.0)


def test_a_hundred_boxes_an_image_count():
    wrong = [(1, 0, AWAY, 0.9)] * 100
    assert mean_average_precision(truth((1, 0, BOX, 0)), found(*wrong, (1, 0, BOX, 0.5)), [1]) == 0


def test_overlap_of_boxes_without_area():
    flat = np.array([[5.0, 5.0, 0.0, 0.0]])
    assert box_overlaps(flat, flat, np.array([False])).tolist() == [[0.0]]


def pycocotools_mean(wanted, given, asked):
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):
        reference = coco.COCO()
        reference.dataset = {
            "images": [{"id": image} for image in range(1, 61)],
            "categories": [{"id": label} for label in range(12)],
            "annotations": [
                {
                    "id": number,
                    "image_id": image,
                    "category_id": label,
                    "bbox": box.tolist(),
                    "area": box[2] * box[3],
                    "iscrowd": crowd,
                }
                for number, (image, label, box, crowd) in enumerate(wanted, start=1)
            ],
        }
        reference.createIndex()
        results = reference.loadRes(
            [
                {"image_id": image, "category_id": label, "bbox": box.tolist(), "score": score}
                for image, label, box, score in given
            ]
        )
        judge = evaluation.COCOeval(reference, results, "bbox")
        judge.params.imgIds = asked
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[0]


@pytest.mark.parametrize("seed", range(4))
def test_against_pycocotools(seed):
    random = np.random.default_rng(seed)
    wanted, given = [], []
    for image in range(1, 61):
        for _ in range(random.integers(0, 7)):
            label, box = int(random.integers(0, 12)), random.uniform(10, 300, 4)
            wanted.append((image, label, box, int(random.random() < 0.15)))
            given += [
                (image, label, np.abs(box + random.normal(0, 12, 4)), round(random.random(), 2))
                for _ in range(random.integers(0, 3))
            ]
        given += [
            (image, int(random.integers(0, 12)), random.uniform(10, 300, 4), random.random())
            for _ in range(110 if image == 7 else random.integers(0, 4))
        ]
    asked = [image for image in range(1, 61) if random.random() < 0.8]
    given = [row for row in given if row[0] in asked]
    ours = mean_average_precision(truth(*wanted), found(*given), asked)
    assert ours == pytest.approx(pycocotools_mean(wanted, given, asked), abs=1e-12)


# ------------------------------------------------------------------------------------ data set


def test_images_are_resized_and_not_normalised(openimages):
    data = OpenImages(str(openimages))
    assert data.size == 3
    data.load([0, 1])
    values = data.inputs([0, 1])["images"]
    assert (values.shape, values.dtype) == ((2, 3, 800, 800), np.float32)
    assert values[0].mean(axis=(1, 2)) == pytest.approx(np.array([250, 10, 10]) / 255, abs=0.02)


def test_images_that_are_not_there_are_left_out(openimages):
    next(iter(sorted((openimages / "validation" / "data").iterdir()))).unlink()
    assert OpenImages(str(openimages)).size == 2
    assert OpenImages(str(openimages), count=1).size == 1


def test_no_annotations(tmp_path):
    with pytest.raises(NotFoundError, match="has no annotations") as raised:
        OpenImages(str(tmp_path))
    assert "get mlperf-data _openimages" in raised.value.hint


@pytest.mark.parametrize("text", ["{", "[]", '{"images": [{"id": 1}]}'])
def test_annotations_that_are_none(openimages, text):
    (openimages / "annotations" / "openimages-mlperf.json").write_text(text, encoding="utf-8")
    with pytest.raises(MetaError, match=r"is not"):
        OpenImages(str(openimages))


# ------------------------------------------------------------------------------------ accuracy


def test_boxes_are_logged_as_the_reference_does(openimages):
    boxes = np.array([[80, 160, 400, 320], [0, 0, 8, 8]], np.float32)
    outputs = [boxes, np.array([0.9, 0.01], np.float32), np.array([3, 4])]
    (answer,) = MeanAveragePrecision(str(openimages)).answers(outputs, [2])
    assert answer.dtype == np.float32
    assert answer.tolist() == pytest.approx([2, 0.2, 0.1, 0.4, 0.5, 0.9, 3])


def test_outputs_in_another_order_and_in_batches(openimages):
    labels, boxes = np.array([[1, 0], [2, 0]]), np.zeros((2, 2, 4), np.float32)
    scores = np.array([[0.5, 0.0], [0.6, 0.0]], np.float32)
    answers = MeanAveragePrecision(str(openimages)).answers([labels, boxes, scores], [0, 1])
    assert [answer[[0, 5, 6]].tolist() for answer in answers] == [
        [0.0, 0.5, 1.0],
        pytest.approx([1.0, 0.6, 2.0]),
    ]


def test_one_box_for_each_of_two_samples(openimages):
    outputs = [np.ones((2, 4), np.float32), np.ones(2, np.float32), np.array([5, 6])]
    answers = MeanAveragePrecision(str(openimages)).answers(outputs, [0, 1])
    assert [answer[6] for answer in answers] == [5, 6]


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [np.zeros((3, 4), np.float32)],
        [np.zeros((3, 4), np.float32), np.zeros(2, np.float32), np.zeros(3, int)],
    ],
)
def test_outputs_that_are_no_boxes(openimages, outputs):
    with pytest.raises(CMError, match=r"the model gives .* instead of boxes"):
        MeanAveragePrecision(str(openimages)).answers(outputs, [0])


def test_score_of_answers(openimages):
    annotations = json.loads((openimages / "annotations" / "openimages-mlperf.json").read_text())
    judge = MeanAveragePrecision(str(openimages))
    logged = {}
    for index in range(3):
        rows = []
        for entry in annotations["annotations"]:
            if entry["image_id"] == index + 1:
                left, top, width, height = entry["bbox"]
                box = (top / 160, left / 80, (top + height) / 160, (left + width) / 80)
                rows.append([index, *box, 0.9, entry["category_id"]])
        logged[index] = np.array(rows, np.float32).tobytes()
    assert judge.score(logged).text == "mAP=100.000%"
    # One of two objects of class 0, the one of class 1; class 2 has a crowd alone.
    assert judge.score({**logged, 0: b""}).value == pytest.approx(100 * (51 / 101 + 1) / 2)


@pytest.mark.parametrize(
    ("logged", "message"),
    [({}, "no answers"), ({0: b"1234"}, "not made of 7 float32"), ({3: b""}, "sample 3, but there are 3")],
)
def test_logs_that_cannot_be_judged(openimages, logged, message):
    with pytest.raises(CMError, match=message):
        MeanAveragePrecision(str(openimages)).score(logged)
