import json

import pytest

from cm_mlperf.checking.resultfiles import check_files
from cm_mlperf.submission.descriptions import MEASUREMENT_KEYS
from cm_mlperf.submission.layout import Result, layout_of

RESULT = Result(division="open", submitter="Example", system="box", benchmark="own", scenario="offline")
LAYOUT = layout_of("v5.1")


@pytest.fixture
def tree(tmp_path):
    """A result of an older round whose description is still missing."""
    for folder, name in (
        (LAYOUT.measurements_folder(RESULT), "user.conf"),
        (LAYOUT.measurements_folder(RESULT), "README.md"),
        (LAYOUT.result(RESULT) / "performance/run_1", "mlperf_log_summary.txt"),
        (LAYOUT.result(RESULT) / "accuracy", "mlperf_log_summary.txt"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text("# text")
    return tmp_path


def describe(tree, name, **values):
    content = dict.fromkeys(MEASUREMENT_KEYS, "x") | values
    (tree / LAYOUT.measurements_folder(RESULT) / name).write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["box_offline.json", "box.json", "box_by_hand_offline.json", "box2.json"])
def test_older_rounds_find_a_description_by_the_name_of_the_system(tree, name):
    describe(tree, name)
    assert list(check_files(tree, LAYOUT, RESULT)) == []


def test_the_description_of_the_scenario_comes_first(tree):
    describe(tree, "box_a.json", retraining="")
    describe(tree, "box_z_offline.json")
    assert list(check_files(tree, LAYOUT, RESULT)) == []


def test_a_description_of_another_system_is_none(tree):
    describe(tree, "other_offline.json")
    (finding,) = check_files(tree, LAYOUT, RESULT)
    assert (finding.file.rpartition("/")[2], finding.found) == ("box_offline.json", "missing")
