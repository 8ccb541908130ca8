import numpy as np
import pytest

from cm_core import MetaError, NotFoundError
from cm_mlperf.reference import pixels

SIZES = [(375, 500), (500, 333), (256, 256), (100, 80), (768, 1024), (257, 300)]


def ramp(height, width):
    return np.arange(height * width * 3, dtype=np.float32).reshape(height, width, 3)


def noise(height, width):
    coarse = np.random.default_rng(height).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    return coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width].astype(np.uint8)


def test_half_the_size_is_the_mean_of_four():
    image = np.array([[0, 10], [20, 30]], np.float32)[..., np.newaxis].repeat(3, axis=2)
    assert pixels.resize_area(image, 1, 1).tolist() == [[[15, 15, 15]]]


def test_a_pixel_that_is_covered_in_part_counts_in_part():
    image = np.array([[0, 90, 0]], np.float32)[..., np.newaxis].repeat(3, axis=2)
    assert pixels.resize_area(image, 1, 2)[0, :, 0].tolist() == [30, 30]


def test_linear_keeps_the_corners_and_is_even_between_centres():
    image = np.array([[0, 100]], np.float32)[..., np.newaxis].repeat(3, axis=2)
    assert pixels.resize_linear(image, 1, 4)[0, :, 0].tolist() == [0, 25, 75, 100]


def test_crop_takes_the_middle():
    image = ramp(5, 7)
    assert np.array_equal(pixels.crop_centre(image, 3, 3), image[1:4, 2:5])


def test_one_pixel_becomes_an_area():
    one = np.full((1, 1, 3), 7, np.float32)
    assert (pixels.resize_area(one, 4, 4) == 7).all()
    assert (pixels.resize_linear(one, 4, 4) == 7).all()


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_area_is_that_of_opencv(height, width):
    cv2 = pytest.importorskip("cv2", reason="opencv-python-headless is not installed")
    image = noise(height, width)
    size = (256, int(256 * width / height)) if height <= width else (int(256 * height / width), 256)
    ours = pixels.resize_area(image.astype(np.float32), *size)
    theirs = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    # OpenCV computes in fixed point when it enlarges, so one step of 256 either way.
    assert np.abs(ours - theirs).max() <= 1
    assert (ours != theirs).mean() < 0.05


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_linear_is_that_of_opencv(height, width):
    cv2 = pytest.importorskip("cv2", reason="opencv-python-headless is not installed")
    image = noise(height, width).astype(np.float32)
    theirs = cv2.resize(image, (800, 800), interpolation=cv2.INTER_LINEAR)
    assert np.abs(pixels.resize_linear(image, 800, 800) - theirs).max() < 1e-3


def test_a_grey_image_has_three_channels(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("L", (4, 3), 77).save(tmp_path / "grey.png")
    read = pixels.read_pixels(tmp_path / "grey.png")
    assert read.shape == (3, 4, 3)
    assert (read == 77).all()


def test_what_is_no_image(tmp_path):
    pytest.importorskip("PIL", reason="Pillow is not installed")
    (tmp_path / "text.jpg").write_text("no image", encoding="utf-8")
    with pytest.raises(MetaError, match="is not an image"):
        pixels.read_pixels(tmp_path / "text.jpg")
    with pytest.raises(NotFoundError, match="there is no image"):
        pixels.read_pixels(tmp_path / "nothing.jpg")


def test_an_image_that_is_cut_off(tmp_path, save_picture):
    save_picture(tmp_path / "whole.jpg", (1, 2, 3), (300, 300))
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(MetaError, match="damaged"):
        pixels.read_pixels(tmp_path / "cut.jpg")
