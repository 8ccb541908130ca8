"""Drivers that are killed or interrupted, nodes that are lost, queues that are full, controllers that are gone."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

DRIVER = """
import json, sys
from pathlib import Path

from cm_executor_slurm.executor import SlurmExecutor
from cm_experiment.executors.contract import Task


class Teller:
    def message(self, text, level="info"):
        print(text, flush=True)


order = json.loads(sys.argv[1])
top = Path(order["folder"])
tasks = [
    Task(uid=f"u{n}", folder=top / f"step {n}", command=("bash", "-c", order["line"]), env={"N": str(n), "ALL": str(top)})
    for n in range(order["count"])
]
try:
    with SlurmExecutor(Teller()).open(order["options"], jobs=None, folder=top) as pool:
        pool.submit(tasks)
        print("submitted", flush=True)
        while pool.wait():
            pass
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def start_driver(tmp_path):
    """Start a process that runs tasks as ``make_tasks`` makes them."""
    started = []

    def start(count, line, **options):
        order = {"folder": str(tmp_path), "count": count, "line": line, "options": options}
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, json.dumps(order)],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        started.append(process)
        assert process.stdout.readline() == "submitted\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


COUNTED = "echo $N >>$ALL/runs; while [ $N -ge 2 ] && [ ! -e $ALL/go ]; do sleep 0.1; done; echo done $N"


@pytest.mark.usefixtures("slurm")
def test_jobs_of_a_killed_driver_are_taken_over(make_tasks, start_driver, run_all, listener, tmp_path):
    tasks = make_tasks(4, COUNTED)
    driver = start_driver(4, COUNTED)
    # Two have ended, two run.
    wait_for(lambda: all((task.folder / "cm-task-result.json").exists() for task in tasks[:2]))
    wait_for(lambda: sorted((tmp_path / "runs").read_text().split()) == ["0", "1", "2", "3"])
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    (tmp_path / "go").touch()
    endings = run_all(tasks)
    assert {uid: ending.exit_status for uid, ending in endings.items()} == {f"u{n}": 0 for n in range(4)}
    assert sorted((tmp_path / "runs").read_text().split()) == ["0", "1", "2", "3"], "nothing ran twice"
    assert [(task.folder / "stdout.txt").read_text() for task in tasks] == [f"done {n}\n" for n in range(4)]


@pytest.mark.usefixtures("slurm")
def test_jobs_that_wait_are_taken_over_too(make_tasks, start_driver, open_pool, collect, listener, tmp_path):
    line = "echo $N >>$ALL/runs; while [ ! -e $ALL/go ]; do sleep 0.1; done"
    tasks = make_tasks(3, line)
    driver = start_driver(3, line, slurm_throttle=1)
    wait_for((tmp_path / "runs").exists)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    with open_pool(slurm_throttle=1) as pool:
        pool.submit(tasks)
        (tmp_path / "go").touch()
        assert {ending.exit_status for ending in collect(pool).values()} == {0}
    assert listener.said == ["3 Slurm jobs of an earlier run taken over"]
    assert sorted((tmp_path / "runs").read_text().split()) == ["0", "1", "2"]


def test_after_ctrl_c_jobs_go_on(slurm, make_tasks, start_driver, run_all, tmp_path):
    make_tasks(2, COUNTED)
    line = COUNTED.replace("-ge 2", "-ge 0")
    driver = start_driver(2, line)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(30) == 130
    said = driver.stdout.read()
    assert said.startswith("2 Slurm jobs continue; run the same command again to collect them")
    name = said.partition("for name in ")[2].partition(";")[0]
    assert slurm.call("squeue", "-h", "-r", f"--name={name}").count("\n") == 2
    (tmp_path / "go").touch()
    assert {ending.exit_status for ending in run_all(make_tasks(2, line)).values()} == {0}


def test_ctrl_c_cancels_when_asked(slurm, make_tasks, start_driver):
    make_tasks(2, "")
    driver = start_driver(2, "sleep 100", slurm_cancel=True)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(30) == 130
    assert driver.stdout.read() == "cancelled 2 Slurm jobs\n"
    wait_for(lambda: "sleep" not in slurm.call("squeue", "-h", "-t", "PENDING,RUNNING"))


@pytest.fixture
def full_cluster(slurm_clusters, use_cluster):
    cluster = use_cluster(slurm_clusters("MaxJobCount=4", "MessageTimeout=3"))
    yield cluster
    cluster.stop()


def test_a_full_queue_and_a_controller_that_is_away(full_cluster, make_tasks, open_pool, collect, listener):
    cluster = full_cluster
    tasks = make_tasks(5, "touch begun; while [ ! -e $ALL/go ]; do sleep 0.1; done; echo $N")
    with open_pool() as pool:
        pool.submit(tasks)
        assert "Slurm's queue is full" in listener.said[0]
        assert "tasks wait until there is room" in listener.said[0]
        wait_for((tasks[0].folder / "begun").exists)
        cluster.call("pkill", "-F", f"{cluster.folder}/slurmctld.pid")
        wait_for(lambda: not (cluster.folder / "slurmctld.pid").exists())
        pool._ask()
        assert "waiting until it answers" in listener.said[-1]
        # It comes back with room for more.
        settings = cluster.folder / "slurm.conf"
        settings.write_text(settings.read_text().replace("MaxJobCount=4", "MaxJobCount=40"))
        cluster.call("slurmctld")
        (tasks[0].folder.parent / "go").touch()
        endings = collect(pool)
    assert {ending.exit_status for ending in endings.values()} == {0}
    assert len(endings) == 5
    assert sum("full" in text for text in listener.said) == 1
