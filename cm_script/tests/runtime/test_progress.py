import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time

import pytest

from cm_core.cli.textreporter import PlainReporter
from cm_core.reporter import NullReporter, StepInfo
from cm_script.runtime.progress import LineReporter, Streams, TreeReporter, lively, prompt_writer, summary_for
from cm_script.runtime.steptext import (
    Look,
    StepEnd,
    display_width,
    finished_line,
    fit,
    short_time,
    single_line,
    summary,
)

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


def test_verbose_shows_dependencies_and_silent_only_trouble():
    reporter, _, output = line_reporter(verbose=True)
    reporter.output(CHILD, "noise\n")
    assert output.getvalue() == "noise\n"
    reporter, progress, _ = line_reporter(silent=True)
    reporter.step_finished(CHILD, "done", 1)
    reporter.message("hello")
    assert progress.getvalue() == ""
    reporter.step_finished(CHILD, "failed", 1)
    reporter.message("careful", "warning")
    assert len(progress.getvalue().splitlines()) == 2


def test_a_question_of_a_dependency_is_shown():
    reporter, progress, _ = line_reporter()
    ask = prompt_writer(reporter, CHILD)
    reporter.output(CHILD, "Your name? ")
    ask("Your name? ")
    assert progress.getvalue() == "Your name? "
    assert prompt_writer(NullReporter(), CHILD) is None


def test_only_the_plain_reporter_is_replaced():
    plain = PlainReporter(stream=io.StringIO(), output_stream=io.StringIO())
    assert type(lively(plain)) is LineReporter
    silent = NullReporter()
    assert lively(silent) is silent


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
    reporter, _, _ = line_reporter()
    assert summary_for(reporter, RECORDS) == summary_for(NullReporter(), RECORDS)


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
    assert [short_time(s) for s in (0.044, 12.34, 65, 3700)] == [
        "0.04 s",
        "12.3 s",
        "1 min 05 s",
        "1 h 01 min",
    ]


LIVE = """
import os, sys, time
from cm_core.cli.textreporter import PlainReporter
from cm_core.reporter import StepInfo
from cm_script.runtime.progress import lively
reporter = lively(PlainReporter(stream=sys.stderr, output_stream=sys.stdout, env=os.environ))
a = StepInfo(id=1, parent=None, title="app " + "x" * 200, depth=0)
b = StepInfo(id=2, parent=1, title="dep", depth=1)
reporter.step_started(a); reporter.step_started(b)
reporter.output(b, "50%\\r60% \\x1b[2Jdone")
time.sleep(1.0)
reporter.step_finished(b, "done", 1.0)
reporter.output(a, "result: ")
time.sleep(0.3)
reporter.output(a, "42\\n")
time.sleep(0.5)
if len(sys.argv) > 1: raise SystemExit("boom")
reporter.step_finished(a, "done", 1.5)
reporter.close()
"""


QUESTIONS = """
import os, sys, time
from cm_core.cli.textreporter import PlainReporter
from cm_core.interaction import Interaction
from cm_core.reporter import StepInfo
from cm_script.runtime.progress import asking, lively, prompt_writer
reporter = lively(PlainReporter(stream=sys.stderr, output_stream=sys.stdout, env=os.environ))
interaction = asking(Interaction(interactive=True), reporter)
a = StepInfo(id=1, parent=None, title="app", depth=0)
b = StepInfo(id=2, parent=1, title="dep", depth=1)
reporter.step_started(a); reporter.step_started(b)
time.sleep(0.6)
chosen = interaction.choose("which?", ["x", "y"])
time.sleep(0.6)
prompt_writer(reporter, b)("Your name? ")
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


def on_terminal(program, *, columns=60, env=None, answers=None):
    """What a program writes on a terminal; ``answers`` are typed when their questions appear."""
    waiting = list((answers or {}).items())
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1", **(env or {})},
    )
    os.close(slave)
    written = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        written += chunk
        if waiting and waiting[0][0].encode() in written:
            os.write(master, waiting.pop(0)[1].encode() + b"\n")
    os.close(master)
    process.wait()
    return written.decode()


def screen(text, columns):
    """The lines that a terminal shows after these characters; knows what the reporter uses."""
    lines, row, column, saved = [""], 0, 0, (0, 0)
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\x1b[78]|\r|\n|[^\x1b\r\n]", text):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b7":
            saved = (row, column)
        elif part == "\x1b8":
            row, column = saved
        elif part.startswith("\x1b") and part.endswith("A"):
            row -= int(part[2:-1])
            assert row >= 0
        elif part == "\x1b[J":
            lines[row] = lines[row][:column]
            del lines[row + 1 :]
        elif part == "\x1b[K":
            lines[row] = lines[row][:column]
        elif part.startswith("\x1b"):
            assert part.endswith("m"), part
        else:
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + 1 :]
            column += 1
            assert column < columns
    return [line for line in lines if line]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_the_live_region_leaves_no_trace():
    written = on_terminal(LIVE, env={"NO_COLOR": "1"})
    shown = screen(written, 60)
    assert "60% done" in written
    assert "\x1b[2J" not in written
    assert not re.search(r"\x1b\[[0-9;]*m", written)
    assert "⠙" in written
    assert shown[0].split() == ["✓", "dep", "1.00", "s"]
    assert shown[1] == "result: 42"
    assert shown[2].startswith("✓ app xxx")
    assert len(shown) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_questions_and_the_live_region_do_not_mix():
    answers = {"number [0]: ": "1", "Your name? ": "Ada", "Go on? ": "y"}
    written = on_terminal(QUESTIONS, env={"NO_COLOR": "1"}, answers=answers)
    assert [" ".join(line.split()) for line in screen(written, 60)] == [
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


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_a_dumb_terminal_gets_lines():
    written = on_terminal(LIVE, env={"TERM": "dumb"})
    assert "\x1b" not in written


def test_closing_twice_and_early():
    reporter = TreeReporter(Streams(progress=io.StringIO(), output=io.StringIO()))
    reporter.close()
    reporter.step_started(ROOT)
    reporter.close()
    time.sleep(0)
