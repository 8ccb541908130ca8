"""Steps that fail and requests that make no sense."""

import sys
from pathlib import Path

import pytest

from cm_core import CMError, NotFoundError, UsageError
from cm_experiment.record.layout import read_step
from cm_experiment.record.rows import read_rows

PRINT = 'import json, os; print(json.dumps({"speed": int(os.environ["A"]) * 2}))'


def steps_of(result):
    folder = Path(result.data["experiment_path2"])
    return [read_step(folder / row["uid"]) for row in result.data["rows"]]


def test_a_step_that_fails_leaves_the_others_unharmed(run):
    code = "import os, sys; sys.exit('bad number') if os.environ['A'] == '2' else print('{\"x\": 1}')"
    result = run(sys.executable, "-c", code, explore={"A": [1, 2, 3]})
    assert [row["state"] for row in result.data["rows"]] == ["finished", "failed", "finished"]
    failed = steps_of(result)[1]
    assert (failed.exit_status, failed.reason) == (1, "exit status 1: bad number")
    assert result.exit_code == 2
    assert "2 finished, 1 failed" in result.lines[0]


def test_a_program_that_is_not_there(run):
    (step,) = steps_of(run("no-such-program", "x"))
    assert (step.state, step.exit_status) == ("failed", 127)
    assert "no-such-program" in step.reason


def test_what_no_argument_can_hold(run):
    result = run("echo", "{{A}}", explore={"A": ["x\0y", "x" * 300_000, "\ud800", "fine"]})
    assert [row["state"] for row in result.data["rows"]] == ["failed", "failed", "failed", "finished"]
    assert "null byte" in steps_of(result)[0].reason


def test_a_step_that_removes_its_own_folder(run):
    # Many, since some are faster than what is noted of them, and others are not.
    result = run('rm -rf "$CM_EXPERIMENT_PATH3"; echo {{A{range(40)}}}')
    assert {row["state"] for row in result.data["rows"]} == {"finished"}


def test_odd_reports(run):
    code = "print('{\"big\": ' + '9' * 4000 + ', \"inf\": 1e999, \"nan\": NaN, \"x\": 1}'); print('{\"a\":' * 100000 + '1' + '}' * 100000)"
    result = run(sys.executable, "-c", code, minimize="x")
    metrics = result.data["rows"][0]["metrics"]
    assert metrics["x"] == 1
    assert metrics["inf"] == "inf"
    assert metrics["nan"] == "nan"
    assert metrics["big"].startswith("999")


def test_a_time_limit_ends_a_step_with_its_children(run):
    (step,) = steps_of(run("sleep 100 & wait", timeout="0.3s"))
    assert step.state == "failed"
    assert step.reason == "stopped after its time limit of 0.3 s"


@pytest.mark.parametrize(
    ("words", "options", "says"),
    [
        ((), {}, "no command to run was given"),
        (("echo", "{{BATCH}}"), {}, "the command uses the undeclared variable BATCH"),
        (("echo", "{{BATC}}"), {"explore": {"BATCH": [1]}}, "did you mean 'BATCH'"),
        (("echo", "{{A{1}}} {{A{2}}}"), {}, "declares the variable A twice"),
        (("echo", "{{A{1,2}}"), {}, "the values of the variable A have no end"),
        (("echo", "{{A{1,2", "x"), {}, "the values of the variable A have no end"),
        (("echo", "{{A{open('x')}}}"), {}, "variable A: there is no such function"),
        (("echo", "{{A{uniform(0,1)}}}"), {}, "a grid cannot try all numbers"),
        (("echo", "{{A}}", "--explore.A=1"), {}, "write it before --"),
        (("echo", "{{A{1,2}}}"), {"trials": "5"}, "add: --search=random"),
        (("echo",), {"explore": {"A": True}}, "the variable A needs values"),
        (("echo",), {"explore": {"a-b": [1]}}, "'a-b' is not a valid variable name"),
        (("echo",), {"explore": {"CD": [1]}}, "the name CD is reserved"),
        (("echo",), {"explore": [{"CM_EXPERIMENT_STEP": 1}]}, "is reserved"),
        (("echo",), {"j": "two"}, "-j=two must be a whole number"),
        (("echo",), {"explore": "no"}, "--explore needs variables"),
        (("echo",), {"explore": [1]}, "a list of points"),
        (("echo",), {"explore": [{"A": 1}, {"B": 1}]}, "the same variables"),
        (("echo",), {"search": "gird"}, "did you mean 'grid'"),
        (("echo", "{{A{1,2}}}"), {"search": "random"}, "--trials=20"),
        (("echo", "{{A{1,2}}}"), {"search": "tpe"}, "--minimize METRIC"),
        (("echo",), {"search": "tpe", "minimize": "x"}, "--search=tpe needs a variable to change"),
        (("echo", "{{A{1,2}}} {{B{1,2,3}}}"), {"search": "list"}, "A has 2, B has 3"),
        (("echo",), {"minimize": "x", "maximize": "x"}, "given twice"),
        (("echo",), {"constraint": "x <"}, "cannot read the expression"),
        (("echo",), {"metric": "x=("}, "not a valid regular expression"),
        (("echo",), {"metric": "x"}, "has no pattern"),
        (("echo",), {"repeat": "0"}, "at least 1"),
        (("echo",), {"timeout": "soon"}, "--timeout=soon is not a duration"),
        (("echo",), {"prune": True}, "--prune needs a metric to judge by"),
        (("echo",), {"executor": "slrm-nowhere"}, "there is no executor 'slrm-nowhere'"),
        (("echo",), {"dir": "../x"}, "path separator"),
    ],
)
def test_bad_requests_are_errors_before_anything_runs(run, cm_session, words, options, says):
    with pytest.raises((UsageError, NotFoundError)) as caught:
        run(*words, **options)
    assert not list(cm_session.home.path.rglob("cm-input.json"))
    assert says in f"{caught.value.message} {caught.value.hint}"


def test_a_word_too_much(run_cm):
    done = run_cm("run", "experiment", "x", "y", "--", "echo")
    assert done.status == 1
    assert "an experiment has one name; 'y' is extra" in done.stderr


def test_an_objective_that_no_step_reports(run, cm_session):
    with pytest.raises(NotFoundError, match="no step reported a number 'spede'") as caught:
        run(sys.executable, "-c", PRINT, explore={"A": [1, 2]}, maximize="spede")
    assert "did you mean 'speed'" in caught.value.hint
    (artifact,) = cm_session.find("experiment", "tune")
    assert len(read_rows(artifact.path)) == 2


def test_an_objective_that_no_step_reports_as_a_number(run):
    with pytest.raises(NotFoundError) as caught:
        run("echo", "s={{A{['nan', '1,234.5', 'nan']}}}", metric={"s": r"s=(\S+)"}, maximize="s")
    assert "no step reported a number 's', but 'nan' and '1,234.5'; all are" in caught.value.message
    assert "did you mean" not in caught.value.hint


def test_the_duration_is_an_objective_too(run):
    result = run("sleep", "{{A{[0.2, 0.01]}}}", minimize="duration_s")
    assert result.data["best"]["variables"] == {"A": 0.01}


def test_a_dry_run_fails_where_the_run_would(run, cm_session):
    for options, error in (
        ({"executor": "nope"}, "there is no executor 'nope'"),
        ({"executor": "ssh"}, "no machines to run on were given"),
        ({"executor": "ssh", "ssh_hosts": "-x"}, "not a valid machine|is not installed"),
    ):
        for only_shown in (True, False):
            with pytest.raises(CMError, match=error):
                run("echo", dry_run=only_shown, **options)
