import io
import os
import re
import sys
import threading

import pytest

from cm_core.base.text import duration
from cm_core.cli.console import make_reporter
from cm_core.cli.livetree import TreeReporter
from cm_core.cli.progress import LineReporter, Streams
from cm_core.cli.steptext import Look, StepEnd, display_width, finished_line, fit, single_line, summary
from cm_core.reporter import NullReporter, StepInfo, Steps

ROOT = StepInfo(id=1, parent=None, title="app", depth=0)
CHILD = StepInfo(id=2, parent=1, title="get model", depth=1)
GRANDCHILD = StepInfo(id=3, parent=2, title="download file", depth=2)
RECORDS = [
    StepEnd(step=GRANDCHILD, status="cached", seconds=0.01),
    StepEnd(step=CHILD, status="done", seconds=61.4, note="from a mirror"),
    StepEnd(step=StepInfo(id=4, parent=1, title="detect os", depth=1), status="done", seconds=0.5),
    StepEnd(step=ROOT, status="failed", seconds=90.2, note="exit status 3"),
]


def line_reporter(**changes):
    progress, output = io.StringIO(), io.StringIO()
    return LineReporter(Streams(progress=progress, output=output, **changes)), progress, output


def test_in_a_pipe_one_plain_line_per_finished_step():
    reporter, progress, output = line_reporter()
    reporter.step_started(ROOT)
    reporter.step_started(CHILD)
    reporter.output(CHILD, "noise\n")
    reporter.step_finished(CHILD, "cached", 0.1)
    reporter.output(ROOT, "result\n")
    reporter.output(None, "more\n")
    reporter.message("odd flag", "warning")
    reporter.message("detail", "debug")
    reporter.step_finished(ROOT, "failed", 2.0, "exit status 3")
    reporter.close()
    lines = [line.split() for line in progress.getvalue().splitlines()]
    assert lines == [
        ["=", "get", "model", "cached"],
        ["CM", "warning:", "odd", "flag"],
        ["x", "app", "failed", "after", "2.00", "s", "-", "exit", "status", "3"],
    ]
    assert progress.getvalue().startswith("  = get model")
    assert output.getvalue() == "result\nmore\n"


def test_silent_shows_only_trouble_and_debug_more():
    reporter, progress, output = line_reporter(silent=True)
    reporter.step_finished(CHILD, "done", 1)
    reporter.message("hello")
    reporter.progress(CHILD, "halfway")
    reporter.summary(RECORDS, tree=True)
    assert progress.getvalue() == ""
    reporter.step_finished(CHILD, "failed", 1)
    reporter.message("careful", "warning")
    reporter.output(None, "result\n")
    assert len(progress.getvalue().splitlines()) == 2
    assert output.getvalue() == "result\n"
    reporter, progress, _ = line_reporter(debug=True)
    reporter.message("detail", "debug")
    assert progress.getvalue() == "detail\n"


def test_a_question_of_a_dependency_is_shown():
    reporter, progress, _ = line_reporter()
    for step, text in ((CHILD, "Your name? "), (ROOT, "seen anyway? "), (None, "and this? ")):
        reporter.output(step, text)
        reporter.prompt(step, text)
    assert progress.getvalue() == "Your name? "


def test_long_work_says_now_and_then_how_far_it_is():
    reporter, progress, _ = line_reporter()
    reporter.step_started(CHILD)
    reporter.progress(CHILD, "10 %")
    reporter.quiet_seconds = 0.0
    reporter.progress(CHILD, "20 %")
    reporter.quiet_seconds = 60.0
    reporter.progress(CHILD, "30 %")
    assert progress.getvalue() == "  get model: 20 %\n"


def test_streams_that_are_gone_do_not_matter():
    reporter, progress, output = line_reporter()
    progress.close()
    output.close()
    reporter.step_finished(ROOT, "done", 1)
    reporter.output(ROOT, "x")


def test_an_ascii_stream_gets_ascii():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    reporter = LineReporter(Streams(progress=stream, output=stream))
    reporter.step_finished(StepInfo(id=1, parent=None, title="größe ✓", depth=0), "done", 1)
    reporter.output(ROOT, "größe\n")
    stream.seek(0)
    assert stream.read().isascii()


def test_summary_is_the_tree():
    assert [" ".join(line.split()) for line in summary(RECORDS, look=Look(unicode=True))] == [
        "app failed after 1 min 30 s - exit status 3",
        "├─ get model 1 min 01 s - from a mirror",
        "│ └─ download file cached",
        "└─ detect os 0.50 s",
        "2 done, 1 from the cache, 1 failed; 1 min 30 s in total",
    ]
    assert "".join(summary(RECORDS)).isascii()
    assert summary([])[-1].startswith("nothing was done")
    reporter, progress, _ = line_reporter()
    reporter.summary(RECORDS)
    assert progress.getvalue() == summary(RECORDS)[-1] + "\n"
    reporter.summary(RECORDS, tree=True)
    assert progress.getvalue().splitlines()[1:] == summary(RECORDS)


def test_summary_of_a_very_deep_chain():
    records = [
        StepEnd(step=StepInfo(id=n, parent=n - 1 or None, title=f"s{n}", depth=n), status="done", seconds=1)
        for n in range(1, 3001)
    ]
    lines = summary(records, limit=10)
    assert len(lines) == 12
    assert lines[10] == "... and 2990 more steps"


def test_lines_fit_the_terminal():
    record = StepEnd(
        step=StepInfo(id=1, parent=None, title="日本語" * 30, depth=3),
        status="done",
        seconds=1,
        note="n" * 80,
    )
    for columns in (20, 40, 80, 120):
        assert display_width(finished_line(record, Look(unicode=True), columns=columns)) <= max(columns, 24)


def test_texts():
    assert fit("日本語", 4) == "日…"
    assert fit("abc", 2) == "a~"
    assert fit("abc", 0) == ""
    assert single_line("a\x1b[31mred\x1b[0m\x1b]0;title\x07\tb\r\n\x00") == "ared b"
    assert [duration(s) for s in (0.044, 12.34, 65, 3700)] == [
        "0.04 s",
        "12.3 s",
        "1 min 05 s",
        "1 h 01 min",
    ]


START = """
import os, sys, time
from cm_core.cli import Streams, make_reporter
from cm_core.interaction import Interaction
from cm_core.reporter import StepInfo
reporter = make_reporter(Streams(progress=sys.stderr, output=sys.stdout, env=os.environ))
b = StepInfo(id=2, parent=1, title="dep", depth=1)
"""
LIVE = """
a = StepInfo(id=1, parent=None, title="app " + "x" * 200, depth=0)
reporter.step_started(a); reporter.step_started(b)
reporter.output(b, "50%\\r60% \\x1b[2Jdone")
time.sleep(1.0)
reporter.step_finished(b, "done", 1.0)
reporter.output(a, "result: ")
time.sleep(0.3)
reporter.output(a, "42\\n")
time.sleep(0.5)
reporter.step_finished(a, "done", 1.5)
"""
AGAIN = """
for number in (1, 2):
    step = StepInfo(id=number, parent=None, title=f"step {number}", depth=0)
    reporter.step_started(step)
    reporter.progress(step, f"halfway {number}")
    time.sleep(0.6)
    reporter.message("news")
    time.sleep(0.2)
    reporter.step_finished(step, "done", 1.0)
    time.sleep(0.2)
"""
QUESTIONS = """
interaction = Interaction(interactive=True, read=reporter.ask)
a = StepInfo(id=1, parent=None, title="app", depth=0)
reporter.step_started(a); reporter.step_started(b)
time.sleep(0.6)
chosen = interaction.choose("which?", ["x", "y"])
time.sleep(0.6)
reporter.prompt(b, "Your name? ")
name = sys.stdin.readline().strip()
reporter.output(b, "Go on? ")
answer = sys.stdin.readline().strip()
reporter.output(b, "thanks\\n")
time.sleep(0.6)
reporter.step_finished(b, "done", 1.0)
reporter.output(a, f"{chosen} {name} {answer}\\n")
reporter.step_finished(a, "done", 1.5)
reporter.close()
"""


@pytest.fixture
def on_terminal(terminal):
    """The screen, and every character that was written, of a program on a terminal of 60 columns."""
    terminal.columns = 60

    def run(program, answers=None, **env):
        env = {**os.environ, "PYTHONUTF8": "1", **env}
        lines = terminal.run([sys.executable, "-c", START + program], env=env, answers=answers)
        return [" ".join(line.split()) for line in lines], terminal.written

    return run


def test_the_live_region_leaves_no_trace(on_terminal):
    shown, written = on_terminal(LIVE, NO_COLOR="1")
    assert "60% done" in written
    assert "\x1b[2J" not in written
    assert not re.search(r"\x1b\[[0-9;]*m", written)
    assert "⠙" in written
    assert shown[:2] == ["✓ dep 1.00 s", "result: 42"]
    assert shown[2].startswith("✓ app xxx")
    assert len(shown) == 3


def test_the_live_region_comes_again(on_terminal):
    shown, written = on_terminal(AGAIN, NO_COLOR="1")
    assert shown == ["news", "✓ step 1 1.00 s", "news", "✓ step 2 1.00 s"]
    assert {"  halfway 1", "  halfway 2"} <= {line.partition("\x1b")[0] for line in written.splitlines()}


def test_questions_and_the_live_region_do_not_mix(on_terminal):
    answers = {"number [0]: ": "1", "Your name? ": "Ada", "Go on? ": "y"}
    shown, _ = on_terminal(QUESTIONS, answers, NO_COLOR="1")
    assert shown == [
        "which?",
        "0) x",
        "1) y",
        "number [0]: 1",
        "Your name? Ada",
        "Go on? y",
        "✓ dep 1.00 s",
        "1 Ada y",
        "✓ app 1.50 s",
    ]


def test_a_dumb_terminal_gets_lines(on_terminal):
    _, written = on_terminal(LIVE, TERM="dumb")
    assert "\x1b" not in written


def test_nothing_draws_when_all_steps_have_ended():
    streams = Streams(progress=io.StringIO(), output=io.StringIO())
    assert type(make_reporter(streams)) is LineReporter
    reporter = TreeReporter(streams)
    reporter.close()
    reporter.step_started(ROOT)
    (painter,) = [thread for thread in threading.enumerate() if thread.name == "cm-progress"]
    reporter.step_finished(ROOT, "done", 1.0)
    painter.join(timeout=10)
    assert not painter.is_alive()
    reporter.close()


class Heard(NullReporter):
    """Remembers steps and what they print."""

    def __init__(self):
        self.steps, self.outputs = [], []

    def step_finished(self, step, status, seconds, note=""):
        self.steps.append((step.depth, step.title, status, note))

    def output(self, step, text):
        self.outputs.append((step and step.depth, text))


def test_steps_inside_each_other(cm_session):
    steps = Steps(heard := Heard())
    cm_session.reporter = before = NullReporter()
    with steps.step("all"):
        with steps.step("first") as notes, steps.around(cm_session):
            cm_session.reporter.step_finished(ROOT, "done", 1.0)
            cm_session.reporter.output(None, "asked for elsewhere")
            cm_session.reporter.output(CHILD, "deeper")
            notes.append("5 found")
        assert cm_session.reporter is before
        steps.step_from_before("second", "from yesterday")
        with pytest.raises(ZeroDivisionError), steps.step("third"):
            1 / 0  # noqa: B018
    assert heard.steps == [
        (2, "app", "done", ""),
        (1, "first", "done", "5 found"),
        (1, "second", "cached", "from yesterday"),
        (1, "third", "failed", ""),
        (0, "all", "done", ""),
    ]
    assert heard.outputs == [(1, "asked for elsewhere"), (3, "deeper")]
