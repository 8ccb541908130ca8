"""States of files that results depend on."""

import os

import pytest

from cm_mlperf.run.sources import changed_files, file_state, folder_state


def test_a_file_that_was_written_again_with_the_same_content_is_the_same(tmp_path):
    file = tmp_path / "helper.py"
    file.write_text("VALUE = 0\n")
    sources = {str(file): file_state(str(file)), str(tmp_path / "gone.txt"): "sha256:0"}
    os.utime(file, (1, 1))
    assert changed_files(sources) == [str(tmp_path / "gone.txt")]
    file.write_text("VALUE = 1\n")
    assert changed_files(sources) == list(sources)


def test_a_large_file_is_told_by_size_and_time(tmp_path):
    file = tmp_path / "samples.bin"
    with file.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    state = file_state(str(file))
    assert not state.startswith("sha256:")
    os.utime(file, (1, 1))
    assert changed_files({str(file): state}) == [str(file)]


@pytest.fixture
def images(tmp_path):
    """A folder of images, one class of which lies elsewhere, with a link that leads round in circles."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dog.png").write_bytes(b"dog")
    folder = tmp_path / "images"
    (folder / "cats").mkdir(parents=True)
    (folder / "cats" / "cat.png").write_bytes(b"cat")
    (folder / "dogs").symlink_to(elsewhere)
    (folder / "cats" / "round").symlink_to(folder)
    (folder / "nothing").symlink_to(tmp_path / "nowhere")
    return folder


@pytest.mark.parametrize("name", ["cats/cat.png", "dogs/dog.png"])
def test_a_folder_is_another_one_when_a_file_in_it_changes(images, name):
    before = folder_state(images)
    assert folder_state(images) == before
    (images / name).write_bytes(b"another animal")
    assert folder_state(images) != before


def test_a_folder_is_another_one_when_a_file_is_added(images):
    before = folder_state(images)
    (images / "cats" / "second.png").write_bytes(b"")
    assert folder_state(images) != before
