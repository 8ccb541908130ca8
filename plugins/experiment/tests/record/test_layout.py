import json
import time

import pytest

from cm_core import MetaError, NotFoundError
from cm_experiment.record.layout import (
    ROWS_FILE,
    STEP_FILE,
    Execution,
    Objective,
    Row,
    Step,
    Study,
    read_step,
    read_study,
    row_of,
    write_step,
    write_study,
)
from cm_experiment.record.rows import append_row, read_rows, read_run, run_folders

RUN = "2026-01-31.09-58-02.863466"


def a_step(number, **more):
    given = {
        "uid": f"{number:016x}",
        "run": RUN,
        "number": number,
        "state": "finished",
        "command": ("echo", "1"),
        "variables": {"BATCH": number},
        "metrics": {"throughput": 10.5, "note": "ok"},
        "spread": {"throughput": 0.5},
        "repeats": (Execution(exit_status=0, duration_s=0.1, metrics={"throughput": 10.5}),),
        "repositories": ({"alias": "local", "commit": "abc"},),
        "started": 1.5,
        "duration_s": 0.1,
        "host": "n1",
    }
    return Step(**{**given, **more})


@pytest.fixture
def experiment(tmp_path):
    run = tmp_path / RUN
    run.mkdir()
    write_study(
        run, Study(command=("echo", "{{BATCH}}"), objectives=(Objective(metric="m", direction="minimize"),))
    )
    for number in (1, 2, 3):
        step = a_step(number)
        (run / step.uid).mkdir()
        write_step(run / step.uid, step)
        append_row(run, row_of(step))
    return tmp_path


def test_step_and_study_survive_the_disk(experiment):
    assert read_step(experiment / RUN / f"{1:016x}") == a_step(1)
    study = read_study(experiment / RUN)
    assert study.command == ("echo", "{{BATCH}}")
    assert study.objectives == (Objective(metric="m", direction="minimize"),)


def test_rows_come_by_number(experiment):
    rows = read_rows(experiment)
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[0] == row_of(a_step(1))


@pytest.mark.parametrize("damage", ["", "nonsense\n", '{"uid": "0000000000000001"\n[]\n{"a": 1}\n', None])
def test_the_list_of_rows_is_disposable(experiment, damage):
    whole = read_rows(experiment)
    file = experiment / RUN / ROWS_FILE
    file.unlink() if damage is None else file.write_text(damage)
    assert read_rows(experiment) == whole
    for step in (experiment / RUN).glob("*/cm-step.json"):
        step.unlink()  # the list is whole again: nobody opens them
    assert read_rows(experiment) == whole


def test_a_line_cut_off_by_a_kill_does_not_spoil_the_next(experiment):
    run = experiment / RUN
    with (run / ROWS_FILE).open("ab") as stream:
        stream.write(b'\n{"uid": "00000000000')
    step = a_step(4)
    (run / step.uid).mkdir()
    append_row(run, row_of(step))  # No record in its folder: only the line can tell.
    assert [row.number for row in read_rows(experiment)] == [1, 2, 3, 4]


def test_an_unreadable_step_is_a_warning_and_others_are_unharmed(experiment):
    run = experiment / RUN
    (run / ROWS_FILE).unlink()
    (run / f"{2:016x}" / STEP_FILE).write_text('{"uid": ')
    (run / f"{3:016x}" / STEP_FILE).write_text('{"uid": 3, "run": "", "number": "x", "state": "finished"}')
    warnings = []
    assert [row.number for row in read_rows(experiment, warn=warnings.append)] == [1]
    assert len(warnings) == 2
    assert f"{2:016x}" in warnings[0]
    assert "uid: expected text, got 3" in warnings[1]


def test_an_empty_folder_is_nothing_to_warn_of(experiment):
    (experiment / RUN / f"{9:016x}").mkdir()
    warnings = []
    assert [row.number for row in read_rows(experiment, warn=warnings.append)] == [1, 2, 3]
    assert warnings == []


def test_a_row_without_its_folder_is_gone(experiment):
    folder = experiment / RUN / f"{2:016x}"
    (folder / STEP_FILE).unlink()
    folder.rmdir()
    assert [row.number for row in read_rows(experiment)] == [1, 3]


def test_steps_that_run_are_rows_too(experiment):
    step = a_step(4, state="running")
    (experiment / RUN / step.uid).mkdir()
    write_step(experiment / RUN / step.uid, step)
    assert read_rows(experiment)[-1].state == "running"


def test_runs_of_the_original_are_read(tmp_path):
    run = tmp_path / RUN
    run.mkdir()
    found = [{"uid": "ab", "iso_datetime": "2023-06-09T09:58:02.863466", "a.b": 3, "c": [1]}]
    (run / "cm-result.json").write_text(json.dumps(found))
    (row,) = read_rows(tmp_path)
    assert (row.uid, row.run, row.metrics, row.state) == ("ab", RUN, {"a.b": 3}, "finished")
    assert row.started > 0
    with pytest.raises(NotFoundError):
        read_study(run)


def test_folders_that_are_no_runs_are_left_out(experiment):
    (experiment / "notes").mkdir()
    assert [run.name for run in run_folders(experiment)] == [RUN]


def test_a_study_of_a_wrong_shape_is_an_error_that_names_the_file(experiment):
    (experiment / RUN / "cm-study.json").write_text('{"format": 1}')
    with pytest.raises(MetaError, match=r"cm-study\.json"):
        read_study(experiment / RUN)


@pytest.mark.slow
def test_ten_thousand_rows_are_read_without_opening_steps(experiment):
    run = experiment / RUN
    for number in range(10, 10_010):
        step = a_step(number)
        (run / step.uid).mkdir()
        append_row(run, row_of(step))
    started = time.perf_counter()
    rows = read_run(run)
    print(f"{time.perf_counter() - started:.3f} s")
    assert len(rows) == 10_003
    assert isinstance(rows[-1], Row)
