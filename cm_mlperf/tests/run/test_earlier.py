"""What earlier runs of the same name have measured, and what of it still holds."""

import pytest

from cm_core import replace
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.run.earlier import made_with, put_aside_outdated
from cm_mlperf.run.sources import file_state

MADE_BY = {"back end": "acme-rack 0.1.0", "data set": "cm-plugin-mlperf 0.1.0"}


@pytest.fixture
def run(make_run):
    return make_run(made_by=MADE_BY)


@pytest.mark.parametrize(
    ("made_by", "reason"),
    [
        (MADE_BY, "had other settings"),
        (MADE_BY | {"back end": "acme-rack 0.1.1"}, "was made by acme-rack 0.1.0, now 0.1.1"),
        (MADE_BY | {"recipes": "acme-recipes 2"}, "had other settings"),
    ],
)
def test_another_digest_puts_everything_aside_and_says_why(run, made_by, reason):
    assert put_aside_outdated(run, replace(run.read(), digest="another", made_by=made_by)).startswith(reason)
    assert list(run.tests()) == []
    assert len(list(run.path.glob("history/*/*/*/test.json"))) == 4


def test_records_that_do_not_say_who_made_them_are_not_taken_for_the_same(make_run):
    run = make_run()
    reason = put_aside_outdated(run, replace(run.read(), digest="another", made_by=MADE_BY))
    assert reason == "was measured when records did not say by which versions"
    assert list(run.tests()) == []


def test_only_tests_that_have_read_a_changed_file_are_put_aside(run, tmp_path):
    helper = tmp_path / "helper.py"
    helper.write_text("VALUE = 0\n")
    test = run.read_test("SingleStream", "accuracy")
    run.write_test(replace(test, sources={str(helper): file_state(str(helper))}))
    assert put_aside_outdated(run, run.read()) == ""
    helper.write_text("VALUE = 1\n")
    assert put_aside_outdated(run, run.read()) == "was measured with another helper.py"
    assert run.read_test("SingleStream", "accuracy") is None
    assert len(list(run.tests())) == 3


def test_noise_is_that_of_the_same_sources(run):
    test = run.read_test("SingleStream", "performance")
    run.write_test(replace(test, performance=_result(1.0)))
    earlier = run.path / "history" / "then" / "SingleStream" / "performance"
    earlier.mkdir(parents=True)
    (run.test_folder("SingleStream", "performance") / "test.json").rename(earlier / "test.json")
    run.write_test(replace(test, performance=_result(2.0)))
    assert rows_of_run(run)[0].noise is not None
    run.write_test(replace(test, performance=_result(2.0), sources={"helper.py": "sha256:1"}))
    assert rows_of_run(run)[0].noise is None


def _result(value):
    from cm_mlperf.record.layout import PerformanceResult

    return PerformanceResult(value=value, unit="ms", valid=True)


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ({"numpy": "2.0"}, ""),
        ({}, ""),
        ({"numpy": "1.26"}, "made with numpy 1.26, now 2.0"),
        ({"numpy": "2.0", "acme": "1"}, "made with acme 1, now none"),
        (
            dict.fromkeys("abcde", "1"),
            "made with a 1, now none; made with b 1, now none; made with c 1, now none and 2 more",
        ),
    ],
)
def test_what_a_result_of_before_was_made_with(then, expected):
    assert made_with(then, {"numpy": "2.0", "python": "3.11"}) == expected
