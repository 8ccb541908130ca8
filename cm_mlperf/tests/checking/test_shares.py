import shutil

import pytest

from cm_core import CMError
from cm_mlperf.checking import shares
from cm_mlperf.checking.finding import CheckOptions
from cm_mlperf.checking.shares import check_share, check_tree, share_out
from cm_mlperf.checking.strict import check_tree as check_alone
from cm_mlperf.loadgen import rounds

ROUND = rounds.load("v6.1")


@pytest.fixture
def tree(tmp_path, recorded):
    """Three submitters with some results each."""
    for submitter, number in (("A", 2), ("B", 1), ("C", 3)):
        for one in range(number):
            run = tmp_path / f"open/{submitter}/results/box{one}/own/SingleStream/performance/run_1"
            run.mkdir(parents=True)
            shutil.copy(recorded / "official/SingleStream/performance/mlperf_log_detail.txt", run)
    (tmp_path / "closed/B/results/box/resnet/Offline").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def small_shares(monkeypatch):
    monkeypatch.setattr(shares, "_RESULTS_OF_A_SHARE", 3)


def test_a_small_tree_is_one_share(tree):
    assert share_out(tree) == [(7, ("C", "A", "B"))]


@pytest.mark.usefixtures("small_shares")
def test_each_submitter_is_in_one_share(tree):
    assert share_out(tree) == [(4, ("A", "B")), (3, ("C",))]


@pytest.mark.usefixtures("small_shares")
def test_shares_together_say_what_one_process_says(tree):
    alone = check_alone(tree, ROUND, CheckOptions())
    told = []
    together = check_tree(tree, ROUND, CheckOptions(progress=told.append))
    assert together.findings == alone.findings
    assert sorted(together.results, key=str) == sorted(alone.results, key=str)
    assert told[-1] == "7 of 7 results"


@pytest.mark.usefixtures("small_shares")
def test_shares_are_as_official_as_one_process(tree):
    (tree / "open/A/.hidden").touch()
    options = CheckOptions(like_official=True)
    findings = check_tree(tree, ROUND, options).findings
    assert findings == check_alone(tree, ROUND, options).findings
    assert findings != check_tree(tree, ROUND, CheckOptions()).findings


def test_one_submitter_is_not_shared_out(tree):
    options = CheckOptions(submitter="C")
    assert check_tree(tree, ROUND, options) == check_alone(tree, ROUND, options)


def test_a_share_is_of_its_submitters(tree):
    report = check_share(tree, ROUND, "", ["A", "B"])
    assert {one.folder.split("/")[1] for one in report.results} == {"A", "B"}
    assert len(report.results) == 4


@pytest.mark.usefixtures("small_shares")
def test_a_process_that_fails_is_an_error(tree, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tree / "none"))
    with pytest.raises(CMError, match="python"):
        check_tree(tree, ROUND, CheckOptions())
