"""Drivers that are killed or interrupted, as processes; the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cm_experiment.record.layout import read_study
from cm_experiment.record.rows import read_rows, run_folders

# Each step notes that it began; it waits until it is allowed to end.
STEP = """
import os, pathlib, time
root = pathlib.Path(os.environ["ROOT"])
with (root / "begun").open("a") as stream:
    stream.write(os.environ["A"] + " " + str(os.getpid()) + chr(10))
time.sleep(float(os.environ.get("SLOW", "0")))
while not (root / "go").exists() and int(os.environ["A"]) >= int(os.environ["HOLD"]):
    time.sleep(0.01)
print('{"x": %d}' % (10 * int(os.environ["A"])))
"""


@pytest.fixture
def command(run_cm, tmp_path):
    def make(*more, hold=2, steps=4):
        (tmp_path / "step.py").write_text(STEP)
        words = ["run", "experiment", "tune", f"--explore.A=range({steps})", f"--env.ROOT={tmp_path}"]
        words += [f"--env.HOLD={hold}", *more, "--", sys.executable, str(tmp_path / "step.py")]
        return words

    return make


@pytest.fixture
def start(run_cm):
    started = []

    def begin(words):
        process = subprocess.Popen(
            run_cm.argv(*words),
            cwd=run_cm.cwd,
            env=run_cm.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def begun(tmp_path):
    try:
        return [line.split() for line in (tmp_path / "begun").read_text().splitlines()]
    except FileNotFoundError:
        return []


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def experiment(run_cm):
    return run_cm.home / "repos" / "local" / "experiment" / "tune"


def is_gone(pid):
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


def test_after_kill_9_the_same_command_keeps_finished_steps(run_cm, tmp_path, command, start):
    words = command()
    driver = start(words)
    wait_until(lambda: len(begun(tmp_path)) == 3)
    driver.kill()
    driver.wait()
    before = {row.number: row for row in read_rows(experiment(run_cm))}
    assert {number: row.state for number, row in before.items()} == {
        1: "finished",
        2: "finished",
        3: "running",
    }
    orphan = begun(tmp_path)[2][1]
    assert not is_gone(orphan)
    (tmp_path / "go").touch()
    done = run_cm(*words)
    assert done.status == 0, done.stderr
    assert "resuming: 2 of 4 steps are already finished" in done.stderr
    assert is_gone(orphan)
    (run,) = run_folders(experiment(run_cm))
    after = {row.number: row for row in read_rows(experiment(run_cm))}
    assert [after[number].state for number in (1, 2, 3, 4)] == ["finished"] * 4
    assert [after[number].metrics["x"] for number in (1, 2, 3, 4)] == [0, 10, 20, 30]
    assert (after[1], after[2]) == (before[1], before[2])
    assert after[3].uid == before[3].uid
    assert [a for a, _ in begun(tmp_path)] == ["0", "1", "2", "2", "3"]
    assert len(json.loads((run / "cm-result.json").read_text())) == 4
    assert read_study(run).state == "complete"


@pytest.mark.parametrize("changes", [False, True])
def test_a_program_that_changes_between_two_halves_is_named(run_cm, tmp_path, command, start, changes):
    words = command()
    driver = start(words)
    wait_until(lambda: len(begun(tmp_path)) == 3)
    driver.kill()
    driver.wait()
    program = tmp_path / "step.py"
    if changes:
        program.write_text(program.read_text().replace("10 *", "11 *"))
    (tmp_path / "go").touch()
    done = run_cm(*words)
    assert done.status == 0, done.stderr
    assert (f"{program} has changed since this run began" in done.stderr) is changes


@pytest.mark.slow
def test_killed_again_and_again_it_still_gets_to_the_end(run_cm, command, start):
    words = command("--env.SLOW=0.15", "--j=2", hold=9, steps=8)
    for moment in (0.5, 0.7, 0.9, 1.1):
        driver = start(words)
        time.sleep(moment)
        driver.kill()
        driver.wait()
    done = run_cm(*words)
    assert done.status == 0, done.stderr
    rows = read_rows(experiment(run_cm))
    assert {row.state for row in rows} == {"finished"}
    # A run that got to its end before it was killed is followed by another one.
    for run in {row.run for row in rows}:
        found = sorted(row.metrics["x"] for row in rows if row.run == run)
        assert found == [10 * number for number in range(8)]


@pytest.mark.parametrize("ending", [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")])
def test_ctrl_c_ends_all_that_runs_and_says_how_to_go_on(run_cm, tmp_path, command, start, ending):
    number, status, word = ending
    words = command("-j", "2")
    driver = start(words)
    wait_until(lambda: len(begun(tmp_path)) == 4)
    driver.send_signal(number)
    said, _ = driver.communicate(timeout=60)
    assert driver.returncode == status
    assert f"{word}; 2 of 4 steps are finished and kept" in said
    assert "hint: run the same command to resume" in said
    assert "Traceback" not in said
    assert all(is_gone(pid) for _, pid in begun(tmp_path))
    assert read_study(run_folders(experiment(run_cm))[0]).state == "interrupted"
    (tmp_path / "go").touch()
    assert run_cm(*words).status == 0
    rows = read_rows(experiment(run_cm))
    assert [row.metrics["x"] for row in rows] == [0, 10, 20, 30]
    assert len(run_folders(experiment(run_cm))) == 1


@pytest.mark.slow
def test_a_rerun_that_was_killed_goes_on_as_unfinished(run_cm, tmp_path, command, start):
    (tmp_path / "go").touch()
    assert run_cm(*command()).status == 0
    (tmp_path / "go").unlink()
    driver = start(["rerun", "experiment", "tune"])
    wait_until(lambda: len(begun(tmp_path)) == 7)
    driver.kill()
    driver.wait()
    (tmp_path / "go").touch()
    done = run_cm("rerun", "experiment", "tune", "--unfinished")
    assert done.status == 0, done.stderr
    rows = read_rows(experiment(run_cm))
    assert [(row.number, row.metrics["x"]) for row in rows] == [
        (1, 0),
        (2, 10),
        (3, 20),
        (4, 30),
        (5, 0),
        (6, 10),
        (7, 20),
    ]


@pytest.mark.slow
def test_many_runs_of_one_experiment_begin_at_the_same_time(run_cm, start):
    drivers = [start(["run", "experiment", "same", "--", "echo", f"{{{{A{{{n},{n}}}}}}}"]) for n in range(6)]
    assert [driver.wait(120) for driver in drivers] == [0] * 6
    folder = run_cm.home / "repos" / "local" / "experiment" / "same"
    assert len(run_folders(folder)) == 6
    assert len(read_rows(folder)) == 12


@pytest.mark.slow
def test_drivers_with_the_same_tags_make_one_experiment(run_cm, start):
    words = ["run", "experiment", "--tags=shared", "--", "echo"]
    drivers = [start([*words, str(n)]) for n in range(4)]
    assert [driver.wait(120) for driver in drivers] == [0] * 4
    (folder,) = (run_cm.home / "repos" / "local" / "experiment").iterdir()
    assert len(read_rows(folder)) == 4


@pytest.mark.slow
def test_another_command_or_new_begins_a_run_of_its_own(run_cm, tmp_path, command, start):
    driver = start(command())
    wait_until(lambda: len(begun(tmp_path)) == 3)
    # The first one is still at work: the same command does not disturb it.
    os.kill(driver.pid, signal.SIGSTOP)
    (tmp_path / "go").touch()
    assert run_cm(*command()).status == 0
    os.kill(driver.pid, signal.SIGCONT)
    assert driver.wait(60) == 0
    assert len(run_folders(experiment(run_cm))) == 2
    assert run_cm(*command("--new")).status == 0
    assert run_cm(*command("--warmup=1")).status == 0
    assert len(run_folders(experiment(run_cm))) == 4


def test_what_a_newer_version_wrote_into_the_study_survives(run):
    wish = {"minimize": "duration_s"}
    study = Path(run("echo", "1", **wish).data["experiment_path2"]) / "cm-study.json"
    changed = {**json.loads(study.read_text()), "team": ["a"], "state": "interrupted"}
    changed["objectives"][0]["weight"] = 2
    study.write_text(json.dumps(changed))
    assert run("echo", "1", **wish).data["experiment_path2"] == str(study.parent)
    recorded = json.loads(study.read_text())
    assert (recorded["team"], recorded["state"]) == (["a"], "complete")
    assert recorded["objectives"] == [{"metric": "duration_s", "direction": "minimize", "weight": 2}]
