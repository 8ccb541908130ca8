"""What becomes of odd metrics."""

from cm_core import Request


def test_half_a_character_in_a_metric_can_be_written_into_files(run, cm_session, tmp_path):
    run("echo", r'{"a\ud801": 1, "b": "\ud800", "c": "ü"}')
    file = tmp_path / "table.csv"
    options = {"export": str(file)}
    cm_session.call(Request(action="show", automation="experiment", artifact="tune", options=options))
    assert file.read_text(encoding="utf-8").splitlines()[1].startswith("1,\\ud800,ü,")


def test_a_pipe_that_a_command_left_is_no_report(run, cm_session):
    run("sh", "-c", "mkfifo cm-output.json; echo done")
    assert "cm-output.json cannot be read: it is not a regular file" in " ".join(cm_session.warnings)
