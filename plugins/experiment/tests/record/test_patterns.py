"""Regular expressions of metrics, slow ones among them."""

import signal
import threading
from pathlib import Path

import pytest

from cm_core import UsageError
from cm_experiment.record import patterns
from cm_experiment.record.layout import read_step
from cm_experiment.record.patterns import Rule, find_all

SLOW = "^(a+)+$"
TRAP = "a" * 40 + "!"


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(patterns, "_MOST_SECONDS", 0.2)


@pytest.mark.parametrize("pattern", ["(", "(" * 3000 + "s", "a{99999999999999999999}"])
def test_what_is_no_pattern(pattern):
    with pytest.raises(UsageError, match="pattern of the metric s is not a valid regular expression"):
        Rule.parse("s", pattern)


def test_the_last_match_counts():
    rules = [Rule.parse("s", "s=(.*)"), Rule.parse("none", "x=(.*)"), Rule.parse("all", "^t.*$")]
    assert find_all(rules, "s=1\ns=2\nt\n") == ({"s": 2, "all": "t"}, "")


def test_a_pattern_that_never_ends_is_named(soon):
    rules = [Rule.parse("good", "(a)"), Rule.parse("slow", SLOW), Rule.parse("late", "(!)")]
    found, problem = find_all(rules, TRAP)
    assert found == {"good": "a"}
    assert problem == "the pattern of the metric slow did not get through the output in 0.2 s"


def test_an_alarm_of_somebody_else_goes_on(soon):
    def never(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGALRM, never)
    earlier = signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        find_all([Rule.parse("slow", SLOW)], TRAP)
        assert signal.getsignal(signal.SIGALRM) is never
        assert 900 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000
    finally:
        signal.setitimer(signal.ITIMER_REAL, *earlier)
        signal.signal(signal.SIGALRM, before)


def test_other_threads_search_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(find_all([Rule.parse("s", "(b)")], "abc")))
    thread.start()
    thread.join()
    assert found == [({"s": "b"}, "")]


def test_a_step_whose_pattern_never_ends_has_failed(run, soon):
    data = run("echo", TRAP, metric=f"s={SLOW}").data
    (row,) = data["rows"]
    step = read_step(Path(data["experiment_path2"]) / row["uid"])
    assert (step.state, step.exit_status) == ("failed", 0)
    assert step.reason.startswith("the pattern of the metric s did not get through")
