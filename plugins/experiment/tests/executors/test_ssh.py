"""Tasks on other machines: two real ssh servers on this one, in the role of two hosts."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cm_core import CMError, NotFoundError, UsageError
from cm_experiment.executors.contract import Task
from cm_experiment.executors.ssh import SshExecutor
from cm_experiment.testing import ExecutorContract

SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {top}/host_key
AuthorizedKeysFile {top}/key.pub
PidFile {top}/{name}.pid
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
# Then bash does not read the start files of whoever runs the tests.
SetEnv SHLVL=2
"""
CLIENT = """
Host {name}
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {top}/key
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  LogLevel ERROR
"""


@pytest.fixture
def servers(tmp_path, need_tool):
    """Two ssh servers, ``a`` and ``b``: the configuration for clients, and a way to lose one."""
    sshd = shutil.which("sshd", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    for program in ("ssh", "ssh-keygen", "rsync"):
        need_tool(program)
    if sshd is None:
        need_tool("sshd")
    for key in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / key], check=True)
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    facts = {"top": tmp_path, "user": subprocess.check_output(["id", "-un"], text=True).strip()}
    client, processes = "", {}
    for name in ("a", "b"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (tmp_path / f"{name}.conf").write_text(SERVER.format(port=port, name=name, **facts))
        client += CLIENT.format(port=port, name=name, **facts)
        processes[name] = subprocess.Popen(
            [sshd, "-D", "-f", tmp_path / f"{name}.conf"], stderr=subprocess.DEVNULL
        )
        wait_for(lambda port=port: answers(port))
    (tmp_path / "ssh_config").write_text(client + "\nHost gone\n  HostName 127.0.0.1\n  Port 1\n")

    def lose(name):
        for pid in family(processes[name].pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    yield SimpleNamespace(config=str(tmp_path / "ssh_config"), lose=lose)
    for process in processes.values():
        process.terminate()
        process.wait()


def family(pid):
    """A process and all below it."""
    listed = subprocess.check_output(["ps", "-e", "-o", "pid=,ppid="], text=True).splitlines()
    parents = dict(map(int, line.split()) for line in listed)
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


class Listener:
    def __init__(self):
        self.said = []

    def message(self, text, level="info"):
        self.said.append(text)


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def open_pool(servers, tmp_path, listener):
    def open_pool(hosts="a,b", jobs=None, **options):
        flags = {
            "hosts": hosts,
            "folder": f"{tmp_path}/there",
            "python": sys.executable,
            "config": servers.config,
        }
        named = {f"ssh_{name}": value for name, value in {**flags, **options}.items()}
        return SshExecutor(listener).open(named, jobs=jobs, folder=tmp_path)

    return open_pool


@pytest.fixture
def make_tasks(tmp_path):
    def make(count, line):
        tasks = []
        for number in range(count):
            folder = tmp_path / "here" / f"step {number}"
            folder.mkdir(parents=True, exist_ok=True)
            env = {"N": str(number), "ALL": str(tmp_path), "PLACE": str(folder)}
            tasks.append(Task(uid=f"{number:016}", folder=folder, command=("bash", "-c", line), env=env))
        return tasks

    return make


def collect(pool):
    endings = {}
    while found := pool.wait():
        endings |= {ending.uid: ending for ending in found}
    return [endings[uid] for uid in sorted(endings)]


def test_status_output_and_files_come_back(make_tasks, open_pool, tmp_path):
    tasks = make_tasks(4, "echo out $N; pwd; echo $PLACE; cat given; echo result >made; exit $N")
    for task in tasks:
        (task.folder / "given").write_text("given\n")
    with open_pool() as pool:
        assert pool.capacity == 2
        pool.submit(tasks)
        endings = collect(pool)
    assert [ending.exit_status for ending in endings] == [0, 1, 2, 3]
    assert {ending.details["node"] for ending in endings} == {"a", "b"}
    for number, task in enumerate(tasks):
        there = f"{tmp_path}/there/{task.uid}"
        assert (task.folder / "stdout.txt").read_text() == f"out {number}\n{there}\n{there}\ngiven\n"
        assert (task.folder / "made").read_text() == "result\n"
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["task.py"]


@pytest.mark.slow
def test_a_lost_machine_leaves_its_tasks_to_others(make_tasks, open_pool, servers, listener):
    line = "touch $ALL/begun-$N; while [ ! -e $ALL/lost ]; do sleep 0.1; done; echo done"
    tasks = make_tasks(3, line)
    with open_pool() as pool:
        pool.submit(tasks)
        top = tasks[0].folder.parents[1]
        wait_for(lambda: (top / "begun-0").exists() and (top / "begun-1").exists())
        servers.lose("b")
        (top / "lost").touch()
        endings = collect(pool)
    assert [ending.exit_status for ending in endings] == [0, 0, 0]
    assert {ending.details["node"] for ending in endings} == {"a"}
    assert listener.said[0].startswith("b is lost: ")


@pytest.mark.slow
def test_when_no_machine_is_left(make_tasks, open_pool, servers):
    tasks = make_tasks(3, "touch $ALL/begun; sleep 100")
    with open_pool("b") as pool:
        pool.submit(tasks)
        wait_for((tasks[0].folder.parents[1] / "begun").exists)
        servers.lose("b")
        endings = collect(pool)
    assert [(ending.exit_status, ending.reason) for ending in endings] == [(None, "no machine is left")] * 3


@pytest.mark.slow
def test_leaving_ends_what_runs_there(make_tasks, open_pool):
    tasks = make_tasks(2, "echo $$ >$ALL/pid-$N; mv $ALL/pid-$N $ALL/begun-$N; exec sleep 100")
    begun = [tasks[0].folder.parents[1] / f"begun-{number}" for number in range(2)]
    with open_pool() as pool:
        pool.submit(tasks)
        wait_for(lambda: all(file.exists() for file in begun))
    wait_for(lambda: all(is_gone(file.read_text().strip()) for file in begun))


def test_a_machine_that_does_not_answer_is_left_out(make_tasks, open_pool, listener):
    with open_pool("gone,a") as pool:
        pool.submit(make_tasks(1, "true"))
        assert collect(pool)[0].details["node"] == "a"
    assert listener.said[0].startswith("gone cannot be used: ")


@pytest.mark.parametrize(
    ("flags", "kind", "words"),
    [
        ({"hosts": ""}, UsageError, "no machines to run on were given"),
        ({"hosts": "-oProxyCommand=x"}, UsageError, "not a valid machine or folder name"),
        ({"hosts": "a;b"}, UsageError, "not a valid machine or folder name"),
        ({"hosts": "gone"}, CMError, "none of the machines"),
        ({"python": "no-such-python"}, CMError, "none of the machines"),
    ],
)
def test_what_cannot_work_is_an_error(open_pool, flags, kind, words):
    with pytest.raises(kind, match=words):
        open_pool(**flags)


def test_without_ssh(open_pool, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFoundError, match="ssh"):
        open_pool()


@pytest.mark.slow
def test_a_study_and_a_script_by_the_command_line(servers, run_cm, tmp_path):
    flags = [
        f"--ssh_config={servers.config}",
        f"--ssh_python={sys.executable}",
        f"--ssh_folder={tmp_path}/there",
    ]
    flags += ["--executor=ssh", "--ssh_hosts=a,b", "--out=json"]
    study = ["run", "experiment", "study", "--explore.A=1,2,3", "--metric.score=score=([0-9]+)"]
    done = run_cm(*study, *flags, "--", "bash", "-c", "echo score=$((A * 2))")
    assert done.status == 0, done.stderr
    rows = sorted(done.json()["rows"], key=lambda row: row["number"])
    assert [row["metrics"]["score"] for row in rows] == [2, 4, 6]
    done = run_cm("run", "script", "detect os", "--save_env", *flags)
    assert done.status == 0, done.stderr
    assert "CM_HOST_OS_TYPE" in done.json()["new_env"]
    assert done.json()["elsewhere"]["node"] in ("a", "b")


@pytest.mark.slow
def test_ctrl_c_ends_what_runs_there(servers, run_cm, tmp_path):
    flags = [
        f"--ssh_config={servers.config}",
        f"--ssh_python={sys.executable}",
        f"--ssh_folder={tmp_path}/there",
    ]
    words = ["run", "experiment", "study", "--executor=ssh", "--ssh_hosts=a", *flags]
    line = f"echo $$ >{tmp_path}/pid; mv {tmp_path}/pid {tmp_path}/begun; exec sleep 100"
    process = subprocess.Popen(
        run_cm.argv(*words, "--", "bash", "-c", line),
        cwd=tmp_path,
        env=dict(run_cm.env),
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for((tmp_path / "begun").exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert "run the same command to resume" in process.stderr.read()
    process.stderr.close()
    wait_for(lambda: is_gone((tmp_path / "begun").read_text().strip()))


class TestSsh(ExecutorContract):
    @pytest.fixture(autouse=True)
    def _servers(self, servers, tmp_path):
        self.flags = {
            "ssh_hosts": "a,b",
            "ssh_folder": f"{tmp_path}/there",
            "ssh_python": sys.executable,
            "ssh_config": servers.config,
        }

    def make_executor(self, session):
        return SshExecutor(session.reporter)

    def options(self):
        return self.flags
