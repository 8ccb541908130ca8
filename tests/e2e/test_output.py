"""What people and programs see of a run, and how it ends on Ctrl-C."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NOISY = "for n in 1 2 3; do echo out-$n; echo err-$n >&2; done"
SCRIPTS = {
    "main": {
        "deps": [{"tags": "child"}],
        "run.sh": NOISY.replace("out-", "main-out-"),
        "customize.py": "def preprocess(i):\n    print('from the hook')\n    return {'return': 0}\n",
        "env": {"RESULT": "42"},
        "new_env_keys": ["RESULT"],
        "print_env_at_the_end": {"RESULT": "the result"},
    },
    "child": {"run.sh": NOISY.replace("out-", "child-out-"), "cache": True},
    "fails": {"deps": [{"tags": "broken"}]},
    "broken": {"run.sh": f"{NOISY}; exit 3"},
}


@pytest.fixture
def noisy(workshop):
    workshop.add(SCRIPTS)
    return workshop


def test_plain_lines_in_a_pipe(noisy):
    done = noisy.cm("run", "script", "main")
    assert done.status == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert "main-out-1" in done.stdout
    assert "from the hook" in done.stdout
    assert "the result: 42" in done.stdout
    assert "child" in done.stderr


def test_one_document_while_native_tools_write(noisy):
    for _ in range(2):
        done = noisy.cm("run", "script", "main", "--out=json", "-v")
        assert done.status == 0
        document = done.json()
        assert document["return"] == 0
        assert document["new_env"] == {"RESULT": "42"}
        for word in ("main-out-3", "err-3", "from the hook"):
            assert word in done.stderr
            assert word not in done.stdout


def test_one_document_when_it_fails(noisy):
    done = noisy.cm("run", "script", "fails", "--out=json")
    assert done.status == 2
    document = done.json()
    assert document["return"] == 2
    assert document["chain"] == ["fails", "broken"]
    assert document["status"] == 3
    assert document["tail"][-1] == "err-3"
    assert "Traceback" not in done.stderr


def test_silent(noisy):
    done = noisy.cm("run", "script", "main", "--silent")
    assert done.status == 0
    assert "child-out" not in done.stdout + done.stderr
    assert "the result" not in done.stdout + done.stderr
    assert "done" not in done.stderr


def test_verbose(noisy):
    quiet, verbose = (
        noisy.cm("run", "script", "main", "--new"),
        noisy.cm("run", "script", "main", "-v", "--skip_cache"),
    )
    assert "main-out-1" in quiet.stdout + quiet.stderr
    assert "main-out-1" in verbose.stdout + verbose.stderr


def test_a_failure_tells_all_and_its_command_repeats_the_step(noisy, one_sentence):
    done = noisy.cm("run", "script", "fails")
    one_sentence(done, 2, "exit status 3")
    told = done.stderr
    for part in (
        "needed by:",
        "fails",
        "  | out-3",
        "  | err-3",
        "command: ",
        "log: ",
        "cm run script --tags=broken",
    ):
        assert part in told
    log = next(line.removeprefix("log: ") for line in told.splitlines() if line.startswith("log: "))
    assert "out-1" in Path(log).read_text()
    command = next(
        line.removeprefix("command: ") for line in told.splitlines() if line.startswith("command: ")
    )
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=False).returncode == 3
    words = told.partition("run just this step again: cm ")[2].split("\n")[0].split()
    assert noisy.cm(*words).status == 2


def test_the_rerun_command_repeats_values_with_spaces_and_versions(workshop):
    workshop.add(
        {
            "main": {"deps": [{"tags": "leaf,_v.1 ", "env": {"A": "it's a \"b\"", "L": ["x", "y"]}, "version_min": "2"}]},
            "leaf": {
                "variations": {"v.#": {"env": {"V": "#"}}},
                "input_mapping": {"flag": "F"},
                "run.sh": 'echo "$A|$L|$V|$CM_VERSION_MIN" >> "@trace"; exit 1',
            },
        }
    )  # fmt: skip
    done = workshop.cm("run", "script", "main")
    command = done.stderr.partition("run just this step again: ")[2].splitlines()[0]
    workshop.cm(*shlex.split(command)[1:])
    first, second = workshop.trace
    assert first == second


def test_exit_status_is_that_of_the_recipe(workshop, one_sentence):
    hook = "def preprocess(i):\n    return {'return': int(i['env']['N']), 'error': 'as asked'}\n"
    workshop.add({"main": {"customize.py": hook}})
    for code in (1, 5, 16, 99):
        one_sentence(workshop.cm("run", "script", "main", f"--env.N={code}"), code, "as asked")


def test_exports_as_documents(noisy):
    saved = noisy.cm("run", "script", "main", "--save_to_json=answer.json")
    assert saved.status == 0
    assert json.loads((noisy.folder / "answer.json").read_text())["new_env"] == {"RESULT": "42"}
    yaml = noisy.cm("run", "script", "main", "--out=yaml")
    assert "RESULT: '42'" in yaml.stdout


# -- Ctrl-C --------------------------------------------------------------------------------------------------


# Windows knows no closed terminal.
HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_the_end(pid):
    """A process was told to end before cm ended; the system may take a moment to do it."""
    deadline = time.monotonic() + 30
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "end",
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (HANGUP, 143, "terminated"),
    ],
    ids=["int", "term", "hup"],
)
def test_interrupted_in_a_native_script(workshop, processes, cache, form, end):
    number, status, word = end
    pid = workshop.folder / "pid"
    # A job in the background would not hear of Ctrl-C, in no shell; what runs in the foreground does.
    run = f"""echo half > half-written
bash -c 'echo $$ > "{pid}.tmp"; mv "{pid}.tmp" "{pid}"; exec sleep 600'
echo never >> "@trace"
"""
    workshop.add({"main": {"deps": [{"tags": "slow"}]}, "slow": {"cache": cache, "run.sh": run}})
    # Under `nohup` a closed terminal would be ignored, by children too.
    handler = signal.signal(number, signal.SIG_DFL) if number == HANGUP else None
    process = workshop.start("run", "script", "main", *(["--out=json"] if form == "json" else []))
    processes.append(process)
    if handler is not None:
        signal.signal(number, handler)
    wait_for(pid, process)
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in stderr
    if form == "json":
        assert json.loads(stdout)["return"] == status
    else:
        assert stderr.count("CM error: ") == 1
        assert word in stderr
    wait_for_the_end(int(pid.read_text()))
    assert workshop.folders() == []
    assert workshop.entries() == []
    assert workshop.trace == []
    assert sorted(path.name for path in workshop.folder.iterdir()) == (
        ["pid"] if cache else ["half-written", "pid"]
    )


def test_jobs_in_the_background_end_too(workshop, processes, tmp_path):
    """Where there is no ps either, as in small containers."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "sleep", "mv"):
        (programs / name).symlink_to(shutil.which(name))
    pid = workshop.folder / "pid"
    run = f'sleep 600 & echo $! > "{pid}.tmp"; mv "{pid}.tmp" "{pid}"; wait; echo never >> "@trace"'
    workshop.add({"main": {"cache": True, "run.sh": run}})
    process = workshop.start("run", "script", "main", env={"PATH": str(programs)})
    processes.append(process)
    wait_for(pid, process)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    wait_for_the_end(int(pid.read_text()))
    assert (workshop.folders(), workshop.trace) == ([], [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells with what a process was started")
def test_jobs_in_the_background_end_with_the_group(workshop, processes):
    """A terminal sends Ctrl-C to the whole group: the shell ends at once, and nobody knows its jobs."""
    job, service = workshop.folder / "job", workshop.folder / "service"
    run = f"""sleep 600 > /dev/null 2>&1 &
echo $! > "{job}"
setsid bash -c 'echo $$ > "{service}.tmp"; mv "{service}.tmp" "{service}"; exec sleep 600' &
wait
"""
    workshop.add({"main": {"run.sh": run}})
    process = workshop.start("run", "script", "main")
    processes.append(process)
    wait_for(service, process)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    wait_for_the_end(int(job.read_text()))
    # What made a session of its own is a service.
    assert is_running(int(service.read_text()))
    os.kill(int(service.read_text()), signal.SIGKILL)


def test_interrupted_while_waiting_for_another_process(workshop, processes):
    ready, go = workshop.folder / "ready", workshop.folder / "go"
    workshop.add(
        {
            "slow": {
                "cache": True,
                "run.sh": f'echo made >> "@trace"; touch "{ready}"; until test -e "{go}"; do sleep 0.05; done',
            }
        }
    )
    first = workshop.start("run", "script", "slow")
    processes.append(first)
    wait_for(ready, first)
    second = workshop.start("run", "script", "slow")
    processes.append(second)
    for line in second.stderr:
        if "waiting for another process" in line:
            break
    second.send_signal(signal.SIGINT)
    _, stderr = second.communicate(timeout=60)
    assert second.returncode == 130
    assert "Traceback" not in stderr
    go.touch()
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert workshop.trace == ["made"]
    assert len(workshop.entries("slow")) == 1
