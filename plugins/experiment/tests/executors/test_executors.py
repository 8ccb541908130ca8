"""Executors: the local one, one of somebody else, and the mistakes that are possible."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cm_core import CMError, NotFoundError, PluginError
from cm_experiment.executors.contract import Task, read_ending, write_task
from cm_experiment.executors.local import LocalExecutor, LocalPool
from cm_experiment.record.layout import read_step


class BatchPool:
    """What a third party writes: here each task is a process that outlives its driver."""

    capacity = 3

    def __init__(self):
        self.out = {}

    def submit(self, tasks):
        for task in tasks:
            write_task(task)
            command = [sys.executable, "-m", "cm_experiment.executors.task", task.folder, "job=17"]
            self.out[task.uid] = (task, subprocess.Popen(command))

    def wait(self):
        for uid, (task, process) in self.out.items():
            process.wait()
            ending = read_ending(task)
            del self.out[uid]
            return [ending]
        return []

    def cancel(self):
        for _, process in self.out.values():
            process.terminate()
            process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.cancel()


class BatchExecutor:
    name = "batch"
    help = "processes of their own"

    def check(self, options):
        pass

    def open(self, options, *, jobs, folder):
        return BatchPool()

    def preview(self, tasks, options):
        return [f"job {task.uid}" for task in tasks]


@pytest.fixture
def with_plugin(cm_session):
    def add(**hooks):
        from cm_core import hookimpl

        plugin = ModuleType("plugin_of_somebody_else")
        for name, function in hooks.items():
            setattr(plugin, name, hookimpl(function))
        cm_session.plugins.manager.register(plugin)

    return add


def test_an_executor_of_somebody_else(run, with_plugin):
    with_plugin(cm_executors=lambda session: [BatchExecutor()])
    result = run(
        "sh",
        "-c",
        "echo '{\"x\": {{A}}}'; exit $(( {{A}} == 3 ))",
        explore={"A": "range(5)"},
        executor="batch",
        repeat="2",
    )
    rows = result.data["rows"]
    assert [row["state"] for row in rows] == ["finished"] * 3 + ["failed"] + ["finished"]
    assert [row["metrics"]["x"] for row in rows] == [0, 1, 2, 3, 4]
    folder = Path(result.data["experiment_path2"]) / rows[0]["uid"]
    step = read_step(folder)
    assert (step.executor, step.details["job"]) == ("batch", "17")
    assert step.system["cpus"]
    assert not list(folder.glob("cm-task*"))


def test_two_executors_of_one_name(run, with_plugin):
    with_plugin(cm_executors=lambda session: [LocalExecutor(session.env)])
    with pytest.raises(PluginError, match="two plugins have an executor 'local'"):
        run("echo")


def test_a_name_that_nobody_has(run):
    with pytest.raises(NotFoundError) as caught:
        run("echo", executor="locl")
    assert caught.value.hint == "did you mean 'local'?"


def test_an_executor_that_cannot_work_leaves_a_run_that_can_go_on(run, with_plugin, cm_session):
    class Broken(BatchExecutor):
        name = "broken"

        def open(self, options, *, jobs, folder):
            raise CMError("the cluster is on fire", hint="wait")

    with_plugin(cm_executors=lambda session: [Broken()])
    with pytest.raises(CMError, match="on fire"):
        run("echo", "{{A{1,2}}}", executor="broken")
    result = run("echo", "{{A{1,2}}}")
    assert [row["state"] for row in result.data["rows"]] == ["finished", "finished"]
    assert len(list(Path(result.data["experiment_path"]).glob("*/cm-study.json"))) == 1


def test_the_local_pool_ends_what_runs(tmp_path):
    tasks = []
    for uid in ("1", "2", "3"):
        (tmp_path / uid).mkdir()
        tasks.append(
            Task(uid=uid, folder=tmp_path / uid, command=("sh", "-c", f"sleep 100; : {tmp_path}"), env={})
        )
    with LocalPool({"PATH": "/usr/bin:/bin"}, 2) as pool:
        assert pool.capacity == 2
        assert pool.wait() == ()
        pool.submit(tasks)
    running = subprocess.run(
        ["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False
    ).stdout
    assert running == ""


def test_a_folder_that_is_gone_is_a_lost_step(tmp_path):
    with LocalPool({"PATH": "/usr/bin:/bin"}, 1) as pool:
        pool.submit([Task(uid="1", folder=tmp_path / "gone", command=("true",), env={})])
        (ending,) = pool.wait()
    assert ending.exit_status is None
    assert "cannot be run" in ending.reason
