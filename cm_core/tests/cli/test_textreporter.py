"""Plain lines about long-running work."""

import io

from cm_core.cli.textreporter import PlainReporter
from cm_core.reporter import Reporter, StepInfo

FIRST = StepInfo(id=1, parent=None, title="app", depth=0)
SECOND = StepInfo(id=2, parent=1, title="detect,os", depth=1)


def work(reporter: Reporter) -> None:
    reporter.step_started(FIRST)
    reporter.step_started(SECOND)
    reporter.step_finished(SECOND, "cached", 0.01, "entry 1234")
    reporter.output(FIRST, "native ")
    reporter.output(FIRST, "output\n")
    reporter.message("for your information")
    reporter.message("careful", "warning")
    reporter.message("details", "debug")
    reporter.step_finished(FIRST, "failed", 1.5)
    reporter.close()


def streams() -> tuple[io.StringIO, io.StringIO]:
    return io.StringIO(), io.StringIO()


def test_lines() -> None:
    progress, output = streams()
    work(PlainReporter(stream=progress, output_stream=output))
    assert output.getvalue() == "native output\n"
    assert progress.getvalue().splitlines() == [
        "* app",
        "  * detect,os",
        "    detect,os: cached (0.01 s) - entry 1234",
        "for your information",
        "CM warning: careful",
        "  app: failed (1.50 s)",
    ]


def test_silent() -> None:
    progress, output = streams()
    work(PlainReporter(stream=progress, output_stream=output, silent=True))
    assert output.getvalue() == "native output\n"
    assert progress.getvalue().splitlines() == ["CM warning: careful", "  app: failed (1.50 s)"]


def test_debug() -> None:
    progress, output = streams()
    work(PlainReporter(stream=progress, output_stream=output, debug=True))
    assert "details" in progress.getvalue()


def test_a_reader_that_is_gone_does_not_stop_the_work() -> None:
    progress, output = streams()
    progress.close()
    output.close()
    work(PlainReporter(stream=progress, output_stream=output))
