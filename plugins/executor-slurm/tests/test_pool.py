"""Tasks as job arrays on a real Slurm of two nodes."""

import re
import time

import pytest

from cm_core import CMError, UsageError
from cm_executor_slurm.arrays import read_mark
from cm_executor_slurm.executor import SlurmExecutor


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def job_of(slurm, task):
    """The number of the job of a task."""
    mark = read_mark(task)
    jobs = slurm.call("squeue", "-h", "-r", "-o", "%i", f"--name={mark.name}").split()
    (job,) = (job for job in jobs if job.endswith(f"_{mark.index}"))
    return job


@pytest.mark.usefixtures("slurm")
def test_details_say_where_it_ran_and_nothing_is_left(make_tasks, run_all):
    tasks = make_tasks(2, "true")
    endings = run_all(tasks)
    for number, task in enumerate(tasks):
        details = endings[task.uid].details
        assert re.fullmatch(rf"\d+_{number}", details["job"])
        assert details["node"] in ("n1", "n2")
        assert details["restarts"] == "0"
        assert sorted(path.name for path in task.folder.glob("cm-task*")) == [
            "cm-task-result.json",
            "cm-task.json",
        ]
    assert not (tasks[0].folder.parent / "slurm").exists()


def test_a_cancelled_task_is_named_and_runs_when_asked_again(slurm, make_tasks, open_pool, run_all, collect):
    # exec: Slurm stops one process after another, and a shell that was left goes on to its end.
    tasks = make_tasks(3, "touch begun; [ $N != 1 ] || [ -e $ALL/second ] || exec sleep 100; echo done")
    with open_pool() as pool:
        pool.submit(tasks)
        wait_for((tasks[1].folder / "begun").exists)
        slurm.call("scancel", job_of(slurm, tasks[1]))
        endings = collect(pool)
    assert (endings["u0"].exit_status, endings["u2"].exit_status) == (0, 0)
    assert endings["u1"].exit_status is None
    assert re.fullmatch(r"job \d+_1 was cancelled", endings["u1"].reason)
    assert endings["u1"].details["state"] == "CANCELLED"
    (tasks[1].folder.parent / "second").touch()
    before = (tasks[0].folder / "stdout.txt").stat().st_mtime_ns
    endings = run_all(tasks)
    assert {ending.exit_status for ending in endings.values()} == {0}
    assert (tasks[0].folder / "stdout.txt").stat().st_mtime_ns == before
    assert (tasks[1].folder / "stdout.txt").read_text() == "done\n"


def test_cancelled_before_it_started(slurm, make_tasks, open_pool, collect):
    tasks = make_tasks(2, "touch begun; [ $N = 1 ] || while [ ! -e $ALL/go ]; do sleep 0.1; done")
    with open_pool(slurm_throttle=1) as pool:
        pool.submit(tasks)
        wait_for((tasks[0].folder / "begun").exists)
        slurm.call("scancel", job_of(slurm, tasks[1]))
        assert [ending.uid for ending in pool.wait()] == ["u1"]
        (tasks[0].folder.parent / "go").touch()
        assert collect(pool)["u0"].exit_status == 0
    assert not (tasks[1].folder / "begun").exists()


@pytest.mark.usefixtures("slurm")
def test_what_a_task_ran_into_is_its_status(make_tasks, run_all):
    endings = run_all(make_tasks(1, "kill -SEGV $$"))
    assert endings["u0"].exit_status == 139
    (late,) = run_all(make_tasks(1, "sleep 100", timeout_s=0.3)[:1]).values()
    assert late.exit_status == 139, "it has a result already"


@pytest.mark.usefixtures("slurm")
def test_no_python_on_the_node(make_tasks, run_all):
    (ending,) = run_all(make_tasks(1, "true"), slurm_python="/no/such/python").values()
    assert ending.exit_status is None
    assert "/no/such/python: No such file" in ending.reason


def test_a_few_more_wait_for_company_while_many_are_out(slurm, make_tasks, open_pool, collect, monkeypatch):
    monkeypatch.setattr("cm_executor_slurm.pool._MANY", 4)
    tasks = make_tasks(7, "touch begun; while [ ! -e $ALL/go ]; do sleep 0.1; done")
    with open_pool() as pool:
        pool.submit(tasks[:5])
        pool.submit(tasks[5:6])
        assert slurm.call("squeue", "-h", "-r", "-t", "PENDING,RUNNING").count("\n") == 5
        pool.submit(tasks[6:])
        assert slurm.call("squeue", "-h", "-r", "-t", "PENDING,RUNNING").count("\n") == 7
        (tasks[0].folder.parent / "go").touch()
        assert {ending.exit_status for ending in collect(pool).values()} == {0}


@pytest.mark.usefixtures("slurm")
def test_from_inside_of_another_job_and_in_a_folder_with_a_strange_name(
    make_tasks, listener, tmp_path, monkeypatch
):
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "1")
    (task,) = make_tasks(1, "echo $SLURM_JOB_ID/$SLURM_MEM_PER_NODE")
    place = tmp_path / 'it\'s "my" $(echo folder) # %j'
    place.mkdir()
    with SlurmExecutor(listener).open({}, jobs=None, folder=place) as pool:
        pool.submit([task])
        (ending,) = pool.wait()
    assert ending.exit_status == 0, ending
    assert re.fullmatch(r"\d+/\n", (task.folder / "stdout.txt").read_text())
    assert "4711" not in (task.folder / "stdout.txt").read_text()


# -- what Slurm refuses -------------------------------------------------------------------------------


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize(
    ("flags", "message", "hint"),
    [
        ({"slurm_partition": "debgu"}, "Slurm has no partition 'debgu'", "--slurm_partition=debug"),
        ({"slurm_partition": "gpu"}, "Slurm has no partition 'gpu'", "available: debug, short"),
        ({"slurm_constraint": "tiny"}, "Invalid feature", "--print-job"),
        ({"slurm_gpus": "9"}, "node configuration is not available", "--print-job"),
        ({"slurm_time": "soon"}, "Invalid --time", "--print-job"),
        ({"slurm_extra": ["--no-such-option"]}, "no-such-option", "--print-job"),
    ],
)
def test_what_can_never_run_is_an_error_and_no_task(make_tasks, open_pool, tmp_path, flags, message, hint):
    tasks = make_tasks(2, "true")
    with open_pool(**flags) as pool, pytest.raises(UsageError) as caught:
        pool.submit(tasks)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in caught.value.hint
    assert list((tmp_path / "slurm").iterdir()) == []
    assert [list(task.folder.glob("cm-task*")) for task in tasks] == [[], []]


@pytest.mark.parametrize(
    "flags",
    [
        {"slurm_throttle": "many"},
        {"slurm_throttle": "0"},
        {"slurm_partition": True},
        {"slurm_extra": ["exclusive"]},
        {"slurm_account": "me\n#SBATCH --uid=0"},
    ],
)
def test_flags_that_cannot_be_meant(slurm, open_pool, flags):
    with pytest.raises(UsageError):
        open_pool(**flags)


def test_without_slurm(open_pool, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CMError, match="sbatch") as caught:
        open_pool()
    assert "--executor=local" in caught.value.hint


def test_a_job_that_waits_for_good_is_told_once(slurm, make_tasks, open_pool, listener, collect):
    with open_pool(slurm_partition="short", slurm_time="10") as pool:
        pool.submit(make_tasks(2, "true"))
        ended = []
        # On a busy machine the controller may be late, which is said as well.
        while "cannot start" not in listener:
            pool._ask()
            time.sleep(0.1)
        pool._ask()
        pool.cancel()
        ended = collect(pool)
    # Slurm may first say PartitionConfig and then, more exactly, PartitionTimeLimit.
    said = [text for text in listener.said if "cannot start: Partition" in text]
    assert sorted(set(said)) == sorted(said)
    assert {ending.exit_status for ending in ended.values()} == {None}
    assert "cancelled" in ended["u0"].reason


def test_what_has_not_begun_ends_when_the_time_is_up(slurm, make_tasks, open_pool, collect):
    tasks = make_tasks(2, "touch begun; while [ ! -e $ALL/go ]; do sleep 0.1; done")
    with open_pool(slurm_throttle=1) as pool:
        pool.submit(tasks)
        wait_for((tasks[0].folder / "begun").exists)
        pool.deadline = time.monotonic()
        (ending,) = pool.wait()
        assert (ending.uid, ending.exit_status) == ("u1", None)
        assert ending.reason == "the time was up before it began"
        # What runs goes on.
        (tasks[0].folder.parent / "go").touch()
        assert collect(pool)["u0"].exit_status == 0
    assert slurm.call("squeue", "-h", "-t", "PENDING").strip() == ""


def test_options_reach_the_job(slurm, make_tasks, open_pool, run_all):
    tasks = make_tasks(1, "scontrol show job $SLURM_JOB_ID; echo gpus=$SLURM_GPUS")
    flags = {"gpus": 1, "constraint": "large", "cpus": 2, "memory": "100M", "time": 5, "extra": "--nice=7"}
    (ending,) = run_all(tasks, **{f"slurm_{name}": value for name, value in flags.items()}).values()
    shown = (tasks[0].folder / "stdout.txt").read_text()
    assert ending.details["node"] == "n2"
    for word in ("CPUs/Task=2", "MinMemoryNode=100M", "TimeLimit=00:05:00", "Features=large", "Nice=7"):
        assert word in shown
    assert "gpus=1" in shown


def test_a_machine_without_a_cluster(make_tasks, open_pool, tmp_path, monkeypatch, need_tool):
    need_tool("sbatch")
    (tmp_path / "slurm.conf").write_text("")
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    for _ in range(2):  # the second time asks for what the first one may have submitted
        with open_pool() as pool, pytest.raises(CMError, match="is not part of a Slurm cluster"):
            pool.submit(make_tasks(1, "true"))
