"""Recorded steps that are run again."""

import json
import sys
from pathlib import Path

import pytest

from cm_core import CMError, NotFoundError, Request, UsageError
from cm_experiment.record.layout import read_step, write_step
from cm_experiment.replay.judging import Tolerances, judge

FROM_FILE = "import json, pathlib, sys; print(json.dumps({'x': float(pathlib.Path(sys.argv[1]).read_text()), 'y': 5, 'word': 'a'}))"


@pytest.fixture
def call(cm_session):
    def do(action, *words, name="tune", **options):
        request = Request(
            action=action, automation="experiment", artifact=name, options=options, unparsed=words or None
        )
        return cm_session.call(request)

    return do


@pytest.fixture
def value(tmp_path):
    file = tmp_path / "value"
    file.write_text("100")
    return file


def verdicts(result):
    return {item["metric"]: item["verdict"] for item in result.data["metrics"]}


def test_the_same_again_is_reproduced(call, value):
    call("run", sys.executable, "-c", FROM_FILE, str(value), "{{A{7}}}")
    value.write_text("104")
    result = call("replay")
    assert result.data["reproduced"]
    assert result.exit_code == 0
    assert verdicts(result) == {"x": "reproduced", "y": "reproduced"}
    assert result.lines[-1] == "reproduced"
    step = read_step(Path(result.data["replay"]))
    assert step.variables == {"A": 7}
    assert Path(result.data["replay"]).parent.parent.name == "tune-replay"


def test_a_difference_beyond_the_tolerance_is_not(call, value):
    call("run", sys.executable, "-c", FROM_FILE, str(value))
    value.write_text("110")
    result = call("replay")
    assert not result.data["reproduced"]
    assert result.exit_code == 1
    assert verdicts(result) == {"x": "differs", "y": "reproduced"}
    assert call("replay", tolerance="15%").exit_code == 0
    assert call("replay", tolerance={"x": "0.2"}).exit_code == 0
    assert call("replay", tolerance={"y": "0.2"}).exit_code == 1
    assert call("replay", metrics="y").exit_code == 0


def test_recorded_noise_is_taken_into_account(call, tmp_path):
    noisy = "import os; n = int(os.path.basename(os.getcwd())[-1]); print('{\"x\": %d}' % (100 + 20 * n))"
    call("run", sys.executable, "-c", noisy, repeat="3")
    result = call("replay", repeat="2", tolerance="0.1%")
    assert verdicts(result) == {"x": "within noise"}
    assert result.data["metrics"][0]["noise"] > 0


def test_a_step_that_fails_now_or_misses_a_metric(call, value):
    call("run", sys.executable, "-c", FROM_FILE, str(value))
    value.write_text("oops")
    result = call("replay")
    assert verdicts(result) == {"x": "missing", "y": "missing"}
    assert result.exit_code == 1
    assert any("repetition failed" in line for line in result.lines)


def test_what_changed_is_listed(call, cm_session, value):
    first = call("run", sys.executable, "-c", FROM_FILE, str(value))
    folder = Path(first.data["experiment_path2"]) / first.data["rows"][0]["uid"]
    data = json.loads((folder / "cm-step.json").read_text())
    data["packages"]["pluggy"] = "0.0.1"
    data["system"]["cpu"] = "Abacus 5"
    (folder / "cm-step.json").write_text(json.dumps(data))
    cm_session.env["OMP_NUM_THREADS"] = "7"
    value.write_text("101")
    result = call("replay")
    changed = {
        (item["area"], item["name"]): (item["before"], item["after"]) for item in result.data["changes"]
    }
    assert changed["packages", "pluggy"][0] == "0.0.1"
    assert changed["system", "cpu"][0] == "Abacus 5"
    assert changed["environment", "OMP_NUM_THREADS"] == ("", "7")
    assert ("files", "stdout.txt") in changed
    assert any(line.startswith("changed packages: pluggy: 0.0.1 -> ") for line in result.lines)
    assert "files that differ: stdout.txt" in result.lines


def test_the_best_step_is_meant_unless_one_is_named(call):
    code = "import os; print('{\"x\": %s}' % os.environ['A'])"
    first = call("run", sys.executable, "-c", code, explore={"A": [3, 1, 2]}, minimize="x")
    assert read_step(Path(call("replay").data["replay"])).variables == {"A": 1}
    uid = first.data["rows"][2]["uid"]
    assert read_step(Path(call("replay", uid=uid).data["replay"])).variables == {"A": 2}
    with pytest.raises(NotFoundError, match="there is no step"):
        call("replay", uid="0123456789abcdef")
    with pytest.raises(NotFoundError, match="there is no step"):
        call("replay", uid="..")
    with pytest.raises(NotFoundError, match="there is no run 'never'"):
        call("replay", dir="never")
    with pytest.raises(NotFoundError, match="no number 'z'"):
        call("replay", metrics="z")


def test_several_steps_without_an_objective_are_a_question(call):
    call("run", "echo", "{{A{1,2}}}")
    with pytest.raises(CMError, match="no one can answer"):
        call("replay")


def test_places_are_those_of_the_repetition(call):
    code = "import os, sys; assert sys.argv[1] == os.getcwd(), sys.argv; print('{\"x\": 1}')"
    call("run", sys.executable, "-c", code, "{{CM_EXPERIMENT_PATH3}}")
    assert call("replay").exit_code == 0


def test_on_another_machine_the_current_folder_takes_the_place_of_cd(call, cm_session, tmp_path):
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
        (folder / "work.py").write_text("print('{\"x\": 1}')")
    cm_session.cwd = there
    call("run", sys.executable, "{{CD}}/work.py")
    there.rename(tmp_path / "gone")
    cm_session.cwd = here
    result = call("replay")
    assert result.exit_code == 0
    assert f"so {{{{CD}}}} is {here}" in result.warnings[0]


def test_a_command_with_secrets_cannot_be_repeated(call):
    call("run", "echo", "--hf_token=abcdefghij")
    with pytest.raises(CMError, match="contained secrets"):
        call("replay")


def test_a_step_without_numbers_is_judged_by_its_status(call):
    call("run", "echo", "hello")
    result = call("replay")
    assert result.exit_code == 0
    assert "only its exit status" in result.lines[0]


def test_a_duration_is_judged_where_it_was_the_goal(call):
    call("run", "sleep", "{{A{[0.3, 0.6]}}}", minimize="duration_s")
    result = call("replay", tolerance="90%")
    assert verdicts(result) == {"duration_s": "reproduced"}
    assert result.data["metrics"][0]["recorded"] >= 0.3


def test_a_step_that_the_original_recorded(call, cm_session):
    made = cm_session.call(
        Request(action="add", automation="experiment", artifact="old", options={"tags": "a"})
    )
    run = Path(made.data["path"]) / "2023-06-09.09-58-02.863466"
    step = run / "7ed0ea0edd6b4dd7"
    step.mkdir(parents=True)
    (step / "cm-input.json").write_text(
        json.dumps({"action": "native-run", "command": 'echo "{\\"x\\": $A}"', "env": {"A": "3"}})
    )
    listed = [{"uid": "7ed0ea0edd6b4dd7", "iso_datetime": "2023-06-09T09:58:02.863466", "x": 3}]
    (run / "cm-result.json").write_text(json.dumps(listed))
    result = call("replay", name="old")
    assert verdicts(result) == {"x": "reproduced"}


def test_an_unreadable_record_is_an_error_that_names_it(call):
    first = call("run", "echo", "hello")
    folder = Path(first.data["experiment_path2"]) / first.data["rows"][0]["uid"]
    (folder / "cm-step.json").write_text("{")
    with pytest.raises(CMError, match=folder.name):
        call("replay")


def test_judging():
    assert judge("m", [100.0], [105.0], 0.05).verdict == "reproduced"
    assert judge("m", [100.0], [105.1], 0.05).verdict == "differs"
    assert judge("m", [0.0], [0.0], 0.05).holds
    assert judge("m", [0.0], [1e-9], 0.05).verdict == "differs"
    assert judge("m", [90.0, 100.0, 110.0], [115.0], 0.01).verdict == "within noise"
    assert judge("m", [99.9, 100.0, 100.1], [115.0], 0.01).verdict == "differs"
    assert judge("m", [1.0], [], 0.05).verdict == "missing"


@pytest.mark.parametrize("given", ["much", "-1", {"x": "high"}, "5 %%"])
def test_a_tolerance_that_is_none(given):
    with pytest.raises(UsageError, match="--tolerance"):
        Tolerances.parse(given)


def test_tolerances_of_nested_names():
    found = Tolerances.parse({"a": {"b": "2%"}})
    assert (found.of("a.b"), found.of("c")) == (0.02, 0.05)


def test_load_says_what_is_there(call, cm_session):
    code = "import os; print('{\"x\": %s}' % os.environ['A'])"
    call("run", sys.executable, "-c", code, explore={"A": [3, 1, 2]}, minimize="x")
    result = cm_session.call(Request(action="load", automation="experiment", artifact="tune"))
    (run,) = result.data["runs"]
    assert run["steps"] == {"finished": 3}
    assert run["metrics"] == {"x": [1, 3]}
    assert run["best"]["variables"] == {"A": 1}
    text = "\n".join(result.lines)
    assert "3 finished of 3; complete" in text
    assert "variable   A: 3, 1, 2" in text
    assert "best       x 1 at A=1" in text


def test_load_says_that_a_study_cannot_be_read(call, cm_session):
    run = Path(call("run", "echo", "x").data["experiment_path2"])
    (run / "cm-study.json").write_text("nonsense")
    result = cm_session.call(Request(action="load", automation="experiment", artifact="tune"))
    assert result.data["runs"][0]["state"] == "its cm-study.json cannot be read"


def test_load_warns_of_a_step_that_cannot_be_read(call, cm_session):
    first = call("run", "echo", "{{A{1,2}}}")
    run = Path(first.data["experiment_path2"])
    (run / "cm-steps.jsonl").unlink()
    (run / first.data["rows"][0]["uid"] / "cm-step.json").write_text("nonsense")
    result = cm_session.call(Request(action="load", automation="experiment", artifact="tune"))
    assert result.data["runs"][0]["steps"] == {"finished": 1}
    assert "cm-step.json line 1 is not valid JSON" in result.warnings[0]


def test_a_write_of_a_step_is_atomic(tmp_path, call):
    first = call("run", "echo", "x")
    folder = Path(first.data["experiment_path2"]) / first.data["rows"][0]["uid"]
    step = read_step(folder)
    write_step(folder, step)
    assert [path.name for path in folder.iterdir() if path.name.endswith(".tmp")] == []
