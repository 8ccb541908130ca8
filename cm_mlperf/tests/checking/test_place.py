import shutil

import pytest

from cm_mlperf.checking.place import find_place, round_in

SCENARIO = "open/Lab/results/box/own/SingleStream"


@pytest.fixture
def tree(tmp_path, recorded):
    """A submission tree with one log."""
    run = tmp_path / "tree" / SCENARIO / "performance" / "run_1"
    run.mkdir(parents=True)
    shutil.copy(recorded / "official/SingleStream/performance/mlperf_log_detail.txt", run)
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("within", "names"),
    [
        (".", ()),
        ("open", ("open",)),
        ("open/Lab", ("open", "Lab")),
        ("open/Lab/results", ("open", "Lab")),
        ("open/Lab/results/box", ("open", "Lab", "box")),
        (SCENARIO, ("open", "Lab", "box", "own", "SingleStream")),
    ],
)
def test_any_folder_of_a_tree_is_a_place_in_it(tree, within, names):
    place = find_place(tree / within)
    assert (place.tree.resolve(), str(place.within), place.names) == (tree.resolve(), within, names)


def test_a_folder_in_one_that_is_called_open_is_no_submission(tmp_path):
    (tmp_path / "open/Lab/notes").mkdir(parents=True)
    assert find_place(tmp_path / "open/Lab/notes") is None
    assert find_place(tmp_path / "open/none") is None


def test_the_seeds_in_the_logs_tell_the_round(tree):
    assert round_in(find_place(tree)).name == "v6.1"
    (log,) = tree.rglob("mlperf_log_detail.txt")
    log.write_text(log.read_text().replace('rng_seed", "value": ', 'rng_seed", "value": 1'))
    assert round_in(find_place(tree)) is None


def test_logs_that_cannot_be_read_are_passed_over(tree):
    other = tree / "open/Lab/results/a-box/own/SingleStream/performance/run_1"
    other.mkdir(parents=True)
    (other / "mlperf_log_detail.txt").write_text("nothing")
    assert round_in(find_place(tree)).name == "v6.1"
