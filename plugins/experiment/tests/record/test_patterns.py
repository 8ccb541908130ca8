"""Regular expressions of metrics, slow ones among them."""

import os
import signal
import subprocess
import sys
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


def in_a_thread(rules, text):
    found = []
    thread = threading.Thread(target=lambda: found.append(find_all(rules, text)))
    thread.start()
    thread.join()
    return found[0]


def test_other_threads_search_too():
    assert in_a_thread([Rule.parse("s", "^(b.*)$")], "b1\nab2\nbü\udcff\nc") == ({"s": "bü\udcff"}, "")


def test_a_pattern_that_never_ends_is_named_in_other_threads_too(soon):
    found, problem = in_a_thread([Rule.parse("slow", SLOW)], TRAP)
    assert found == {}
    assert problem.startswith("the pattern of the metric slow did not get through")


def test_a_child_that_cannot_search_is_a_problem(monkeypatch):
    monkeypatch.setattr(patterns, "_CHILD", "raise MemoryError")
    found, problem = in_a_thread([Rule.parse("s", "b")], "b")
    assert (found, problem) == ({}, "the process that was to search for the metric s failed: MemoryError")


C_HANDLER = """
#include <signal.h>
static void ring(int number) { (void)number; }
__attribute__((constructor)) static void set(void) { signal(SIGALRM, ring); }
"""
SEARCH = """
import signal
from cm_experiment.record.patterns import Rule, find_all
assert signal.getsignal(signal.SIGALRM) is None
print(find_all([Rule.parse("s", "(b)")], "abc"), signal.getsignal(signal.SIGALRM))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="libraries that are loaded before others")
def test_a_handler_that_python_did_not_set_stays(need_tool, tmp_path):
    """A program with Python inside may have set one before it started Python."""
    need_tool("cc")
    source, library = tmp_path / "ring.c", tmp_path / "ring.so"
    source.write_text(C_HANDLER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    env = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(
        [sys.executable, "-c", SEARCH], env=env, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("({'s': 'b'}, '') None\n", "")


def test_a_step_whose_pattern_never_ends_has_failed(run, soon):
    data = run("echo", TRAP, metric=f"s={SLOW}").data
    (row,) = data["rows"]
    step = read_step(Path(data["experiment_path2"]) / row["uid"])
    assert (step.state, step.exit_status) == ("failed", 0)
    assert step.reason.startswith("the pattern of the metric s did not get through")
