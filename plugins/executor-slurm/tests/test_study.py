"""A study by the command line: the same table on Slurm as on this machine, whatever happens on the way."""

import json
import os
import signal
import subprocess
import time

import pytest

STUDY = ("run", "experiment", "study", "--explore.A=1,2,3", "--explore.B=10,20", "--maximize=score")
METRIC = "--metric.score=score=([0-9]+)"
# What a step measures depends on its variables only.
QUICK = "echo score=$((A * B))"
# One step waits until somebody says go, and all leave a trace.
SLOW = f"echo $A-$B >>$ALL/runs; [ $A-$B != 3-10 ] || while [ ! -e $ALL/go ]; do sleep 0.1; done; {QUICK}"
# Whoever comes to the second node stays there.
STUCK = f"echo $A-$B >>$ALL/runs; [ $SLURMD_NODENAME != n2 ] || sleep 100; {QUICK}"
ALL_STEPS = ["1-10", "1-20", "2-10", "2-20", "3-10", "3-20"]


@pytest.fixture
def study(run_cm, slurm_env):
    """Run the study to its end: the JSON document."""

    def run(line, *flags):
        words = (*STUDY, METRIC, *flags, "--out=json", "--", "bash", "-c", line)
        done = run_cm(*words, env=slurm_env())
        assert done.status == 0, done.stderr
        return done.json()

    return run


@pytest.fixture
def start_study(run_cm, slurm_env, tmp_path):
    """Start the study on Slurm: its process."""
    started = []

    def start(line, *flags):
        argv = run_cm.argv(*STUDY, METRIC, *flags, "--executor=slurm", "--", "bash", "-c", line)
        env = {**run_cm.env, **slurm_env()}
        with (tmp_path / "driver.txt").open("w") as output:
            process = subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=output, stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def slurm_env(tmp_path):
    """What tasks, and Slurm's commands, find in their environment."""
    return lambda: {"ALL": str(tmp_path), "SLURM_CONF": os.environ["SLURM_CONF"]}


@pytest.fixture
def runs(tmp_path):
    """Which steps have begun, each as often as it did."""

    def read():
        file = tmp_path / "runs"
        return sorted(file.read_text().split()) if file.exists() else []

    return read


def table(document):
    facts = [(row["number"], row["state"], row["variables"], row["metrics"]) for row in document["rows"]]
    return sorted(facts, key=lambda fact: fact[0])


def running(cluster):
    return cluster.call("squeue", "-h", "-r", "-t", "RUNNING", "-o", "%i %N").splitlines()


def wait_for(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


@pytest.mark.usefixtures("slurm")
def test_the_same_table_as_on_this_machine(study):
    here, there = study(QUICK, "--new"), study(QUICK, "--new", "--executor=slurm")
    assert table(there) == table(here)
    assert [row["state"] for row in here["rows"]] == ["finished"] * 6
    assert there["best"]["variables"] == {"A": 3, "B": 20}


@pytest.mark.usefixtures("slurm")
def test_a_budget_ends_a_job_that_never_starts(start_study, study, tmp_path):
    # Longer than the partition allows: it waits for ever.
    driver = start_study(QUICK, "--budget=3s", "--slurm_partition=short", "--slurm_time=10")
    assert driver.wait(60) == 2
    said = (tmp_path / "driver.txt").read_text()
    assert "steps: 6 lost" in said
    assert "the time is up; run the same command to resume" in said
    assert "step 1 is lost: the time was up before it began" in said
    assert table(study(QUICK, "--budget=1h", "--executor=slurm")) == table(study(QUICK, "--new"))


@pytest.mark.usefixtures("slurm")
def test_a_refused_submission_leaves_no_step_that_runs(start_study, run_cm, study):
    driver = start_study(QUICK, "--slurm_partition=debgu")
    assert driver.wait(60) == 1
    rows = run_cm("show", "experiment", "study", "--out=json").json()["rows"]
    assert [row["state"] for row in rows] == ["lost"] * 6
    assert table(study(QUICK, "--executor=slurm")) == table(study(QUICK, "--new"))


@pytest.mark.slow
def test_a_cancelled_task_harms_no_other_one(slurm, study, start_study, runs, tmp_path):
    driver = start_study(SLOW)
    wait_for(lambda: len(runs()) == 6 and len(running(slurm)) == 1)
    slurm.call("scancel", running(slurm)[0].split()[0])
    assert driver.wait(60) == 2
    said = (tmp_path / "driver.txt").read_text()
    assert "5 finished" in said
    assert "was cancelled" in said
    assert "the same command runs the lost steps again" in said
    (tmp_path / "go").touch()
    assert table(study(SLOW, "--executor=slurm")) == table(study(QUICK, "--new"))
    assert runs() == sorted([*ALL_STEPS, "3-10"]), "only the cancelled one ran again"


@pytest.mark.usefixtures("slurm")
def test_a_killed_driver_goes_on(study, start_study, runs, tmp_path):
    driver = start_study(SLOW)
    wait_for(lambda: len(runs()) == 6)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    (tmp_path / "go").touch()
    assert table(study(SLOW, "--executor=slurm")) == table(study(QUICK, "--new"))
    assert runs() == ALL_STEPS, "nothing ran twice"


@pytest.fixture
def job_on_n2(own_cluster, make_tasks, open_pool):
    """A pool with a job that runs on the second node and may not start again."""
    (task,) = make_tasks(1, "touch begun; sleep 100")
    with open_pool(slurm_constraint="large", slurm_extra="--no-requeue") as pool:
        pool.submit([task])
        wait_for((task.folder / "begun").exists)
        yield pool


def test_a_lost_node(own_cluster, job_on_n2, study, start_study, runs, tmp_path):
    driver = start_study(STUCK, "--out=json")
    wait_for(lambda: len(runs()) == 6 and len(running(own_cluster)) == 2)
    own_cluster.lose("n2")
    (lost,) = job_on_n2.wait()
    assert (lost.exit_status, lost.details["state"]) == (None, "NODE_FAIL")
    assert lost.reason.startswith("node n2 failed (job ")
    # Slurm would wait a while before it starts a job again.
    waiting = own_cluster.call("squeue", "-h", "-r", "-t", "PENDING", "-o", "%i").split()
    for job in waiting:
        own_cluster.call("scontrol", "update", f"JobId={job}", "StartTime=now")
    assert len(waiting) == 1
    assert driver.wait(60) == 0
    document = json.loads((tmp_path / "driver.txt").read_text())
    assert table(document) == table(study(QUICK, "--new"))
    assert len(runs()) == 7, "what was on the lost node ran again"
